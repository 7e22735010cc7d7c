import type { Exactness } from '../../../models/contracts/index.ts';
import { type Node, Patch, type Value } from '../../../models/graph/index.ts';
import type { Proposal, Refusal, RewriteContext } from '../rewrite.ts';

export function newPatch({ graph, opset }: RewriteContext): Patch {
  return new Patch(graph, opset);
}

export function propose(patch: Patch, nodes: readonly Node[], reason: string, exactness?: Exactness): Proposal {
  return { kind: 'proposal', patch, nodes, reason, ...(exactness ? { exactness } : {}) };
}

export function refuse(nodes: readonly Node[], reason: string): Refusal {
  return { kind: 'refusal', nodes, reason };
}

/** Takes a node with one used output out; its consumers get `by`. */
export function bypass(node: Node, by: Value, context: RewriteContext, reason: string, exactness?: Exactness): Proposal | null {
  const output = node.output();
  if (!output || hasFurtherOutputs(node)) return null;
  if (output.isGraphOutput && isSeenByName(by)) return null;
  return propose(newPatch(context).replace(output, by).remove(node), [node], reason, exactness);
}

/** True when outputs beyond the first are used. */
export function hasFurtherOutputs(node: Node): boolean {
  return node.outputs.slice(1).some((value) => value !== null && (value.uses.size > 0 || value.isGraphOutput));
}

/** Removes nodes, and producers that nobody needs without them. */
export function removeWithProducers(patch: Patch, ...nodes: readonly Node[]): Patch {
  const queue = [...nodes];
  for (let node = queue.pop(); node; node = queue.pop()) {
    if (patch.removed.has(node)) continue;
    patch.remove(node);
    for (const value of node.inputs) {
      const producer = value?.producer;
      if (producer && !patch.removed.has(producer) && isNeededOnlyBy(producer, patch)) queue.push(producer);
    }
  }
  return patch;
}

/** A name that callers know cannot go over to another value. */
function isSeenByName(value: Value): boolean {
  return value.isGraphInput || value.isGraphOutput || value.isCaptured || value.initializer !== null;
}

function isNeededOnlyBy(producer: Node, patch: Patch): boolean {
  const replacements = new Set(patch.replaced.values());
  return producer.outputs.every((value) => {
    if (!value) return true;
    if (value.isGraphOutput || replacements.has(value)) return false;
    for (const use of value.uses) if (!patch.removed.has(use.node)) return false;
    return patch.added.every((node) => !node.inputs.includes(value));
  });
}

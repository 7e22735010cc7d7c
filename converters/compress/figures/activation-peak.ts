import type { Graph, Model, Node, Value } from '../../../models/graph/index.ts';
import { bytesOf } from './bytes-moved.ts';
import { foldedNodes } from './folded-nodes.ts';

/** The most activations that are alive at once. */
export interface ActivationPeak {
  readonly bytes: number;
  /** The node that is running then. */
  readonly node: string;
}

/** Their outputs are their first input's bytes under another shape. */
const VIEWS = ['Reshape', 'Squeeze', 'Unsqueeze', 'Flatten', 'Identity'];

/**
 * Memory that a model's activations need when nodes run in the file's order and a buffer goes after its last reader: the largest sum of
 * live buffers, in bytes. Inputs and outputs stay throughout and to the end; reshaped values share their input's buffer; weights, and what
 * depends on them alone, are not counted. Null where a size is not known. Shapes must be inferred.
 */
export function activationPeak({ graph }: Model): ActivationPeak | null {
  const folded = foldedNodes(graph);
  const nodes = [...graph.nodes()].filter((node) => !folded.has(node));
  const lives = lifetimes(graph, nodes);
  const changes = new Float64Array(nodes.length + 2);
  for (const { bytes, from, to } of lives) {
    if (bytes === null) return null;
    changes[from] = (changes[from] as number) + bytes;
    changes[to + 1] = (changes[to + 1] as number) - bytes;
  }
  let [live, peak, at] = [0, 0, 0];
  for (let step = 0; step < Math.max(1, nodes.length); step++) {
    live += changes[step] as number;
    if (live > peak) [peak, at] = [live, step];
  }
  return { bytes: peak, node: nodes[at]?.label ?? '' };
}

interface Lifetime {
  readonly bytes: number | null;
  from: number;
  to: number;
}

function lifetimes(graph: Graph, nodes: readonly Node[]): Iterable<Lifetime> {
  const end = Math.max(0, nodes.length - 1);
  const buffers = new Map<Value, Lifetime>();
  const shared = new Map<Value, Value>();
  const rootOf = (value: Value): Value => shared.get(value) ?? value;
  for (const input of graph.inputs) if (!input.initializer) buffers.set(input, { bytes: bytesOf(input), from: 0, to: end });
  const step = new Map(nodes.map((node, i) => [node, i]));
  for (const [i, node] of nodes.entries()) {
    const source = node.input(0);
    for (const [k, value] of node.outputs.entries()) {
      if (!value) continue;
      const isView = k === 0 && source !== null && node.is(...VIEWS) && buffers.has(rootOf(source));
      if (isView) shared.set(value, rootOf(source));
      else buffers.set(value, { bytes: bytesOf(value), from: i, to: i });
      const buffer = buffers.get(rootOf(value)) as Lifetime;
      const last = value.isGraphOutput ? end : Math.max(i, ...[...value.uses].map((use) => step.get(use.node) ?? i));
      buffer.to = Math.max(buffer.to, last);
    }
  }
  return buffers.values();
}

import { formatShape, type Node, Patch, type Value } from '../../../models/graph/index.ts';
import type { Proposal, Rewrite, RewriteContext } from '../rewrite.ts';
import { chainEndingAt, type Link } from './chain.ts';
import { BINARY_OPS, isBitStable } from './commute.ts';
import { typeOf } from './emit.ts';
import { FREE_OPS } from './movement.ts';
import { normalForm, sameNormalForm } from './normal-form.ts';
import { type Segment, segmentsOf } from './segment.ts';
import { sameDims } from './step.ts';

/** Two tensors moved alike and then combined: combined first, moved once. */
export const joinBranches: Rewrite = {
  id: 'rank/join',
  title: 'Two tensors moved alike are combined first and moved once',
  doc: `f(M(a), M(b)) = M(f(a, b)) for an elementwise f of two operands and the same data movement M of tensors of the same shape, found by
comparing layouts, not node lists. Both chains must serve nothing else, and f must keep the element type. One movement is saved, and
rank-chain sees a longer chain.`,
  opTypes: BINARY_OPS,
  exactness: 'bit',
  face: 'same',
  match: matchBranches,
};

function matchBranches(node: Node, context: RewriteContext): Proposal | null {
  const [left, right] = node.inputs;
  if (!left || !right || node.inputs.length !== 2 || left === right || node.output()?.type.dtype !== left.type.dtype) return null;
  const [a, b] = [branch(left, node, context), branch(right, node, context)];
  if (!a || !b || !moves(a.links) || !moves(b.links) || !movedAlike(a, b)) return null;
  const patch = new Patch(context.graph, context.opset);
  const [x, y] = [a, b].map((side) => side.links[0]?.input as Value);
  const combined = patch.copy(node, [x ?? null, y ?? null])[0] as Value;
  combined.type = combined.stated = typeOf(x as Value, a.from);
  const moved = a.links.reduce((value, link) => again(patch, link, value), combined);
  patch.replace(node.outputs[0] as Value, moved);
  const nodes = [node, ...[...a.links, ...b.links].map((link) => link.node)];
  return {
    kind: 'proposal', patch: patch.remove(...nodes), nodes, exactness: isBitStable(node) ? 'bit' : 'exact',
    reason: `both operands are ${formatShape(a.from)} moved alike to ${formatShape(a.to)}`,
  };
}

/** The movement that ends at an operand, when the operand has no other use. */
function branch(value: Value, user: Node, context: RewriteContext): Segment | null {
  if (value.soleConsumer !== user || !value.producer) return null;
  const links = chainEndingAt(value.producer, context.opset)?.filter((link) => link.own) ?? [];
  const start = links.findLastIndex((link) => link.elementwise) + 1;
  const segment = segmentsOf(links.slice(start), context.opset).at(-1);
  return segment?.links.at(-1)?.output === value ? segment : null;
}

function movedAlike(a: Segment, b: Segment): boolean {
  return sameDims(a.from, b.from) && sameDims(a.to, b.to) && sameNormalForm(normalForm(a.layout), normalForm(b.layout));
}

function moves(links: readonly Link[]): boolean {
  return links.some((link) => !FREE_OPS.has(link.node.opType));
}

/** The same movement node on another value, whose element type it takes over. */
function again(patch: Patch, link: Link, input: Value): Value {
  const inputs = [...link.node.inputs];
  inputs[0] = input;
  const output = patch.copy(link.node, inputs)[0] as Value;
  output.type = output.stated = { ...output.type, dtype: input.type.dtype };
  return output;
}

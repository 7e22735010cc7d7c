import { type Node, Patch } from '../../../models/graph/index.ts';
import type { Proposal, Rewrite, RewriteContext } from '../rewrite.ts';

/** A Transpose of plain uint8 next to a conversion, which the HTP compiler leaves on the CPU. */
export const uint8Transpose: Rewrite = {
  id: 'form/uint8-transpose', title: 'Transpose moved to the float side of a conversion', exactness: 'bit', face: 'same', opTypes: ['Transpose'],
  doc: `Cast(Transpose(x)) = Transpose(Cast(x)), and the same for DequantizeLinear per tensor: element-wise operators commute with moving
elements. A Transpose of uint8 without quantization parameters stays on the CPU, one of floats is placed. Conditions: nothing else uses the
value between, and the conversion is per tensor.`,
  match: (node, context) => {
    if (node.input(0)?.type.dtype === 'uint8') return behindConversion(node, context);
    return null;
  },
};

/** Transpose(u8) → conversion becomes conversion → Transpose; conversion → Transpose(u8) becomes Transpose → conversion. */
function behindConversion(node: Node, context: RewriteContext): Proposal | null {
  const [input, output] = [node.input(0), node.output()];
  const next = output?.soleConsumer;
  if (input && output && next && isConversion(next) && next.input(0) === output && leavesBytes(next)) {
    const patch = new Patch(context.graph, context.opset);
    const [converted] = [patch.node(next.opType, [input, ...next.inputs.slice(1)], { like: next, attributes: toOf(next), types: [{ ...input.type, dtype: next.output()?.type.dtype ?? null }] })];
    const moved = patch.node('Transpose', [converted], { like: node, attributes: { perm: node.attributes.ints('perm') } });
    patch.replace(next.output() as NonNullable<ReturnType<Node['output']>>, moved).remove(node, next);
    return { kind: 'proposal', patch, nodes: [node, next], reason: `${next.opType} first: the Transpose then moves floats` };
  }
  const before = input?.producer;
  const source = before?.input(0);
  if (!input || !output || !before || !source || !isConversion(before) || source.type.dtype === 'uint8' || input.soleConsumer !== node) return null;
  const patch = new Patch(context.graph, context.opset);
  const moved = patch.node('Transpose', [source], { like: node, attributes: { perm: node.attributes.ints('perm') } });
  const converted = patch.node(before.opType, [moved, ...before.inputs.slice(1)], { like: before, attributes: toOf(before) });
  patch.replace(output, converted).remove(before, node);
  return { kind: 'proposal', patch, nodes: [before, node], reason: `${before.opType} last: the Transpose then moves floats` };
}

function isConversion(node: Node): boolean {
  if (node.is('Cast')) return true;
  return node.is('QuantizeLinear', 'DequantizeLinear') && node.input(1)?.constant?.size === 1;
}

function leavesBytes(node: Node): boolean {
  const dtype = node.output()?.type.dtype;
  return dtype !== undefined && dtype !== null && dtype !== 'uint8' && dtype !== 'int8' && dtype !== 'bool';
}

function toOf(node: Node): Record<string, number | undefined> {
  return node.is('Cast') ? { to: node.attributes.int('to') } : {};
}

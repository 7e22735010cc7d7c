import type { Node, Value } from '../../../models/graph/index.ts';
import { onnx } from '../../../models/onnx/generated/onnx-ml.js';
import type { Rewrite } from '../rewrite.ts';
import { hasFurtherOutputs, newPatch, propose } from './edit.ts';

/** Random ones, what quantizing tools want one of per consumer, and constants. */
const NEVER = new Set(
  `
  RandomNormal RandomNormalLike RandomUniform RandomUniformLike Multinomial Bernoulli Dropout QuantizeLinear
  DequantizeLinear Constant`
    .trim()
    .split(/\s+/),
);
const MOST_CONSUMERS = 64;

export const commonSubexpressions: Rewrite = {
  id: 'clean/common-subexpressions',
  title: 'Nodes computed twice computed once',
  doc: `Two nodes of one operator with the same inputs (or equal small constants) and the same attributes compute the same; consumers of the
later take the earlier. Not for random operators, nodes with subgraphs, QuantizeLinear and DequantizeLinear, which compilers want
one of per consumer.`,
  opTypes: ['*'],
  exactness: 'bit',
  face: 'same',
  match: (node, context) => {
    if (NEVER.has(node.opType) || node.hasSubgraph || hasFurtherOutputs(node)) return null;
    const shared = node.inputs.find((value) => value && value.uses.size > 1 && value.uses.size <= MOST_CONSUMERS && !value.constant);
    const output = node.output();
    const twin = output && shared?.consumers.find((other) => other !== node && isEarlier(other, node) && isTwin(other, node));
    const by = twin?.output();
    if (!twin || !by || (output.isGraphOutput && (by.isGraphOutput || by.isCaptured))) return null;
    return propose(newPatch(context).replace(output, by).remove(node), [twin, node], 'both compute the same');
  },
};

function isTwin(a: Node, b: Node): boolean {
  if (a.opType !== b.opType || !a.isOnnx || a.inputs.length !== b.inputs.length || a.outputs.length !== b.outputs.length) return false;
  return a.inputs.every((value, i) => isSame(value, b.inputs[i] ?? null)) && attributeKey(a) === attributeKey(b);
}

function isSame(a: Value | null, b: Value | null): boolean {
  if (a === b) return true;
  const [p, q] = [a?.constant, b?.constant];
  if (!p || !q || p.dtype !== q.dtype || p.size > MOST_CONSUMERS || p.dtype === 'string' || p.dims.join() !== q.dims.join()) return false;
  return Buffer.compare(p.bytes(), q.bytes()) === 0;
}

function attributeKey(node: Node): string {
  const sorted = [...node.attributes.protos].sort((a, b) => ((a.name ?? '') < (b.name ?? '') ? -1 : 1));
  return sorted.map((attribute) => Buffer.from(onnx.AttributeProto.encode(attribute).finish()).toString('latin1')).join('\n');
}

/** Order of the file; nodes that patches made come last, among them the order of the graph. */
function isEarlier(a: Node, b: Node): boolean {
  if (a.index >= 0 && b.index >= 0) return a.index < b.index;
  if (a.index >= 0 || b.index >= 0) return a.index >= 0;
  for (let node = a.next; node; node = node.next) if (node === b) return true;
  return false;
}

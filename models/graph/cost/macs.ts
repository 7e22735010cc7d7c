import type { Node } from '../node.ts';
import { staticShape } from '../types.ts';

/**
 * Multiply-accumulates of one node, bias additions not counted: Conv = output elements · Cin/g · kernel, ConvTranspose = input elements ·
 * Cout/g · kernel, Gemm and MatMul = output elements · inner dimension, Einsum = product of all labels, recurrent layers = their matrix
 * products. 0 for other operators, null where a shape is not static.
 */
export function macsOf(node: Node): number | null {
  const rule = node.isOnnx || node.domain === 'com.microsoft' ? RULES[node.opType] : undefined;
  return rule ? rule(node) : 0;
}

type MacRule = (node: Node) => number | null;

/** `x` and `w`: positions of data and weight. */
const conv = (w: number): MacRule => (node) => times(outputSize(node), product(staticShape(node.input(w)?.type)?.slice(1)));

const convTranspose: MacRule = (node) => times(inputSize(node, 0), product(staticShape(node.input(1)?.type)?.slice(1)));

const matMul: MacRule = (node) => {
  const inner = node.input(0)?.type.shape?.at(-1);
  return times(outputSize(node), typeof inner === 'number' ? inner : null);
};

const gemm: MacRule = (node) => {
  const inner = node.input(0)?.type.shape?.[node.attributes.int('transA', 0) ? 0 : 1];
  return times(outputSize(node), typeof inner === 'number' ? inner : null);
};

const einsum: MacRule = (node) => {
  if (node.inputs.length < 2) return 0;
  const terms = node.attributes.string('equation', '').replaceAll(' ', '').split('->')[0]?.split(',') ?? [];
  if (terms.some((term) => term.includes('.'))) return null;
  const sizes = new Map<string, number>();
  for (const [i, term] of terms.entries()) {
    const shape = staticShape(node.input(i)?.type);
    if (!shape) return null;
    for (const [axis, label] of [...term].entries()) sizes.set(label, Math.max(sizes.get(label) ?? 1, shape[axis] ?? 1));
  }
  return product([...sizes.values()]);
};

/** Queries by keys, then weights by values. */
const attention: MacRule = (node) => {
  const [q, k] = [staticShape(node.input(0)?.type), staticShape(node.input(1)?.type)];
  const [perQuery, length] = [times(inputSize(node, 0), k?.at(-2) ?? null), outputSize(node)];
  return q && k && perQuery !== null && length !== null ? perQuery + length * (k.at(-2) ?? 0) : null;
};

/** Every step multiplies the input by W and the state by R. */
const recurrent: MacRule = (node) => {
  const [input, w, r] = [staticShape(node.input(0)?.type), staticShape(node.input(1)?.type), staticShape(node.input(2)?.type)];
  if (!input || !w || !r) return null;
  return (input[0] ?? 0) * (input[1] ?? 0) * ((product(w) ?? 0) + (product(r) ?? 0));
};

const RULES: Readonly<Record<string, MacRule>> = {
  Conv: conv(1), FusedConv: conv(1), ConvInteger: conv(1), DeformConv: conv(1), QLinearConv: conv(3), ConvTranspose: convTranspose,
  MatMul: matMul, MatMulInteger: matMul, QLinearMatMul: matMul, FusedMatMul: matMul, Gemm: gemm, FusedGemm: gemm,
  Einsum: einsum, Attention: attention, RNN: recurrent, GRU: recurrent, LSTM: recurrent,
};

function inputSize(node: Node, index: number): number | null {
  return product(staticShape(node.input(index)?.type));
}

function outputSize(node: Node): number | null {
  return product(staticShape(node.output()?.type));
}

function product(dims: readonly number[] | null | undefined): number | null {
  return dims ? dims.reduce((a, b) => a * b, 1) : null;
}

function times(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a * b;
}

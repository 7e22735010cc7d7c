import type { Node, Value } from '../../models/graph/index.ts';

/** Operators that only move values about: the output has the input's encoding, so that nothing is rounded twice. */
const MOVES = new Set([
  'DepthToSpace', 'SpaceToDepth', 'Reshape', 'Transpose', 'Squeeze', 'Unsqueeze', 'Flatten', 'Slice', 'Split', 'Gather', 'Identity', 'MaxPool', 'Expand', 'Tile', 'Dropout',
]);

/** Operators whose inputs and outputs are quantized. */
const COMPUTES = new Set([
  'Conv', 'ConvTranspose', 'Gemm', 'MatMul', 'Add', 'Sub', 'Mul', 'Div', 'Min', 'Max', 'Relu', 'Clip', 'LeakyRelu', 'PRelu', 'Sigmoid', 'Tanh', 'HardSigmoid', 'HardSwish', 'Gelu',
  'Elu', 'AveragePool', 'GlobalAveragePool', 'GlobalMaxPool', 'Concat', 'Resize', 'Upsample', 'Pad', 'Softmax', 'ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceSum', 'Neg', 'Abs',
]);

/** Operators whose first input alone is data; further ones are shapes, bounds, indices. */
const FIRST_INPUT_ONLY = new Set(['Clip', 'Resize', 'Upsample', 'Pad', 'ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceMin', ...MOVES]);

const WEIGHTED = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);
const FUSES = ['Relu', 'Clip'];

export function movesValues(node: Node): boolean {
  return node.isOnnx && (MOVES.has(node.opType) || isNearest(node));
}

/** True for a linear layer, its weights constant or not. */
export function isLinear(node: Node): boolean {
  return node.isOnnx && WEIGHTED.has(node.opType);
}

export function isQuantizable(node: Node): boolean {
  return node.isOnnx && (MOVES.has(node.opType) || COMPUTES.has(node.opType));
}

/** Positions of the inputs that carry data to be quantized, weights and biases included. */
export function dataInputs(node: Node): number[] {
  const last = FIRST_INPUT_ONLY.has(node.opType) ? 1 : node.inputs.length;
  return Array.from({ length: last }, (_, i) => i).filter((i) => isFloat(node.input(i)));
}

/** The constant weight of a linear layer, with the axis of its output channels; null where it is computed. MatMul and Gemm: `axis` null, one scale. */
export function weightOf(node: Node): { readonly index: 1; readonly axis: number | null } | null {
  if (!WEIGHTED.has(node.opType) || !node.input(1)?.constant) return null;
  if (node.is('Conv')) return { index: 1, axis: 0 };
  if (node.is('ConvTranspose')) return { index: 1, axis: node.attributes.int('group', 1) === 1 ? 1 : null };
  return { index: 1, axis: null };
}

/** The constant bias of a layer whose weight is constant. */
export function biasOf(node: Node): Value | null {
  const bias = node.is('Conv', 'ConvTranspose', 'Gemm') ? node.input(2) : null;
  return bias?.constant && bias.constant.dims.length === 1 ? bias : null;
}

/** True when `value` is the output of a linear layer that only a Relu or Clip takes: compilers fuse the two, so nothing is rounded between. */
export function isFusedAway(value: Value): boolean {
  const next = value.soleConsumer;
  return WEIGHTED.has(value.producer?.opType ?? '') && next?.is(...FUSES) === true;
}

export function isFloat(value: Value | null): boolean {
  return value?.type.dtype === 'float32';
}

function isNearest(node: Node): boolean {
  return node.is('Resize', 'Upsample') && node.attributes.string('mode', 'nearest') === 'nearest';
}

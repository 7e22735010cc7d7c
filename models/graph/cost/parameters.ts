import type { Node } from '../node.ts';
import type { Value } from '../value.ts';
import type { Tensor } from '../../onnx/tensor.ts';

/**
 * The trained tensors a node takes: weights, biases, slopes, embeddings. Counted as frameworks count parameters: running statistics of a
 * BatchNormalization, scales and zero points, clip bounds, shapes, single scale factors and masks of attention are none.
 */
export function parametersOf(node: Node): Tensor[] {
  const weights = constantOperands(node);
  return BINARY.has(node.opType) ? weights.filter((tensor) => !isMask(tensor)) : weights;
}

/** The constants that a node computes with: its parameters, and masks of attention. */
export function constantOperands(node: Node): Tensor[] {
  const slots = node.isOnnx || node.domain === 'com.microsoft' ? SLOTS[node.opType] : undefined;
  const found = new Set<Tensor>();
  for (const slot of slots ?? []) {
    const tensor = trainedBehind(node.input(slot));
    if (tensor && TRAINED.has(tensor.dtype) && !(BINARY.has(node.opType) && tensor.size === 1)) found.add(tensor);
  }
  return [...found];
}

/** A constant, also where it is stored in 16 bits and cast. */
function trainedBehind(value: Value | null): Tensor | null {
  const cast = value?.producer?.is('Cast') ? value.producer.input(0) : null;
  const stored = cast?.constant?.dtype;
  return value?.constant ?? (stored === 'float16' || stored === 'bfloat16' ? (cast?.constant ?? null) : null);
}

/** A large negative number where a position must not be looked at, zero elsewhere: computed from sizes, not trained. */
function isMask(tensor: Tensor): boolean {
  if (tensor.dims.length < 2 || !MASKS.has(tensor.dtype)) return false;
  let other = 0;
  return tensor.numbers().every((value) => {
    if (value === 0) return true;
    if (other === 0 && value <= LEAST_MASK) other = value;
    return value === other;
  }) && other !== 0;
}

const MASKS = new Set(['float32', 'float16', 'bfloat16', 'float64']);

/** Swin's is −100; others write −10,000, the lowest number or −∞. */
const LEAST_MASK = -50;

const BINARY = new Set(['Add', 'Sub', 'Mul', 'Div']);

/** int32 holds the biases of quantised layers. */
const TRAINED = new Set([
  'float32', 'float16', 'bfloat16', 'float64', 'int8', 'uint8', 'int16', 'uint16', 'int4', 'uint4', 'int32', 'float8e4m3fn', 'float8e5m2',
]);

const SLOTS: Readonly<Record<string, readonly number[]>> = {
  Conv: [1, 2], FusedConv: [1, 2], ConvTranspose: [1, 2], ConvInteger: [1], QLinearConv: [3, 8], DeformConv: [1, 3],
  MatMul: [0, 1], FusedMatMul: [0, 1], MatMulInteger: [0, 1], QLinearMatMul: [0, 3],
  Gemm: [0, 1, 2], FusedGemm: [0, 1, 2], Einsum: [0, 1, 2],
  BatchNormalization: [1, 2], InstanceNormalization: [1, 2], GroupNormalization: [1, 2], LayerNormalization: [1, 2], RMSNormalization: [1],
  SkipLayerNormalization: [2, 3, 4], PRelu: [1], DequantizeLinear: [0], QuantizeLinear: [0], Gather: [0],
  RNN: [1, 2, 3], GRU: [1, 2, 3], LSTM: [1, 2, 3, 7], Add: [0, 1], Sub: [0, 1], Mul: [0, 1], Div: [0, 1],
};

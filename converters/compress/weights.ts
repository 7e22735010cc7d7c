import type { Model, Node, Value } from '../../models/graph/index.ts';
import type { Tensor } from '../../models/onnx/index.ts';

/** A constant that a linear or recurrent layer multiplies by, found behind what only moves or dequantizes it. Shared ones are there once. */
export interface Weight {
  /** The constant itself: an initializer or the output of a Constant node. */
  readonly value: Value;
  readonly tensor: Tensor;
  readonly layers: readonly Node[];
  /** Where its zero points and scales are; null for weights that stand for themselves. */
  readonly grid: WeightGrid | null;
}

/** How codes become weights: (code − zero point) · scale, both per tensor or along `axis`. `scale` null: it is applied behind the layer. */
export interface WeightGrid {
  readonly scale: Tensor | null;
  readonly zeroPoint: Tensor | null;
  readonly axis: number;
}

/** Positions of weights, and of their zero points where they are codes. */
const LAYERS: Readonly<Record<string, readonly { readonly slot: number; readonly zeroPoint?: number; readonly scale?: number }[]>> = {
  Conv: [{ slot: 1 }], ConvTranspose: [{ slot: 1 }], FusedConv: [{ slot: 1 }], DeformConv: [{ slot: 1 }],
  MatMul: [{ slot: 0 }, { slot: 1 }], FusedMatMul: [{ slot: 0 }, { slot: 1 }], Gemm: [{ slot: 0 }, { slot: 1 }], FusedGemm: [{ slot: 0 }, { slot: 1 }],
  Einsum: [{ slot: 0 }, { slot: 1 }, { slot: 2 }], RNN: [{ slot: 1 }, { slot: 2 }], GRU: [{ slot: 1 }, { slot: 2 }], LSTM: [{ slot: 1 }, { slot: 2 }],
  ConvInteger: [{ slot: 1, zeroPoint: 3 }], MatMulInteger: [{ slot: 1, zeroPoint: 3 }],
  QLinearConv: [{ slot: 3, scale: 4, zeroPoint: 5 }], QLinearMatMul: [{ slot: 3, scale: 4, zeroPoint: 5 }],
};

/** All weights of the main graph, in the order of the layers that use them. Bodies of If, Loop and Scan are not looked into. */
export function weightsOf({ graph }: Model): Weight[] {
  const found = new Map<Value, { grid: WeightGrid | null; layers: Node[] }>();
  for (const node of graph.nodes()) {
    const slots = node.isOnnx || node.domain === 'com.microsoft' ? (LAYERS[node.opType] ?? []) : [];
    for (const { slot, zeroPoint, scale } of slots) {
      const root = rootOf(node.input(slot));
      if (!root) continue;
      const own = zeroPoint === undefined ? null : { scale: constantAt(node, scale), zeroPoint: constantAt(node, zeroPoint), axis: node.is('QLinearConv', 'ConvInteger') ? 0 : -1 };
      const known = found.get(root.value);
      if (known) known.layers.push(node);
      else found.set(root.value, { grid: root.grid ?? own, layers: [node] });
    }
  }
  return [...found].map(([value, { grid, layers }]) => ({ value, tensor: value.constant as Tensor, grid, layers: [...new Set(layers)] }));
}

/** Which elements are exactly zero; codes that equal their zero point are. */
export function isZero({ tensor, grid }: Weight): (element: number) => boolean {
  const values = tensor.numbers();
  const zero = along(grid?.zeroPoint ?? null, tensor, grid?.axis ?? 0, 0);
  return (i) => values[i] === zero(i);
}

/** |weight| of every element; null where the scale of codes is not known. */
export function magnitudes({ tensor, grid }: Weight): Float64Array | null {
  const values = tensor.numbers();
  if (!grid) return values.map(Math.abs);
  if (!grid.scale) return null;
  const [zero, scale] = [along(grid.zeroPoint, tensor, grid.axis, 0), along(grid.scale, tensor, grid.axis, 1)];
  return values.map((code, i) => Math.abs((code - zero(i)) * scale(i)));
}

/** The value that stands for zero at each element. */
export function zeroCode({ tensor, grid }: Weight): (element: number) => number {
  return along(grid?.zeroPoint ?? null, tensor, grid?.axis ?? 0, 0);
}

interface Root {
  readonly value: Value;
  readonly grid: WeightGrid | null;
}

/** The constant behind nodes that move it, change its float type, or dequantize it. */
function rootOf(value: Value | null): Root | null {
  if (value?.constant) return { value, grid: null };
  const producer = value?.producer;
  if (producer?.is('Transpose', 'Reshape', 'Squeeze', 'Unsqueeze', 'Flatten', 'Identity', 'Cast')) return rootOf(producer.input(0));
  if (!producer?.is('DequantizeLinear')) return null;
  const codes = producer.input(0);
  if (codes?.producer?.is('QuantizeLinear')) return rootOf(codes.producer.input(0));
  if (!codes?.constant) return null;
  return { value: codes, grid: { scale: constantAt(producer, 1), zeroPoint: constantAt(producer, 2), axis: producer.attributes.int('axis', 1) } };
}

function constantAt(node: Node, slot: number | undefined): Tensor | null {
  return slot === undefined ? null : (node.input(slot)?.constant ?? null);
}

/** A parameter of the grid at each element: one for all, one for each index of the axis, or one for each block along it. */
function along(parameter: Tensor | null, { dims, size }: Tensor, axis: number, fallback: number): (element: number) => number {
  if (!parameter || parameter.size === 0) return () => fallback;
  const values = parameter.numbers();
  if (parameter.size === 1) return () => values[0] as number;
  const at = axis < 0 ? axis + dims.length : axis;
  const length = dims[at] ?? 1;
  const inner = dims.slice(at + 1).reduce((a, b) => a * b, 1);
  if (parameter.dims.length <= 1) return (i) => values[Math.floor(i / inner) % length] as number;
  const blocks = parameter.dims[at] ?? 1;
  const block = Math.ceil(length / blocks);
  const outer = size / (length * inner);
  if (parameter.size !== outer * blocks * inner) return () => fallback;
  return (i) => {
    const [o, rest] = [Math.floor(i / (length * inner)), i % (length * inner)];
    return values[(o * blocks + Math.floor(Math.floor(rest / inner) / block)) * inner + (rest % inner)] as number;
  };
}

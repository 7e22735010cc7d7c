import { type DType, dtypeBits } from '../../../models/contracts/index.ts';
import type { Node } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';

/** Computes a node's output from constant inputs; null where the node asks for more than the kernel knows. */
type Kernel = (node: Node, inputs: readonly (Tensor | null)[], dtype: DType, shape: readonly number[]) => Tensor | null;

export function hasKernel(opType: string): boolean {
  return Object.hasOwn(KERNELS, opType);
}

/** Exact results only: elements moved as bytes, arithmetic in float64 rounded once. `dtype` and `shape`: of the output, as inferred. */
export function runKernel(node: Node, inputs: readonly (Tensor | null)[], dtype: DType, shape: readonly number[]): Tensor | null {
  return KERNELS[node.opType]?.(node, inputs, dtype, shape) ?? null;
}

const regroup: Kernel = (_, [data], dtype, shape) => {
  return data && data.size === sizeOf(shape) ? Tensor.fromBytes(dtype, shape, data.bytes()) : null;
};

const transpose: Kernel = (node, [data], dtype, shape) => {
  if (!data) return null;
  const perm = node.attributes.ints('perm') ?? data.dims.map((_, i) => data.dims.length - 1 - i);
  const strides = stridesOf(data.dims);
  return move(data, dtype, shape, (index) => index.reduce((sum, at, axis) => sum + at * (strides[perm[axis] ?? 0] ?? 0), 0));
};

const concat: Kernel = (node, inputs, dtype, shape) => {
  const given = node.attributes.int('axis', 0);
  const axis = given < 0 ? given + shape.length : given;
  const inner = sizeOf(shape.slice(axis + 1)) * bytesOf(dtype);
  const outer = sizeOf(shape.slice(0, axis));
  if (!Number.isInteger(inner)) return null;
  const parts: Uint8Array[] = [];
  for (let o = 0; o < outer; o++) {
    for (const tensor of inputs) {
      if (!tensor) return null;
      const length = (tensor.dims[axis] as number) * inner;
      parts.push(tensor.bytes().subarray(o * length, (o + 1) * length));
    }
  }
  return Tensor.fromBytes(dtype, shape, new Uint8Array(Buffer.concat(parts)));
};

const gather: Kernel = (node, [data, indices], dtype, shape) => {
  if (!data || !indices) return null;
  const given = node.attributes.int('axis', 0);
  const axis = given < 0 ? given + data.dims.length : given;
  const picked = [...indices.numbers()].map((i) => (i < 0 ? i + (data.dims[axis] as number) : i));
  const strides = stridesOf(data.dims);
  const rank = indices.dims.length;
  const steps = stridesOf(indices.dims);
  return move(data, dtype, shape, (index) => {
    const which = index.slice(axis, axis + rank).reduce((sum, at, i) => sum + at * (steps[i] as number), 0);
    const source = [...index.slice(0, axis), picked[which] as number, ...index.slice(axis + rank)];
    return source.reduce((sum, at, i) => sum + at * (strides[i] as number), 0);
  });
};

/** Integers and floats into floats, and integers into integers that hold them. */
const cast: Kernel = (_, [data], dtype, shape) => {
  if (!data || !FLOATS.has(dtype) || data.dtype === 'int64' || data.dtype === 'uint64') return null;
  return Tensor.of(dtype, shape, data.numbers());
};

const unary =
  (compute: (x: number) => number): Kernel =>
  (_, [data], dtype, shape) => {
    return data && FLOATS.has(dtype) ? Tensor.of(dtype, shape, data.numbers().map(compute)) : null;
  };

const binary =
  (compute: (a: number, b: number) => number): Kernel =>
  (_, [a, b], dtype, shape) => {
    if (!a || !b || !FLOATS.has(dtype)) return null;
    const [x, y] = [a.numbers(), b.numbers()];
    const [i, j] = [broadcastStrides(a.dims, shape.length), broadcastStrides(b.dims, shape.length)];
    const out = new Float64Array(sizeOf(shape));
    forEachIndex(shape, (index, at) => {
      out[at] = compute(x[dot(index, i)] as number, y[dot(index, j)] as number);
    });
    return Tensor.of(dtype, shape, out);
  };

const KERNELS: Readonly<Record<string, Kernel>> = {
  Reshape: regroup,
  Squeeze: regroup,
  Unsqueeze: regroup,
  Flatten: regroup,
  Transpose: transpose,
  Concat: concat,
  Gather: gather,
  Cast: cast,
  Neg: unary((x) => -x),
  Sqrt: unary(Math.sqrt),
  Abs: unary(Math.abs),
  Reciprocal: unary((x) => 1 / x),
  Add: binary((a, b) => a + b),
  Sub: binary((a, b) => a - b),
  Mul: binary((a, b) => a * b),
  Div: binary((a, b) => a / b),
};

const FLOATS: ReadonlySet<DType> = new Set(['float16', 'float32', 'float64']);

/** Copies one element per output index from where `source` says. */
function move(data: Tensor, dtype: DType, shape: readonly number[], source: (index: readonly number[]) => number): Tensor | null {
  const width = bytesOf(dtype);
  if (!Number.isInteger(width)) return null;
  const from = data.bytes();
  const to = new Uint8Array(sizeOf(shape) * width);
  forEachIndex(shape, (index, at) => {
    const start = source(index) * width;
    for (let b = 0; b < width; b++) to[at * width + b] = from[start + b] as number;
  });
  return Tensor.fromBytes(dtype, shape, to);
}

function forEachIndex(shape: readonly number[], visit: (index: readonly number[], at: number) => void): void {
  const index = shape.map(() => 0);
  const size = sizeOf(shape);
  for (let at = 0; at < size; at++) {
    visit(index, at);
    for (let axis = shape.length - 1; axis >= 0 && (index[axis] = (index[axis] as number) + 1) === shape[axis]; axis--) index[axis] = 0;
  }
}

function broadcastStrides(dims: readonly number[], rank: number): number[] {
  const strides = stridesOf(dims).map((stride, axis) => (dims[axis] === 1 ? 0 : stride));
  return [...new Array<number>(rank - dims.length).fill(0), ...strides];
}

function stridesOf(dims: readonly number[]): number[] {
  const strides = dims.map(() => 1);
  for (let axis = dims.length - 2; axis >= 0; axis--) strides[axis] = (strides[axis + 1] as number) * (dims[axis + 1] as number);
  return strides;
}

function dot(index: readonly number[], strides: readonly number[]): number {
  let sum = 0;
  for (let axis = 0; axis < index.length; axis++) sum += (index[axis] as number) * (strides[axis] as number);
  return sum;
}

function bytesOf(dtype: DType): number {
  return (dtypeBits(dtype) ?? Number.NaN) / 8;
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

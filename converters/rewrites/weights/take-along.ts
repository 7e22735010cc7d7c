import { dtypeBits } from '../../../models/contracts/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';

/** `out[…, k, …] = tensor[…, indices[k], …]` along `axis`, bit for bit (NaN payloads too); sub-byte types are repacked. */
export function takeAlong(tensor: Tensor, axis: number, indices: readonly number[]): Tensor {
  const outer = tensor.dims.slice(0, axis).reduce((a, b) => a * b, 1);
  const inner = tensor.dims.slice(axis + 1).reduce((a, b) => a * b, 1);
  const length = tensor.dims[axis] as number;
  const dims = tensor.dims.map((d, i) => (i === axis ? indices.length : d));
  const bits = dtypeBits(tensor.dtype);
  if (bits === null) throw new RangeError(`${tensor.dtype} cannot be permuted`);
  if (bits % 8 !== 0) return takeNumbers(tensor, dims, { outer, inner, length }, indices);
  const run = inner * (bits / 8);
  const from = tensor.bytes();
  const to = new Uint8Array(outer * indices.length * run);
  for (let o = 0; o < outer; o++) {
    indices.forEach((index, k) => {
      const start = (o * length + index) * run;
      to.set(from.subarray(start, start + run), (o * indices.length + k) * run);
    });
  }
  return Tensor.fromBytes(tensor.dtype, dims, to);
}

interface Layout {
  readonly outer: number;
  readonly inner: number;
  readonly length: number;
}

function takeNumbers(tensor: Tensor, dims: readonly number[], { outer, inner, length }: Layout, indices: readonly number[]): Tensor {
  const from = tensor.numbers();
  const to = new Float64Array(outer * indices.length * inner);
  for (let o = 0; o < outer; o++) {
    indices.forEach((index, k) => {
      const start = (o * length + index) * inner;
      to.set(from.subarray(start, start + inner), (o * indices.length + k) * inner);
    });
  }
  return Tensor.of(tensor.dtype, dims, to);
}

import { Tensor } from '../../onnx/tensor.ts';
import { concat } from './elementwise.ts';
import type { Trace, Traced } from './trace.ts';

/** A Reshape to `shape`; `target` is what its constant says (−1, 0) where that is not the shape itself. */
export function reshape(t: Trace, x: Traced, shape: readonly (number | null)[], target = shape as readonly number[]): Traced {
  return t.op('Reshape', [x, t.integers(target)], shape, t.opset >= 14 ? { allowzero: 0 } : {});
}

export function transpose(t: Trace, x: Traced, perm: readonly number[]): Traced {
  return t.op('Transpose', [x], perm.map((axis) => x.shape[axis] ?? null), { perm });
}

/** Unsqueeze; axes are an input since opset 13. */
export function insertAxes(t: Trace, x: Traced, axes: readonly number[], shape: readonly (number | null)[]): Traced {
  return t.opset < 13 ? t.op('Unsqueeze', [x], shape, { axes }) : t.op('Unsqueeze', [x, t.integers(axes)], shape);
}

/** torch.roll by `shift` along each of `axes`: two Slices and a Concat an axis. */
export function roll(t: Trace, x: Traced, shift: number, axes: readonly number[]): Traced {
  return axes.reduce((value, axis) => concat(t, [slice(t, value, axis, -shift, END), slice(t, value, axis, 0, -shift)], axis), x);
}

/** The end of an axis, as the exporter writes it. */
const END = 2n ** 63n - 1n;

/** Bounds and axis are inputs since opset 10. */
export function slice(t: Trace, x: Traced, axis: number, start: number, end: number | bigint): Traced {
  const integer = (value: number | bigint): Traced => t.constant(Tensor.of('int64', [1], [BigInt(value)]));
  const [axes, from, to] = [integer(axis), integer(start), integer(end)];
  return t.op('Slice', [x, from, to, axes], x.shape.map((dim, i) => (i === axis && dim !== null ? lengthOf(dim, start, end) : dim)));
}

function lengthOf(size: number, start: number, end: number | bigint): number {
  const at = (bound: number | bigint): number => {
    const n = typeof bound === 'bigint' ? size : bound;
    return Math.min(Math.max(n < 0 ? n + size : n, 0), size);
  };
  return Math.max(0, at(end) - at(start));
}

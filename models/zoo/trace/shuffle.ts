import { concat } from './elementwise.ts';
import { insertAxes, reshape, slice, transpose } from './layout.ts';
import type { Trace, Traced } from './trace.ts';

/** PyTorch's pixel_shuffle: DepthToSpace in CRD order, or a six-dimensional chain before opset 11, which has no such mode. */
export function pixelShuffle(t: Trace, x: Traced, r: number): Traced {
  const [n, from, h, w] = sides(x);
  const c = from / (r * r);
  const shape = [n, c, times(h, r), times(w, r)];
  if (t.opset >= 11) return t.op('DepthToSpace', [x], shape, { blocksize: r, mode: 'CRD' });
  const split = reshape(t, x, [n, c, r, r, h, w], [-1, c, r, r, h ?? 0, w ?? 0]);
  return reshape(t, transpose(t, split, [0, 1, 4, 2, 5, 3]), shape, [-1, ...shape.slice(1).map((side) => side ?? 0)]);
}

/** PyTorch's pixel_unshuffle: never SpaceToDepth. Six dimensions, and for open sizes another chain of the exporter's. */
export function pixelUnshuffle(t: Trace, x: Traced, r: number): Traced {
  const [n, c, h, w] = sides(x);
  const shape = [n, c * r * r, h === null ? null : h / r, w === null ? null : w / r];
  if (h === null || w === null) return openUnshuffle(t, x, r, shape);
  const split = reshape(t, x, [n, c, h / r, r, w / r, r], [-1, c, h / r, r, w / r, r]);
  return reshape(t, transpose(t, split, [0, 1, 3, 5, 2, 4]), shape, [-1, ...(shape.slice(1) as number[])]);
}

function openUnshuffle(t: Trace, x: Traced, r: number, shape: readonly (number | null)[]): Traced {
  const [n, c] = sides(x);
  const unsqueezed = insertAxes(t, x, [3], [n, c, null, 1, null]);
  const rows = reshape(t, unsqueezed, [n, c, null, r, null], [0, 0, -1, r, 0]);
  const columns = reshape(t, rows, [n, c, null, r, null, r], [0, 0, 0, 0, -1, r]);
  const merged = reshape(t, transpose(t, columns, [0, 1, 3, 5, 2, 4]), [n, c * r * r, 1, 1, null, null], [0, -1, 1, 1, 0, 0]);
  return t.opset < 13 ? t.op('Squeeze', [merged], shape, { axes: [2, 3] }) : t.op('Squeeze', [merged, t.integers([2, 3])], shape);
}

/** torch.repeat_interleave(x, times, dim=1), with the shape arithmetic that the exporter writes around it. */
export function repeatChannels(t: Trace, x: Traced, count: number): Traced {
  const [n, c, h, w] = sides(x);
  const unsqueezed = insertAxes(t, x, [2], [n, c, 1, h, w]);
  const tiled = t.op('Tile', [unsqueezed, t.integers([1, 1, count, 1, 1])], [n, c, count, h, w]);
  const shape = t.op('Shape', [tiled], [5], {}, 'int64');
  const [before, after] = [slice(t, shape, 0, 0, 1), slice(t, shape, 0, 3, 5)];
  const target = concat(t, [before, t.integers([-1]), after], 0);
  return t.op('Reshape', [tiled, target], [n, c * count, h, w], t.opset >= 14 ? { allowzero: 0 } : {});
}

function sides(x: Traced): readonly [number, number, number | null, number | null] {
  return x.shape as readonly [number, number, number | null, number | null];
}

function times(side: number | null, r: number): number | null {
  return side === null ? null : side * r;
}

import type { Emitter } from './emitter.ts';
import type { Operands } from './operands.ts';
import type { Family } from './rule.ts';
import { Untranslatable } from './untranslatable.ts';

/**
 * Resizing of the last axes (coremltools mil/ops/defs/iOS15 to iOS17/image_resizing.py). Each documented grid of samples is a coordinate
 * transformation of ONNX's Resize, but OFFSET_CORNERS: that one, and where axes differ, is a product with a matrix of weights.
 */
export const RESIZING: Family = {
  upsample_nearest_neighbor: (o, out) => {
    const factors = [o.number('scale_factor_height', 1), o.number('scale_factor_width', 1)];
    return out.node('Resize', [o.value('x'), '', out.constant('float32', [o.rank('x')], [...ones(o.rank('x') - 2), ...factors])], NEAREST);
  },
  resize_nearest_neighbor: (o, out) => resized(o, out, [o.number('target_size_height'), o.number('target_size_width')], NEAREST),
  upsample_bilinear: upsampleBilinear,
  resize_bilinear: (o, out) => linear(o, out, [o.number('target_size_height', 1), o.number('target_size_width', 1)], o.text('sampling_mode', 'DEFAULT')),
  resize,
};

type ResizeAttributes = Readonly<Record<string, string>>;

/** The element at ⌊i · in / out⌋. */
const NEAREST: ResizeAttributes = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' };

/** ONNX's coordinate transformations for grids of MIL. */
const TRANSFORMATIONS: Readonly<Record<string, string>> = { DEFAULT: 'asymmetric', STRICT_ALIGN_CORNERS: 'align_corners', ALIGN_CORNERS: 'align_corners', UNALIGN_CORNERS: 'half_pixel' };

function ones(count: number): number[] {
  return Array.from({ length: count }, () => 1);
}

/** The last axes in other sizes; those before keep theirs. */
function resized(o: Operands, out: Emitter, sizes: readonly number[], attributes: ResizeAttributes): string {
  const kept = o.rank('x') - sizes.length;
  const axes = sizes.map((_, i) => kept + i);
  return out.node('Resize', [o.value('x'), '', '', out.vector(sizes)], { ...attributes, axes });
}

/** The scale is computed anew from the sizes, as in PyTorch with recompute_scale_factor. */
function upsampleBilinear(o: Operands, out: Emitter): string {
  const align = o.flag('align_corners', true);
  const mode = align ? 'STRICT_ALIGN_CORNERS' : o.flag('half_pixel_centers', true) ? 'UNALIGN_CORNERS' : 'DEFAULT';
  if (align && o.flag('half_pixel_centers', false)) throw new Untranslatable('align_corners with half_pixel_centers');
  const factors = [o.number('scale_factor_height', 1), o.number('scale_factor_width', 1)];
  const sizes = o.resultSizes()?.slice(-2);
  if (sizes) return linear(o, out, sizes, mode);
  if (!factors.every(Number.isInteger)) throw new Untranslatable('a fractional scale with open sizes');
  const scales = out.constant('float32', [o.rank('x')], [...ones(o.rank('x') - 2), ...factors]);
  return out.node('Resize', [o.value('x'), '', scales], { mode: 'linear', coordinate_transformation_mode: TRANSFORMATIONS[mode] as string });
}

/** `shape` counts from the end; zeros stand for sizes of x. */
function resize(o: Operands, out: Emitter): string {
  const count = o.number('resized_dims');
  const sizes = o.shape('x').slice(-count);
  const wanted = o.numbers('shape').slice(-count).map((size, i) => {
    const inherited = size === 0 ? sizes[i] : size;
    if (inherited === null || inherited === undefined) throw new Untranslatable('shape takes over an open size of x');
    return inherited;
  });
  const mode = o.text('sampling_mode', 'DEFAULT');
  if (o.text('interpolation_mode', 'LINEAR') === 'LINEAR') return linear(o, out, wanted, mode);
  if (mode !== 'DEFAULT') throw new Untranslatable(`NEAREST_NEIGHBOR with ${mode}: MIL does not say how positions between elements are rounded`);
  return resized(o, out, wanted, NEAREST);
}

function linear(o: Operands, out: Emitter, sizes: readonly number[], mode: string): string {
  const transformation = TRANSFORMATIONS[mode];
  const onePoint = mode === 'ALIGN_CORNERS' && sizes.includes(1);
  if (transformation && !onePoint) return resized(o, out, sizes, { mode: 'linear', coordinate_transformation_mode: transformation });
  const from = o.sizes('x').slice(-sizes.length);
  return sizes.reduce((value, size, i) => weighted(out, value, i - sizes.length, gridWeights(from[i] as number, size, mode), o.rank('x')), o.value('x'));
}

/** Position of each sample in the input, as the documentation of resize_bilinear gives it. */
function gridPoint(i: number, from: number, to: number, mode: string): number {
  switch (mode) {
    case 'DEFAULT':
      return (i * from) / to;
    case 'UNALIGN_CORNERS':
      return ((i + 0.5) * from) / to - 0.5;
    case 'STRICT_ALIGN_CORNERS':
      return to === 1 ? 0 : (i * (from - 1)) / (to - 1);
    case 'ALIGN_CORNERS':
      return to === 1 ? (from - 1) / 2 : (i * (from - 1)) / (to - 1);
    case 'OFFSET_CORNERS':
      return ((i + 0.5) * Math.max(1, from - 1)) / to;
    default:
      throw new Untranslatable(`sampling_mode is ${mode}`);
  }
}

/** One row for each sample: what it takes of each element. */
function gridWeights(from: number, to: number, mode: string): number[][] {
  return Array.from({ length: to }, (_, i) => {
    const point = Math.min(from - 1, Math.max(0, gridPoint(i, from, to, mode)));
    const low = Math.floor(point);
    const row = Array.from({ length: from }, () => 0);
    row[low] = 1 - (point - low);
    if (point > low) row[low + 1] = point - low;
    return row;
  });
}

/** The axis (−1 the last) replaced by weighted sums over it. */
function weighted(out: Emitter, value: string, axis: number, weights: readonly (readonly number[])[], rank: number): string {
  const columns = out.constant('float32', [(weights[0] as readonly number[]).length, weights.length], transposed(weights));
  if (axis === -1) return out.node('MatMul', [value, columns]);
  const perm = Array.from({ length: rank }, (_, i) => i);
  [perm[rank + axis], perm[rank - 1]] = [rank - 1, rank + axis];
  return out.node('Transpose', [out.node('MatMul', [out.node('Transpose', [value], { perm }), columns])], { perm });
}

function transposed(rows: readonly (readonly number[])[]): number[] {
  return (rows[0] as readonly number[]).flatMap((_, column) => rows.map((row) => row[column] as number));
}

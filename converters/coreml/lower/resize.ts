import type { Node } from '../../../models/graph/index.ts';
import type { PlanDim } from '../plan.ts';
import type { LowerContext } from './context.ts';
import { floatInput } from './float-input.ts';
import type { Lowerer } from './lowerer.ts';
import { bools, int, ints, type MilValue, text } from './mil-value.ts';
import { openSize, Refused } from './refused.ts';

/** Resizing of the last two axes, in the forms whose sampling points are ONNX's exactly; the rest is refused with the reason. */
export const RESIZE: Readonly<Record<string, Lowerer>> = { Resize: resize };

function resize(node: Node, c: LowerContext): void {
  const x = floatInput(c, 0);
  const { attributes } = node;
  const shape = c.outputType().shape;
  const mode = attributes.string('mode', 'nearest');
  if (mode === 'cubic') throw new Refused('Core ML has no cubic interpolation', 'Use linear or nearest, or resize outside of the model.');
  if (attributes.int('antialias', 0) !== 0) throw new Refused('Core ML has no antialiasing when resizing', 'Resize outside of the model, or pool before it.');
  if (attributes.has('axes') || attributes.string('keep_aspect_ratio_policy', 'stretch') !== 'stretch') throw new Refused('its sizes are of some axes only', 'Give sizes of all axes: export without axes and keep_aspect_ratio_policy.');
  if (x.shape.length < 3 || shape.slice(0, -2).some((dim, axis) => dim !== x.shape[axis])) throw new Refused(`it resizes other axes than the last two: [${x.shape.join(', ')}] to [${shape.join(', ')}]`, 'Move the axes to the end: Transpose before and after.');
  const axes = [-2, -1].map((axis) => axisOf(node, c, x, shape, axis));
  if (mode === 'nearest') nearest(node, c, x, axes);
  else linear(node, c, x, axes);
}

interface Axis {
  readonly from: PlanDim;
  readonly to: PlanDim;
  /** As the node states it; null where it states sizes. */
  readonly scale: number | null;
  /** Whole factor of the sizes, where there is one. */
  readonly factor: number | null;
}

function axisOf(_: Node, c: LowerContext, x: MilValue, shape: readonly PlanDim[], axis: number): Axis {
  const scales = c.knownNumbers(2, 'scales');
  const scale = scales && scales.length > 0 ? (scales.at(axis) ?? null) : null;
  const [from, to] = [x.shape.at(axis) as PlanDim, shape.at(axis) as PlanDim];
  const ratio = typeof from === 'number' && typeof to === 'number' ? to / from : scale;
  return { from, to, scale, factor: ratio !== null && Number.isInteger(ratio) && ratio >= 1 ? ratio : null };
}

/** Where every element is repeated, or every n-th taken. */
function nearest(node: Node, c: LowerContext, x: MilValue, axes: readonly Axis[]): void {
  if (axes.every(({ factor }, i) => factor !== null && repeats(node, axes[i] as Axis))) {
    const [height, width] = axes.map(({ factor }) => factor as number) as [number, number];
    c.finish('upsample_nearest_neighbor', { x, scale_factor_height: int(height), scale_factor_width: int(width) });
    return;
  }
  const taken = axes.map((axis) => everyNth(node, axis));
  if (taken.some((progression) => progression === null)) {
    throw new Refused(`nearest with these sizes (${axes.map(({ from, to }) => `${from} to ${to}`).join(', ')}) is no repetition of whole elements, and Core ML picks others than ONNX`, 'Use whole factors, or linear.');
  }
  const rank = x.shape.length;
  const lead = new Array<number>(rank - 2).fill(0);
  const all = new Array<boolean>(rank).fill(false);
  const [begins, steps] = [taken.map((p) => p?.begin ?? 0), taken.map((p) => p?.step ?? 1)];
  const ends = axes.map(({ to }, i) => (begins[i] as number) + (Number(to) - 1) * (steps[i] as number) + 1);
  c.finish('slice_by_index', {
    x, begin: ints([...lead, ...begins]), end: ints([...lead, ...ends]), stride: ints([...lead.map(() => 1), ...steps]), begin_mask: bools(all),
    end_mask: bools(all.map((_, axis) => axis < rank - 2)), squeeze_mask: bools(all),
  });
}

function repeats(node: Node, axis: Axis): boolean {
  const { from, factor } = axis;
  const size = typeof from === 'number' ? from : 7;
  const points = sources(node, { ...axis, from: size, to: size * (factor as number) });
  return points?.every((source, i) => source === Math.floor(i / (factor as number))) ?? false;
}

function everyNth(node: Node, axis: Axis): { begin: number; step: number } | null {
  if (typeof axis.from !== 'number' || typeof axis.to !== 'number') return null;
  const points = sources(node, axis);
  if (!points) return null;
  const begin = points[0] as number;
  const step = points.length > 1 ? (points[1] as number) - begin : 1;
  return step >= 1 && points.every((source, i) => source === begin + i * step) ? { begin, step } : null;
}

/** Source element of each result by ONNX's formulas (operator Resize); null for modes without one here. */
function sources({ attributes }: Node, { from, to, scale }: Axis): number[] | null {
  const [size, count] = [Number(from), Number(to)];
  const rounding = ROUNDINGS[attributes.string('nearest_mode', 'round_prefer_floor')];
  const coordinate = COORDINATES[attributes.string('coordinate_transformation_mode', 'half_pixel')];
  if (!rounding || !coordinate) return null;
  return Array.from({ length: count }, (_, i) => Math.min(size - 1, Math.max(0, rounding(coordinate(i, scale ?? count / size, size, count)))));
}

type Coordinate = (i: number, scale: number, from: number, to: number) => number;

const COORDINATES: Readonly<Record<string, Coordinate>> = {
  half_pixel: (i, scale) => Math.fround(Math.fround(i + 0.5) / Math.fround(scale) - 0.5),
  pytorch_half_pixel: (i, scale, _, to) => (to > 1 ? Math.fround(Math.fround(i + 0.5) / Math.fround(scale) - 0.5) : 0),
  asymmetric: (i, scale) => Math.fround(i / Math.fround(scale)),
  align_corners: (i, _, from, to) => (to === 1 ? 0 : Math.fround((i * (from - 1)) / (to - 1))),
};

const ROUNDINGS: Readonly<Record<string, (x: number) => number>> = {
  round_prefer_floor: (x) => Math.ceil(x - 0.5),
  round_prefer_ceil: (x) => Math.floor(x + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

/** ONNX's coordinates by the sampling modes of MIL; both take the edge for points outside. */
const SAMPLING: Readonly<Record<string, string>> = {
  half_pixel: 'UNALIGN_CORNERS', pytorch_half_pixel: 'UNALIGN_CORNERS', half_pixel_symmetric: 'UNALIGN_CORNERS', asymmetric: 'DEFAULT', align_corners: 'STRICT_ALIGN_CORNERS',
};

function linear(node: Node, c: LowerContext, x: MilValue, axes: readonly Axis[]): void {
  const coordinates = node.attributes.string('coordinate_transformation_mode', 'half_pixel');
  const sampling = SAMPLING[coordinates];
  if (!sampling) throw new Refused(`Core ML has no linear resizing with ${coordinates}`, 'Use half_pixel, asymmetric or align_corners.');
  for (const { from, to, scale } of axes) {
    if (typeof from !== 'number' || typeof to !== 'number') throw openSize('linear resizing of an open size');
    if (coordinates !== 'align_corners' && scale !== null && Math.abs(from * scale - to) > 1e-6 * to) {
      throw new Refused(`a factor of ${scale} makes ${to} of ${from}, and Core ML samples by the sizes instead of the factor`, 'State sizes instead of scales, or factors that fit.');
    }
    if (to === 1 && from !== 1 && coordinates !== 'half_pixel') throw new Refused(`${coordinates} to a size of 1 samples elsewhere in Core ML`, 'Use half_pixel, or a slice.');
  }
  const [height, width] = axes.map(({ to }) => Number(to)) as [number, number];
  c.finish('resize_bilinear', { x, target_size_height: int(height), target_size_width: int(width), sampling_mode: text(sampling) });
}

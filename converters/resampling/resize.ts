import { type Node, staticShape } from '../../models/graph/index.ts';

/** One axis of a Resize: sizes before and after, and the factor that coordinates are divided by (not always their ratio). */
export interface ResizedAxis {
  readonly from: number;
  readonly to: number;
  readonly scale: number;
}

/** A Resize (or Upsample) with every size known. */
export interface Resize {
  readonly mode: 'nearest' | 'linear' | 'cubic';
  readonly coordinates: string;
  readonly nearest: string;
  readonly cubicA: number;
  readonly excludeOutside: boolean;
  readonly antialias: boolean;
  readonly axes: readonly ResizedAxis[];
}

const MODES: Readonly<Record<string, Resize['mode']>> = { nearest: 'nearest', linear: 'linear', bilinear: 'linear', cubic: 'cubic' };

/** Reads a Resize or Upsample of any opset; null where a size, a scale or the mode is not known, and for a crop. */
export function readResize(node: Node): Resize | null {
  const [from, to] = [staticShape(node.input(0)?.type), staticShape(node.output()?.type)];
  const mode = MODES[node.attributes.string('mode', 'nearest')];
  if (!from || !to || from.length !== to.length || !mode || [...from, ...to].includes(0)) return null;
  const legacy = node.is('Upsample') || node.inputs.length <= 2;
  const coordinates = legacy ? 'asymmetric' : node.attributes.string('coordinate_transformation_mode', 'half_pixel');
  const scales = scalesOf(node, legacy, from, to);
  if (!scales || coordinates === 'tf_crop_and_resize') return null;
  return {
    mode, coordinates, nearest: legacy ? 'floor' : node.attributes.string('nearest_mode', 'round_prefer_floor'),
    cubicA: node.attributes.float('cubic_coeff_a', -0.75), excludeOutside: node.attributes.int('exclude_outside', 0) === 1, antialias: node.attributes.int('antialias', 0) === 1,
    axes: from.map((size, axis) => ({ from: size, to: to[axis] as number, scale: scales[axis] as number })),
  };
}

/** Stated factors; without them the ratios, which a policy about the aspect makes one for all axes. */
function scalesOf(node: Node, legacy: boolean, from: readonly number[], to: readonly number[]): number[] | null {
  const axes = node.attributes.ints('axes')?.map((axis) => (axis < 0 ? axis + from.length : axis)) ?? from.map((_, axis) => axis);
  const spread = (values: ArrayLike<number>): number[] => from.map((_, axis) => (axes.includes(axis) ? (values[axes.indexOf(axis)] as number) : 1));
  const attribute = node.attributes.floats('scales');
  if (attribute) return spread(attribute);
  const stated = node.input(legacy ? 1 : 2);
  if (stated?.constant && stated.constant.size > 0) return spread(stated.constant.numbers());
  const sizes = legacy ? null : node.input(3);
  if (!sizes) return null;
  const policy = node.attributes.string('keep_aspect_ratio_policy', 'stretch');
  if (policy === 'stretch') return from.map((size, axis) => Math.fround((to[axis] as number) / size));
  const wanted = sizes.constant?.numbers();
  if (!wanted) return null;
  const ratios = axes.map((axis, i) => Math.fround((wanted[i] as number) / (from[axis] as number)));
  const scale = policy === 'not_larger' ? Math.min(...ratios) : Math.max(...ratios);
  return from.map((_, axis) => (axes.includes(axis) ? scale : 1));
}

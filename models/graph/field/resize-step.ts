import type { Node } from '../node.ts';
import { staticShape } from '../types.ts';
import { rearranged } from './layout-steps.ts';
import { type Digit, NotLocal, reaching, settled, sizeOf, TINY, type View, withDim } from './view.ts';
import { numbersOf, openPlace } from './window-steps.ts';

/** Largest numerator and denominator of a factor that is taken for a ratio of whole numbers. */
const MOST = 64;

/** Resize and Upsample by a ratio of whole numbers along the picture's axes. */
export function resized(node: Node, view: View): View {
  const out = staticShape(node.output()?.type);
  if (!out) throw new NotLocal('unknown', 'the size that it makes is not known');
  const scales = scalesOf(node);
  const axes = node.attributes.ints('axes')?.map((axis) => (axis < 0 ? axis + out.length : axis));
  let result = view;
  out.forEach((size, index) => {
    result = settled(result, index);
    const old = sizeOf(result.dims[index] as readonly Digit[]);
    const scale = (axes ? scales?.[axes.indexOf(index)] : scales?.[index]) ?? size / old;
    if (size === old && Math.abs(scale - 1) < TINY) return;
    const place = openPlace(result, index);
    if (!place) {
      result = rearranged(result, index, size);
      return;
    }
    const [low, high] = tapsOf(node, ratioOf(scale));
    const { axis, pitch } = place;
    result = reaching(result, axis, { low: low * pitch, high: high * pitch });
    result = withDim(result, index, [{ axis, pitch: pitch / scale, extent: size, open: true }]);
  });
  return result;
}

function scalesOf(node: Node): readonly number[] | undefined {
  if (node.is('Upsample')) return node.attributes.floats('scales') ?? numbersOf(node, 1);
  const scales = numbersOf(node, node.inputs.length === 2 ? 1 : 2);
  return scales && scales.length > 0 ? scales : undefined;
}

/** The first and the last input that an output sees, relative to its own place, over a period of outputs. */
function tapsOf(node: Node, [up, down]: readonly [number, number]): [low: number, high: number] {
  const scale = up / down;
  const source = sourceOf(node, scale);
  const taps = tapsAround(node, scale);
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < up; i++) {
    const [first, last] = taps(source(i));
    low = Math.min(low, first - i / scale);
    high = Math.max(high, last - i / scale);
  }
  return [low, high];
}

function sourceOf(node: Node, scale: number): (i: number) => number {
  const mode = node.is('Upsample') ? 'asymmetric' : node.attributes.string('coordinate_transformation_mode', node.inputs.length === 2 ? 'asymmetric' : 'half_pixel');
  if (mode === 'asymmetric') return (i) => i / scale;
  if (mode === 'tf_half_pixel_for_nn') return (i) => (i + 0.5) / scale;
  if (/^(?:half_pixel|pytorch_half_pixel|half_pixel_symmetric)$/.test(mode)) return (i) => (i + 0.5) / scale - 0.5;
  throw new NotLocal('placed', `its coordinates (${mode}) depend on the size of the whole picture`);
}

function tapsAround(node: Node, scale: number): (x: number) => [number, number] {
  const mode = node.attributes.string('mode', 'nearest');
  if (mode === 'nearest') {
    const pick = { floor: Math.floor, ceil: Math.ceil, round_prefer_ceil: Math.round, round_prefer_floor: (x: number) => Math.ceil(x - 0.5) };
    const rule = node.is('Upsample') || node.inputs.length === 2 ? 'floor' : node.attributes.string('nearest_mode', 'round_prefer_floor');
    return (x) => {
      const at = pick[rule as keyof typeof pick](x);
      return [at, at];
    };
  }
  const wide = (mode === 'cubic' ? 2 : 1) * (node.attributes.int('antialias', 0) === 1 && scale < 1 ? 1 / scale : 1);
  return (x) => [Math.floor(x - wide + TINY) + 1, Math.ceil(x + wide - TINY) - 1];
}

function ratioOf(scale: number): [number, number] {
  for (let down = 1; down <= MOST; down++) {
    const up = Math.round(scale * down);
    if (up > 0 && up <= MOST && Math.abs(up / down - scale) < TINY) return [up, down];
  }
  throw new NotLocal('placed', 'it resizes by a factor that is no simple ratio: one that depends on the size of the picture');
}

import type { Node } from '../node.ts';
import { staticShape } from '../types.ts';
import { knownData } from '../infer/index.ts';
import { rearranged } from './layout-steps.ts';
import { type Axis, type Digit, mixed, NotLocal, reaching, settled, sizeOf, type View, withDim } from './view.ts';

/** A window that slides along the spatial dimensions: convolutions and pools. `mixes`: all channels are summed. */
export function windowed(node: Node, view: View, mixes: boolean): View {
  const rank = view.dims.length - 2;
  const weights = staticShape(node.input(node.is('QLinearConv') ? 3 : 1)?.type);
  const kernel = node.attributes.ints('kernel_shape') ?? (mixes ? weights?.slice(2) : undefined);
  if (!kernel) throw new NotLocal('unknown', 'the size of its window is not known');
  const channels = mixes ? (staticShape(node.output()?.type)?.[1] ?? weights?.[0] ?? 1) : 0;
  let result = mixes ? mixed(view, 1, channels) : view;
  for (let d = 0; d < rank; d++) {
    const stride = node.attributes.ints('strides')?.[d] ?? 1;
    const span = ((kernel[d] as number) - 1) * (node.attributes.ints('dilations')?.[d] ?? 1);
    result = settled(result, d + 2);
    const size = sizeOf(result.dims[d + 2] as readonly Digit[]);
    const pad = padBefore(node, d, rank, span, stride, size);
    const place = openPlace(result, d + 2);
    const out = staticShape(node.output()?.type)?.[d + 2] ?? size;
    if (!place) {
      result = rearranged(result, d + 2, out);
      continue;
    }
    const { axis, pitch } = place;
    result = reaching(result, axis, { low: -pad * pitch, high: (span - pad) * pitch });
    result = withDim(result, d + 2, [{ axis, pitch: pitch * stride, extent: out, open: true }]);
  }
  return result;
}

/** ConvTranspose: an output place sees the inputs whose windows cover it. */
export function transposedWindow(node: Node, view: View): View {
  if (node.attributes.has('output_shape') || !/^$|NOTSET|VALID/.test(node.attributes.string('auto_pad', ''))) {
    throw new NotLocal('unknown', 'its padding follows from an output shape');
  }
  const weights = staticShape(node.input(1)?.type);
  const out = staticShape(node.output()?.type);
  if (!weights || !out) throw new NotLocal('unknown', 'its shapes are not known');
  let result = mixed(view, 1, out[1] as number);
  for (let d = 0; d < weights.length - 2; d++) {
    const stride = node.attributes.ints('strides')?.[d] ?? 1;
    const span = ((weights[d + 2] as number) - 1) * (node.attributes.ints('dilations')?.[d] ?? 1);
    const pad = node.attributes.ints('pads')?.[d] ?? 0;
    result = settled(result, d + 2);
    const place = openPlace(result, d + 2);
    if (!place) {
      result = rearranged(result, d + 2, out[d + 2] as number);
      continue;
    }
    const pitch = place.pitch / stride;
    result = reaching(result, place.axis, { low: (pad - span) * pitch, high: pad * pitch });
    result = withDim(result, d + 2, [{ axis: place.axis, pitch, extent: out[d + 2] as number, open: true }]);
  }
  return result;
}

/** Pad: what is put before the picture moves it. */
export function paddedBy(node: Node, view: View): View {
  const given = node.attributes.ints('pads') ?? numbersOf(node, 1);
  const axes = numbersOf(node, 3) ?? view.dims.map((_, i) => i);
  if (!given) throw new NotLocal('unknown', 'its pads are not constant');
  if (node.attributes.string('mode', 'constant') === 'wrap') throw new NotLocal('global', 'it wraps the picture round');
  let result = view;
  axes.forEach((axis, i) => {
    const [index, before, after] = [axis < 0 ? axis + view.dims.length : axis, given[i] as number, given[i + axes.length] as number];
    if (before === 0 && after === 0) return;
    result = settled(result, index);
    const size = sizeOf(result.dims[index] as readonly Digit[]) + before + after;
    const place = openPlace(result, index);
    result = place ? moved(result, index, place, { by: -before, step: 1, size }) : rearranged(result, index, size);
  });
  return result;
}

/** Slice by constants: where it cuts the picture it moves it, and thins it out by its step. */
export function sliced(node: Node, view: View): View {
  const out = staticShape(node.output()?.type);
  const starts = node.attributes.ints('starts') ?? numbersOf(node, 1);
  const axes = node.attributes.ints('axes') ?? numbersOf(node, 3) ?? starts?.map((_, i) => i);
  if (!out || !starts || !axes) throw new NotLocal('unknown', 'what it cuts out is not constant');
  const steps = numbersOf(node, 4);
  let result = view;
  axes.forEach((axis, i) => {
    const [index, start, step] = [axis < 0 ? axis + view.dims.length : axis, starts[i] as number, steps?.[i] ?? 1];
    if (out[index] === sizeOf(result.dims[index] as readonly Digit[]) && step === 1) return;
    result = settled(result, index);
    const place = openPlace(result, index);
    if (place && (start < 0 || step < 1)) throw new NotLocal('placed', 'it cuts by distance from the end of the picture');
    result = place ? moved(result, index, place, { by: start, step, size: out[index] as number }) : rearranged(result, index, out[index] as number);
  });
  return result;
}

/** The open digit of a settled dimension; null where it is none of the picture's. */
export function openPlace(view: View, index: number): { readonly axis: Axis; readonly pitch: number } | null {
  const [digit] = view.dims[index] ?? [];
  return digit?.open && digit.axis !== null ? { axis: digit.axis, pitch: digit.pitch } : null;
}

/** Constant whole numbers of an input; undefined where it is left out or not constant. */
export function numbersOf(node: Node, index: number): number[] | undefined {
  const value = node.input(index);
  const data = value && (value.constant?.numbers() ?? knownData(value));
  return data && [...data].every((item) => typeof item === 'number') ? ([...data] as number[]) : undefined;
}

function moved(view: View, index: number, { axis, pitch }: { axis: Axis; pitch: number }, { by, step, size }: { by: number; step: number; size: number }): View {
  const result = reaching(view, axis, { low: by * pitch, high: by * pitch });
  return withDim(result, index, [{ axis, pitch: pitch * step, extent: size, open: true }]);
}

/** Padding before the first place; `SAME` spreads what a stride needs at this size, the odd one after (`UPPER`) or before (`LOWER`). */
function padBefore(node: Node, d: number, rank: number, span: number, stride: number, size: number): number {
  const auto = node.attributes.string('auto_pad', 'NOTSET');
  if (!auto.startsWith('SAME')) return auto === 'VALID' ? 0 : (node.attributes.ints('pads')?.slice(0, rank)[d] ?? 0);
  const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + span + 1 - size);
  return auto === 'SAME_UPPER' ? Math.floor(total / 2) : Math.ceil(total / 2);
}

import type { Patch, Value } from '../../models/graph/index.ts';
import { Tensor } from '../../models/onnx/index.ts';

/** Weights as int8 codes, and the scales that their products are multiplied by. */
export interface IntegerWeights {
  readonly codes: { readonly value: Value; readonly size: number };
  /** Shaped to be broadcast over the layer's output: one number, `[N]`, or `[1, O, 1, …]`. */
  readonly scale: Value;
  readonly spatial: number;
}

export interface IntegerLayout {
  /** `conv` `[O, I/g, …]`, `matrix` `[…, K, N]`, `transposed` `[N, K]`, stored as a matrix afterwards. */
  readonly layout: 'conv' | 'matrix' | 'transposed';
  readonly perChannel: boolean;
  /** Goes into the scales. */
  readonly alpha: number;
}

/**
 * Symmetric int8: scale = max|w| / 127 in float32, codes rounded to nearest even, as `quantize_dynamic` rounds them. All-zero channels have
 * scale 1. The reason where a weight is no finite number.
 */
export function integerWeights(patch: Patch, value: Value, { layout, perChannel, alpha }: IntegerLayout): IntegerWeights | string {
  const tensor = value.constant as Tensor;
  const weights = layout === 'transposed' ? turned(tensor) : tensor;
  const { dims } = weights;
  const numbers = weights.numbers();
  if (!numbers.every(Number.isFinite)) return `"${value.name}" holds values that are no finite numbers`;
  const axis = layout === 'conv' ? 0 : dims.length - 1;
  const channels = perChannel ? (dims[axis] as number) : 1;
  const inner = layout === 'conv' ? numbers.length / (dims[0] as number) : 1;
  const channelOf = (i: number): number => (perChannel ? Math.floor(i / inner) % channels : 0);
  const peaks = new Float64Array(channels);
  for (const [i, w] of numbers.entries()) peaks[channelOf(i)] = Math.max(peaks[channelOf(i)] as number, Math.abs(w));
  const scales = peaks.map((peak) => (Math.fround(peak / 127) < SMALLEST_NORMAL ? 1 : Math.fround(peak / 127)));
  const codes = numbers.map((w, i) => Math.max(-127, Math.min(127, roundHalfEven(Math.fround(w / (scales[channelOf(i)] as number))))));
  const spatial = layout === 'conv' ? dims.length - 2 : 0;
  const shape = !perChannel ? [] : layout === 'conv' ? [1, channels, ...new Array<number>(spatial).fill(1)] : [channels];
  return {
    codes: { value: patch.constant(Tensor.of('int8', dims, codes), `${value.name}_quantized`), size: numbers.length },
    scale: patch.constant(Tensor.of('float32', shape, scales.map((scale) => scale * alpha)), `${value.name}_scale`),
    spatial,
  };
}

/** Of float32; a scale below it would not be exact. */
const SMALLEST_NORMAL = 2 ** -126;

function turned(tensor: Tensor): Tensor {
  const [rows, columns] = tensor.dims as [number, number];
  const from = tensor.numbers();
  return Tensor.of(tensor.dtype, [columns, rows], from.map((_, i) => from[(i % rows) * columns + Math.floor(i / rows)] as number));
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
}

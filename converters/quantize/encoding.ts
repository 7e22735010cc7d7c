/** Quantization parameters of one tensor: real = (q − zeroPoint)·scale. Per channel where `scale` has more than one entry. */
export interface Encoding {
  readonly bits: number;
  readonly symmetric: boolean;
  readonly scale: readonly number[];
  /** One per scale; 0 throughout where symmetric. */
  readonly zeroPoint: readonly number[];
  /** Axis of the channels; null per tensor. */
  readonly axis: number | null;
}

/** Encodings of a model by tensor name, as they were before quantization put its nodes in. */
export interface Encodings {
  readonly activations: ReadonlyMap<string, Encoding>;
  readonly parameters: ReadonlyMap<string, Encoding>;
}

/** Below this a range is a constant zero and gets a step that represents it. */
const SMALLEST_RANGE = 1e-6;

/**
 * Asymmetric unsigned parameters for [min, max], widened to hold zero exactly:
 * scale = (max − min)/(2^bits − 1) in float32, zeroPoint = round(−min/scale).
 */
export function activationEncoding(min: number, max: number, bits: number): Encoding {
  const low = Math.min(min, 0);
  const high = Math.max(max, 0, low + SMALLEST_RANGE);
  const levels = 2 ** bits - 1;
  const scale = positiveFloat32((high - low) / levels);
  const zeroPoint = Math.min(levels, Math.max(0, Math.round(-low / scale)));
  return { bits, symmetric: false, scale: [scale], zeroPoint: [zeroPoint], axis: null };
}

/** Symmetric signed parameters, scale = max|w|/(2^(bits−1) − 1) per slice along `axis` (per tensor for null), at least `floor` per slice. */
export function weightEncoding(values: Float64Array, dims: readonly number[], axis: number | null, bits: number, floor: readonly number[] = []): Encoding {
  const peaks = axis === null ? [values.reduce((m, v) => Math.max(m, Math.abs(v)), 0)] : peaksAlong(values, dims, axis);
  const levels = 2 ** (bits - 1) - 1;
  const scale = peaks.map((peak, c) => positiveFloat32(Math.max(peak, SMALLEST_RANGE) / levels, floor[c]));
  return { bits, symmetric: true, scale, zeroPoint: scale.map(() => 0), axis };
}

/** Rounds to the grid, ties to even, saturating: whole numbers in the type's range. `dims` and the encoding's axis say which scale holds where. */
export function quantizeValues(values: Float64Array, dims: readonly number[], encoding: Encoding): Float64Array {
  const { bits, symmetric, scale, zeroPoint, axis } = encoding;
  const [low, high] = symmetric ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
  const inner = axis === null ? values.length : dims.slice(axis + 1).reduce((a, b) => a * b, 1);
  return values.map((value, i) => {
    const c = axis === null ? 0 : Math.floor(i / inner) % scale.length;
    return Math.min(high, Math.max(low, nearestCode(value, scale[c] as number, bits) + (zeroPoint[c] as number)));
  });
}

/** What the quantized values stand for. */
export function dequantizeValues(quantized: Float64Array, dims: readonly number[], { scale, zeroPoint, axis }: Encoding): Float64Array {
  const inner = axis === null ? quantized.length : dims.slice(axis + 1).reduce((a, b) => a * b, 1);
  return quantized.map((q, i) => {
    const c = axis === null ? 0 : Math.floor(i / inner) % scale.length;
    return (q - (zeroPoint[c] as number)) * (scale[c] as number);
  });
}

/** value / scale to the nearest whole number, ties to even: in float32, as QuantizeLinear computes it; int32, which it does not make, in float64. */
export function nearestCode(value: number, scale: number, bits: number): number {
  return roundHalfEven(bits === 32 ? value / scale : Math.fround(value / scale));
}

function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** As the model stores it; never zero or subnormal. */
function positiveFloat32(scale: number, floor = 0): number {
  return Math.fround(Math.max(scale, floor, 1.2e-38));
}

function peaksAlong(values: Float64Array, dims: readonly number[], axis: number): number[] {
  const channels = dims[axis] as number;
  const inner = dims.slice(axis + 1).reduce((a, b) => a * b, 1);
  const peaks = new Array<number>(channels).fill(0);
  values.forEach((value, i) => {
    const c = Math.floor(i / inner) % channels;
    peaks[c] = Math.max(peaks[c] as number, Math.abs(value));
  });
  return peaks;
}

/** Versions of AIMET's encodings file that can be written. */
export const ENCODINGS_VERSIONS = ['0.6.1', '1.0.0', '2.0.0'] as const;

export type EncodingsVersion = (typeof ENCODINGS_VERSIONS)[number];

/** Which list of 0.6.1 and 1.0.0 an encoding stands in; 2.0.0 has one list for both. */
export type Section = 'activation' | 'parameter';

/** How finely scales lie in a tensor. */
export type Grain =
  | { readonly kind: 'tensor' }
  /** One for each entry along `axis`; null: the output channels of the layer that reads it, which is all that 0.6.1 and 1.0.0 say. */
  | { readonly kind: 'channel'; readonly axis: number | null }
  /** One for each `size` entries along `axis`. `shape` of the array of scales; both null: [output channels, blocks], as in 1.0.0. */
  | { readonly kind: 'block'; readonly axis: number | null; readonly size: number; readonly shape: readonly number[] | null };

interface Named {
  readonly name: string;
  /** Null where the file does not say (2.0.0). */
  readonly section: Section | null;
  /** Fields that the format does not define; they stay as long as the version does. */
  readonly extra: Readonly<Record<string, unknown>>;
}

/** Whole numbers on a grid: real = (q − zeroPoint)·scale, q in the range of a signed or unsigned integer of `bits` bits. */
export interface IntEncoding extends Named {
  readonly kind: 'int';
  readonly bits: number;
  /** Signed integers: `is_symmetric` of 0.6.1 and 1.0.0, `intN` of 2.0.0. */
  readonly signed: boolean;
  /** AIMET's strict symmetric grid: zero point −1 and the topmost code not used, so that the range is as wide below zero as above. */
  readonly strict: boolean;
  readonly scale: readonly number[];
  /** One for each scale; a fraction only for 2-bit grids without zero. */
  readonly zeroPoint: readonly number[];
  readonly grain: Grain;
  /** Ends of the range as 0.6.1 states them; they agree with scale and zero point. */
  readonly range: { readonly min: readonly number[]; readonly max: readonly number[] } | null;
}

/** Low power blockwise quantization: symmetric, the scale of a block is a whole multiple of its channel's. */
export interface LpbqEncoding extends Named {
  readonly kind: 'lpbq';
  /** Bits of the codes, and of the grid of `channelScale`. */
  readonly bits: number;
  readonly wideBits: number;
  readonly channelScale: readonly number[];
  /** In the order of the grain. */
  readonly blockScale: readonly number[];
  readonly grain: Grain & { readonly kind: 'block' };
}

/** Computed in half or single precision, without a scale. */
export interface FloatEncoding extends Named {
  readonly kind: 'float';
  readonly bits: number;
}

/** Small floats with a scale, as only 2.0.0 has them. */
export interface SmallFloatEncoding extends Named {
  readonly kind: 'small-float';
  readonly dtype: string;
  readonly scale: readonly number[];
  readonly grain: Grain;
}

export type TensorEncoding = IntEncoding | LpbqEncoding | FloatEncoding | SmallFloatEncoding;

/** An encodings file, whatever version it was written in. Names are unique. */
export interface EncodingsFile {
  /** The version it was read from, or is to be written in. */
  readonly version: EncodingsVersion;
  readonly encodings: ReadonlyMap<string, TensorEncoding>;
  /** Settings of the simulation, for people who debug. */
  readonly quantizerArgs: Readonly<Record<string, unknown>> | null;
  readonly excludedLayers: readonly unknown[];
  /** Further fields of the file. */
  readonly extra: Readonly<Record<string, unknown>>;
}

/** Something that a version cannot say. `tensor` null: about the file. */
export interface Loss {
  readonly tensor: string | null;
  readonly what: string;
}

/** Lowest and highest code of an encoding. */
export function codeRange({ bits, signed, strict }: Pick<IntEncoding, 'bits' | 'signed' | 'strict'>): readonly [low: number, high: number] {
  const low = signed ? -(2 ** (bits - 1)) : 0;
  return [low, low + 2 ** bits - (strict ? 2 : 1)];
}

/** Number of scales; 1 per tensor, 0 for floats without. */
export function scaleCount(encoding: TensorEncoding): number {
  if (encoding.kind === 'lpbq') return encoding.blockScale.length;
  return encoding.kind === 'float' ? 0 : encoding.scale.length;
}

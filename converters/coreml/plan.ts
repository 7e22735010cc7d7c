/** Element types of MIL. Sub-byte ones hold one element a byte in the weights file; coremltools packs them. */
export type MilDtype =
  | 'fp16' | 'fp32' | 'int8' | 'uint8' | 'int16' | 'uint16' | 'int32' | 'uint32' | 'bool' | 'string' | 'int4' | 'uint4' | 'uint1' | 'uint2' | 'uint3' | 'uint6';

/** Operator sets of MIL by the system that first runs them. */
export const MIL_OPSETS = ['iOS15', 'iOS16', 'iOS17', 'iOS18', 'iOS26'] as const;
export type MilOpset = (typeof MIL_OPSETS)[number];

/** A size, or a symbolic expression in canonical text (`H`, `2*H`). */
export type PlanDim = number | string;

export interface MilType {
  readonly dtype: MilDtype;
  readonly shape: readonly PlanDim[];
}

/** Little-endian elements at an offset of the weights file. */
export interface Blob {
  readonly dtype: MilDtype;
  readonly dims: readonly number[];
  readonly offset: number;
  readonly bytes: number;
}

/**
 * How a constant is stored. `affine`: scale·(data − zeroPoint) along `axis` (iOS16). `blockwise`: scale·(data − offset), scale of the data's
 * rank (iOS18). `lut`: lut[indices] (iOS16; of 3 bits or with groups iOS18, then `lut` has the rank of the data plus 2). `sparse`: values where
 * mask is 1, else 0 (iOS16). `sparse-blockwise` and `sparse-lut`: the same two of what a mask keeps (iOS18).
 */
export type WeightForm =
  | { readonly kind: 'dense'; readonly data: Blob }
  | { readonly kind: 'affine'; readonly data: Blob; readonly scale: Blob; readonly zeroPoint: Blob | null; readonly axis: number }
  | { readonly kind: 'blockwise'; readonly data: Blob; readonly scale: Blob; readonly offset: Blob | null }
  | { readonly kind: 'lut'; readonly indices: Blob; readonly lut: Blob; readonly bits: number }
  | { readonly kind: 'sparse'; readonly mask: Blob; readonly values: Blob }
  | { readonly kind: 'sparse-blockwise'; readonly mask: Blob; readonly data: Blob; readonly scale: Blob }
  | { readonly kind: 'sparse-lut'; readonly mask: Blob; readonly indices: Blob; readonly lut: Blob };

export interface Constant {
  readonly name: string;
  /** Type that operations see. */
  readonly dtype: MilDtype;
  readonly dims: readonly number[];
  readonly weightForm: WeightForm;
  /** Name of the initializer in the ONNX model, where there is one. */
  readonly source: string | null;
}

/** A scalar or a list that is written into the operation: attributes in ONNX. Infinities and NaN as text, since JSON has none. */
export interface Immediate {
  readonly dtype: MilDtype;
  readonly value: Scalar | readonly Scalar[];
}

export type Scalar = number | boolean | string;

/** What an operation takes: a value or constant by name, several of them, or an immediate. */
export type Argument = { readonly ref: string } | { readonly refs: readonly string[] } | { readonly immediate: Immediate };

export interface Operation {
  /** Operation of the MIL builder, e.g. `conv`. */
  readonly op: string;
  /** Name of the operation: that of its first result. */
  readonly name: string;
  readonly inputs: Readonly<Record<string, Argument>>;
  readonly outputs: readonly ({ readonly name: string } & MilType)[];
  /** ONNX node that it comes from, as printed, and its operator. */
  readonly source: string;
  readonly sourceType: string;
}

/** Sizes that a flexible input may take. */
export type FlexibleShape =
  | { readonly kind: 'range'; readonly bounds: readonly (readonly [least: number, most: number])[]; readonly initial: readonly number[] }
  | { readonly kind: 'enumerated'; readonly shapes: readonly (readonly number[])[]; readonly initial: readonly number[] };

interface ImageFace {
  readonly color: 'RGB' | 'BGR' | 'GRAYSCALE' | 'GRAYSCALE_FLOAT16';
  /** Model input = pixel · scale + bias; 1 and zeros for outputs. */
  readonly scale: number;
  readonly bias: readonly number[];
}

export interface PlanInput extends MilType {
  /** Feature name. */
  readonly name: string;
  /** Name of the ONNX input. */
  readonly source: string;
  /** Type that callers pass; the operations see `dtype`. */
  readonly faceDtype: MilDtype;
  readonly image: ImageFace | null;
  readonly flexible: FlexibleShape | null;
}

export interface PlanOutput extends MilType {
  readonly name: string;
  readonly source: string;
  readonly faceDtype: MilDtype;
  readonly image: ImageFace | null;
}

export interface PlanFunction {
  readonly name: string;
  readonly inputs: readonly PlanInput[];
  readonly operations: readonly Operation[];
  readonly outputs: readonly PlanOutput[];
}

/** A MIL program as data: what the Python worker replays through coremltools. Operations of all functions share the constants. */
export interface Plan {
  readonly version: 1;
  readonly opset: MilOpset;
  readonly constants: readonly Constant[];
  readonly functions: readonly PlanFunction[];
}

/** Number of the system that an operator set belongs to: 17 of iOS17. */
export function releaseOf(opset: MilOpset): number {
  return Number(opset.slice(3));
}

/** Names of the values and constants that an operation takes. */
export function operandsOf({ inputs }: Operation): string[] {
  return Object.values(inputs).flatMap((input) => ('ref' in input ? [input.ref] : 'refs' in input ? input.refs : []));
}

import type { DType } from '../../models/contracts/index.ts';

/** Bits of weights and activations; `w8`: weights alone, activations stay in float. */
export type SchemeName = 'w8a8' | 'w8a16' | 'w4a8' | 'w4a16' | 'w8';

/** How a range is taken from what calibration saw. */
export type RangeMethod = 'minmax' | 'percentile' | 'mse';

/** How weights are put on their grid: each to the nearest step, or so that the layer's output error is least. */
export type RoundingMethod = 'nearest' | 'second-order';

/** How carefully weights are quantized. */
export interface WeightCare {
  readonly rounding: RoundingMethod;
  /** One scale per output channel of a convolution, or per tensor. */
  readonly granularity: 'channel' | 'tensor';
  /** Whether biases take back what rounding adds to outputs on average. */
  readonly biasCorrection: boolean;
}

export interface Grid {
  readonly dtype: DType;
  readonly bits: number;
}

export interface Scheme {
  readonly name: SchemeName;
  readonly weight: Grid;
  /** Null: activations stay in float. */
  readonly activation: Grid | null;
  /** Lowest ai.onnx version whose QuantizeLinear and DequantizeLinear take these types, with per-axis scales. */
  readonly opset: number;
}

const [INT8, INT4, UINT8, UINT16]: readonly [Grid, Grid, Grid, Grid] = [
  { dtype: 'int8', bits: 8 }, { dtype: 'int4', bits: 4 }, { dtype: 'uint8', bits: 8 }, { dtype: 'uint16', bits: 16 },
];

/** Activations of layers that are kept wide in a scheme of 8 bits. */
export const WIDE = UINT16;

/** 16-bit and 4-bit types came with this version. */
export const WIDE_OPSET = 21;

/** W8A8 needs opset 13 (per-axis scales). */
export const SCHEMES: Readonly<Record<SchemeName, Scheme>> = {
  w8a8: { name: 'w8a8', weight: INT8, activation: UINT8, opset: 13 },
  w8a16: { name: 'w8a16', weight: INT8, activation: UINT16, opset: WIDE_OPSET },
  w4a8: { name: 'w4a8', weight: INT4, activation: UINT8, opset: WIDE_OPSET },
  w4a16: { name: 'w4a16', weight: INT4, activation: UINT16, opset: WIDE_OPSET },
  w8: { name: 'w8', weight: INT8, activation: null, opset: 13 },
};

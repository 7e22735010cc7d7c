import type { DType } from '../../models/contracts/index.ts';

/** Bits of weights and activations. */
export type SchemeName = 'w8a8' | 'w8a16' | 'w4a8' | 'w4a16';

/** How a range is taken from what calibration saw. */
export type RangeMethod = 'minmax' | 'percentile' | 'mse';

/** How weights are put on their grid: each to the nearest step, or so that the layer's output error is least. */
export type RoundingMethod = 'nearest' | 'second-order';

export interface Scheme {
  readonly name: SchemeName;
  readonly weight: { readonly dtype: DType; readonly bits: number };
  readonly activation: { readonly dtype: DType; readonly bits: number };
  /** Lowest ai.onnx version whose QuantizeLinear and DequantizeLinear take these types, with per-axis scales. */
  readonly opset: number;
}

/** W8A8 needs opset 13 (per-axis scales); 16-bit and 4-bit types came with 21. */
export const SCHEMES: Readonly<Record<SchemeName, Scheme>> = {
  w8a8: { name: 'w8a8', weight: { dtype: 'int8', bits: 8 }, activation: { dtype: 'uint8', bits: 8 }, opset: 13 },
  w8a16: { name: 'w8a16', weight: { dtype: 'int8', bits: 8 }, activation: { dtype: 'uint16', bits: 16 }, opset: 21 },
  w4a8: { name: 'w4a8', weight: { dtype: 'int4', bits: 4 }, activation: { dtype: 'uint8', bits: 8 }, opset: 21 },
  w4a16: { name: 'w4a16', weight: { dtype: 'int4', bits: 4 }, activation: { dtype: 'uint16', bits: 16 }, opset: 21 },
};

export { dequantizeValues, type Encoding, type Encodings, quantizeValues } from './encoding.ts';
export { type Equalized, type EqualizeOptions, equalize } from './equalize/equalize.ts';
export type { QuantizationPlace } from './plan.ts';
export type { LayerPrecision, LayerPrecisions } from './precisions.ts';
export { type Calibrated, type QuantizeOptions, type QuantizeResult, quantizeModel } from './quantize.ts';
export { isQuantizedInside } from './quantized-faces.ts';
export { type RangeMethod, type RoundingMethod, SCHEMES, type Scheme, type SchemeName, type WeightCare } from './scheme.ts';

export { dequantizeValues, type Encoding, type Encodings, quantizeValues } from './encoding.ts';
export type { QuantizationPlace } from './plan.ts';
export { type Calibrated, type QuantizeOptions, type QuantizeResult, quantizeModel } from './quantize.ts';
export { isQuantizedInside } from './quantized-faces.ts';
export { type RangeMethod, type RoundingMethod, SCHEMES, type Scheme, type SchemeName } from './scheme.ts';

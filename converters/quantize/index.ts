export { dequantizeValues, type Encoding, quantizeValues } from './encoding.ts';
export { type Encodings, encodingsJson, type EncodingsVersion } from './encodings-file.ts';
export type { QuantizationPlace } from './plan.ts';
export { type QuantizeOptions, type QuantizeResult, quantizeModel } from './quantize.ts';
export { type RangeMethod, type RoundingMethod, SCHEMES, type Scheme, type SchemeName } from './scheme.ts';

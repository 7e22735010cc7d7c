import { parseWeightScheme } from '../../converters/coreml/compress/weight-scheme.ts';
import { type ConvertOptions, parseMinIos } from '../../converters/coreml/options.ts';
import type { CoremlSettings } from '../config/config.ts';

/** What the config says of a package, as the converter takes it. Throws UserError for what does not exist. */
export function coremlOptions({ minIos, precision, input, weights, keepFp32 }: CoremlSettings): ConvertOptions {
  return {
    opset: parseMinIos(String(minIos)),
    precision,
    keepFp32,
    ...(input === 'image' && precision === 'fp16' && minIos >= 16 ? { ioDtype: 'fp16' as const } : {}),
    ...(weights === null ? {} : { weights: parseWeightScheme(weights) }),
  };
}

import type { Encoding, Encodings } from '../quantize/index.ts';
import type { EncodingsFile, IntEncoding, Section } from './encoding.ts';

/** The encodings that `quantizeModel` found, as a file. */
export function encodingsOf({ activations, parameters }: Encodings): EncodingsFile {
  const all = [
    ...[...activations].map(([name, e]) => intEncoding(name, 'activation', e)),
    ...[...parameters].map(([name, e]) => intEncoding(name, 'parameter', e)),
  ];
  const bitsOf = (encodings: ReadonlyMap<string, Encoding>): number => [...encodings.values()][0]?.bits ?? 8;
  const quantizerArgs = {
    activation_bitwidth: bitsOf(activations),
    dtype: 'int',
    is_symmetric: true,
    param_bitwidth: bitsOf(parameters),
    per_channel_quantization: [...parameters.values()].some((e) => e.axis !== null),
    quant_scheme: 'post_training_tf',
  };
  return { version: '1.0.0', encodings: new Map(all.map((e) => [e.name, e])), quantizerArgs, excludedLayers: [], extra: {} };
}

function intEncoding(name: string, section: Section, { bits, symmetric, scale, zeroPoint, axis }: Encoding): IntEncoding {
  return {
    kind: 'int',
    name,
    section,
    bits,
    signed: symmetric,
    strict: false,
    scale,
    zeroPoint,
    range: null,
    extra: {},
    grain: axis === null ? { kind: 'tensor' } : { kind: 'channel', axis },
  };
}

import type { Encoding } from './encoding.ts';

/** Encodings of a model by tensor name, as they were before quantization put its nodes in. */
export interface Encodings {
  readonly activations: ReadonlyMap<string, Encoding>;
  readonly parameters: ReadonlyMap<string, Encoding>;
}

export type EncodingsVersion = '0.6.1' | '1.0.0';

/**
 * The JSON that AIMET writes and QNN's converters read (`--quantization_overrides`). There real = (q + offset)·scale: the offset is the
 * negative zero point, and −2^(bits−1) for symmetric signed parameters.
 */
export function encodingsJson({ activations, parameters }: Encodings, version: EncodingsVersion): object {
  if (version === '0.6.1') {
    return {
      version, activation_encodings: Object.fromEntries([...activations].map(([name, e]) => [name, legacy(e)])),
      param_encodings: Object.fromEntries([...parameters].map(([name, e]) => [name, legacy(e)])),
      quantizer_args: quantizerArgs(activations, parameters),
    };
  }
  return {
    version, activation_encodings: [...activations].map(([name, e]) => modern(name, e)), param_encodings: [...parameters].map(([name, e]) => modern(name, e)),
    excluded_layers: [], quantizer_args: quantizerArgs(activations, parameters),
  };
}

function legacy({ bits, symmetric, scale, zeroPoint }: Encoding): object[] {
  return scale.map((step, c) => {
    const offset = offsetOf(bits, symmetric, zeroPoint[c] as number);
    return {
      bitwidth: bits, dtype: 'int', is_symmetric: symmetric ? 'True' : 'False', max: (offset + 2 ** bits - 1) * step, min: offset * step, offset, scale: step,
    };
  });
}

function modern(name: string, { bits, symmetric, scale, zeroPoint, axis }: Encoding): object {
  return {
    name, enc_type: axis === null ? 'PER_TENSOR' : 'PER_CHANNEL', dtype: 'INT', bw: bits, is_sym: symmetric, scale: [...scale],
    offset: zeroPoint.map((z) => offsetOf(bits, symmetric, z)),
  };
}

function offsetOf(bits: number, symmetric: boolean, zeroPoint: number): number {
  return symmetric ? -(2 ** (bits - 1)) : -zeroPoint;
}

function quantizerArgs(activations: Encodings['activations'], parameters: Encodings['parameters']): object {
  const bitsOf = (encodings: ReadonlyMap<string, Encoding>): number => [...encodings.values()][0]?.bits ?? 8;
  return {
    activation_bitwidth: bitsOf(activations), dtype: 'int', is_symmetric: 'True', param_bitwidth: bitsOf(parameters),
    per_channel_quantization: [...parameters.values()].some((e) => e.axis !== null) ? 'True' : 'False', quant_scheme: 'post_training_tf',
  };
}

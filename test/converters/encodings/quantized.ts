import { writeFileSync } from 'node:fs';
import { quantizeModel, type QuantizeResult, type SchemeName } from '../../../converters/quantize/index.ts';
import type { Executor, NamedArrays } from '../../../models/contracts/index.ts';
import { inferShapes, Model } from '../../../models/graph/index.ts';
import type { ModelProto, Tensor } from '../../../models/onnx/index.ts';
import { toBytes } from '../../support/build-model.ts';

/** Quantizes a model in memory on the feeds given, weights to the nearest code. */
export async function quantized(
  proto: ModelProto,
  feeds: readonly NamedArrays[],
  path: string,
  executor: Executor,
  scheme: SchemeName = 'w8a8',
): Promise<QuantizeResult> {
  writeFileSync(path, toBytes(proto));
  const model = new Model(proto);
  inferShapes(model);
  return quantizeModel(model, { scheme, range: 'minmax', rounding: 'nearest', executor, modelPath: path, calibration: feeds });
}

/** A model with its shapes inferred. */
export function graphOf(proto: ModelProto): Model {
  const model = new Model(proto);
  inferShapes(model);
  return model;
}

/** Every integer constant that a DequantizeLinear reads, with its scales, as sorted texts. */
export function integerConstants(model: Model): string[] {
  return [...model.graph.nodes()]
    .flatMap((node) => {
      const codes = node.is('DequantizeLinear') ? (node.input(0)?.constant as Tensor | null) : null;
      if (!codes) return [];
      return [
        `${codes.dtype} [${codes.dims}] ${Buffer.from(codes.bytes()).toString('base64')} ${[...(node.input(1)?.constant?.numbers() ?? [])]}`,
      ];
    })
    .sort();
}

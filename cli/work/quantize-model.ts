import type { Executor } from '../../models/contracts/executor.ts';
import { UserError } from '../../models/contracts/errors.ts';
import { type WriteReport, writeModel } from '../../models/onnx/write.ts';
import { encodingsOf, layoutsOf, writeEncodings } from '../../converters/encodings/index.ts';
import { quantizeModel, type RangeMethod } from '../../converters/quantize/index.ts';
import type { Config } from '../config/config.ts';
import { calibrationSet } from './calibration.ts';
import { inputContract } from './contract.ts';
import type { ModelRef } from './model-refs.ts';
import { openModel } from './open-model.ts';
import { makeFolderOf, refuseOverwriting } from '../write-file.ts';

export interface QuantizeRequest {
  readonly ref: ModelRef;
  readonly method: RangeMethod;
  readonly config: Pick<Config, 'quantize' | 'images' | 'bench'>;
  readonly out: string;
  readonly executor: Executor;
  readonly progress: (done: number, total: number) => void;
  readonly signal: AbortSignal;
}

export interface QuantizeOutcome {
  readonly written: WriteReport;
  /** As AIMET's 1.0.0 has them. */
  readonly encodings: object;
  readonly notes: readonly string[];
  readonly quantizedNodes: number;
  readonly floatNodes: readonly string[];
  readonly dataset: string;
  /** Pieces of pictures that calibration saw. */
  readonly images: number;
}

/** Reads, calibrates on pictures, quantizes and writes a model. */
export async function quantizeFor({ ref, method, config, out, executor, progress, signal }: QuantizeRequest): Promise<QuantizeOutcome> {
  if (config.images === null)
    throw new UserError('Quantizing needs pictures to calibrate with.', ['Give a folder with --data DIR, or "images" in the config.']);
  refuseOverwriting(ref.path, out);
  const { onnx, model, close } = openModel(ref.path);
  try {
    const { name, feeds } = await calibrationSet(model, inputContract(model, ref), {
      images: config.images,
      most: config.quantize.images,
      size: config.bench.size,
    });
    const result = await quantizeModel(model, {
      scheme: config.quantize.scheme,
      range: method,
      percentile: config.quantize.percentile,
      executor,
      modelPath: ref.path,
      calibration: feeds,
      progress: (done) => progress(done, feeds.length),
      signal,
    });
    makeFolderOf(out);
    const written = await writeModel(result.model.toProto(), out, { from: onnx, signal });
    const { notes, quantizedNodes, floatNodes } = result;
    const encodings = writeEncodings(encodingsOf(result.encodings), '1.0.0', layoutsOf(model.graph)).json;
    return { written, encodings, notes, quantizedNodes, floatNodes, dataset: name, images: feeds.length };
  } finally {
    close();
  }
}

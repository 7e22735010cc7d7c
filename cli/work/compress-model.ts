import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  applyCompression, type CompressionCalibration, type CompressionLog, type CompressionOptions, formatStep, type ModelFigures, modelFigures, parseCompression,
} from '../../converters/compress/index.ts';
import type { InputContract } from '../../models/contracts/input-contract.ts';
import type { Executor, NamedArrays } from '../../models/contracts/executor.ts';
import { inferShapes, Model } from '../../models/graph/index.ts';
import { Tensor } from '../../models/onnx/index.ts';
import { type WriteOptions, type WriteReport, writeModel } from '../../models/onnx/write.ts';
import { type InputSpec, seededInputs } from '../../models/run/index.ts';
import type { Config } from '../config/config.ts';
import { makeFolderOf, refuseOverwriting } from '../write-file.ts';
import { inputContract, realInputs } from './contract.ts';
import type { ModelRef } from './model-refs.ts';
import { openModel } from './open-model.ts';
import { type OutputError, outputError } from './output-error.ts';
import { pictureScorer, type QuantizePictures, quantizePictures } from './quantize-pictures.ts';

export interface CompressRequest {
  readonly ref: ModelRef;
  /** As `parseCompression` reads it. */
  readonly spec: string;
  readonly out: string;
  /** Shapes for inputs that are open, as `--static` gives them. */
  readonly shapes: readonly string[];
  /** Whether pictures calibrate and judge. */
  readonly withPictures: boolean;
  /** Whether each change is tried alone. */
  readonly sensitivity: boolean;
  readonly config: Pick<Config, 'images' | 'quantize' | 'bench' | 'seed'>;
  readonly executor: Executor;
  readonly progress: (note: string) => void;
  readonly signal: AbortSignal;
}

/** Everything in it is computed. */
export interface CompressOutcome {
  readonly written: WriteReport;
  readonly log: CompressionLog;
  readonly before: ModelFigures;
  readonly after: ModelFigures;
  /** Against the model as it came, on seeded inputs. */
  readonly error: OutputError;
  /** On pictures that no calibration saw; null without pictures. */
  readonly quality: Quality | null;
  /** Each change alone, the worst first; null unless asked for. */
  readonly sensitivity: readonly LayerSensitivity[] | null;
}

export interface LayerSensitivity {
  readonly step: string;
  /** `Change.where`. */
  readonly where: string;
  readonly error: OutputError;
}

export interface Quality {
  readonly protocol: string;
  readonly dataset: string;
  readonly images: number;
  readonly before: number;
  readonly after: number;
}

/** Compresses a model, says what that did to its figures and outputs, and writes it. Nothing is written where a step cannot be done. */
export async function compressFor(request: CompressRequest): Promise<CompressOutcome> {
  const { ref, spec, out, shapes, config, executor, progress, signal } = request;
  parseCompression(spec);
  refuseOverwriting(ref.path, out);
  const opened = openModel(ref.path, shapes);
  const folder = await mkdtemp(join(tmpdir(), 'dyno-compress-'));
  try {
    const contract = inputContract(opened.model, ref);
    const write = { from: opened.onnx, signal };
    const pictures = request.withPictures && config.images !== null
      ? await quantizePictures(opened.model, contract, { images: config.images, most: config.quantize.images, size: config.bench.size }, true) : null;
    const calibration: CompressionCalibration | null = pictures && { executor, feeds: pictures.calibration, folder, write };
    const options: CompressionOptions = { ...(calibration ? { calibration } : {}), signal };
    const { model, log } = await applyCompression(opened.model, spec, { ...options, progress });
    progress('comparing');
    const specs = inputSpecs(opened.model, contract, config.bench.size);
    const drafts = new Drafts(folder, seededInputs(specs, { seed: config.seed, kinds: ['normal', 'ramp'] }), { executor, write, signal });
    const [source, compressed] = [await drafts.run(opened.model, 'source'), await drafts.run(model, 'compressed')];
    const error = outputError(source.outputs, compressed.outputs);
    const quality = pictures && (await judge(pictures, contract, model, { executor, paths: [source.path, compressed.path], signal }));
    const sensitivity = request.sensitivity ? await sensitivities(log, async (step, where) => {
      progress(where);
      const { model: alone } = await applyCompression(opened.model, step, { ...options, only: new Set([where]) });
      return outputError(source.outputs, (await drafts.run(alone, 'alone')).outputs);
    }) : null;
    const figures = (of: Model): Promise<ModelFigures> => modelFigures(bound(of, specs));
    const [before, after] = [await figures(opened.model), await figures(model)];
    makeFolderOf(out);
    const written = await writeModel(model.toProto(), out, write);
    return { written, log, before, after, error, quality, sensitivity };
  } finally {
    opened.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Open dimensions get a size: 1 for the batch, that of benchmarks elsewhere. */
function inputSpecs(model: Model, { name, kind, range, mean, std }: InputContract, size: number): InputSpec[] {
  return realInputs(model).map((input) => {
    const dims = (input.type.shape ?? []).map((dim, axis) => (typeof dim === 'number' ? dim : axis === 0 ? 1 : size));
    const [low, high] = range.map((end) => (end - (mean[0] ?? 0)) / (std[0] ?? 1)) as [number, number];
    return { name: input.name, dtype: input.type.dtype, dims, ...(kind === 'image' && input.name === name ? { range: [low, high] as const } : {}) };
  });
}

interface DraftTools {
  readonly executor: Executor;
  readonly write: WriteOptions;
  readonly signal: AbortSignal;
}

/** Models that are written to a folder and run on the same inputs, whatever types they take. */
class Drafts {
  readonly #folder: string;
  readonly #feeds: readonly NamedArrays[];
  readonly #tools: DraftTools;

  constructor(folder: string, feeds: readonly NamedArrays[], tools: DraftTools) {
    this.#folder = folder;
    this.#feeds = feeds;
    this.#tools = tools;
  }

  async run(model: Model, name: string): Promise<{ readonly path: string; readonly outputs: readonly NamedArrays[] }> {
    const { executor, write, signal } = this.#tools;
    const path = join(this.#folder, `${name}.onnx`);
    await writeModel(model.toProto(), path, write);
    return { path, outputs: await executor.run(path, this.#feeds.map((feed) => inTypesOf(model, feed)), { optimization: 'off', signal }) };
  }
}

async function sensitivities({ steps }: CompressionLog, alone: (step: string, where: string) => Promise<OutputError>): Promise<LayerSensitivity[]> {
  const found: LayerSensitivity[] = [];
  for (const { step, changes } of steps) {
    for (const { where } of changes) found.push({ step: formatStep(step), where, error: await alone(formatStep(step), where) });
  }
  return found.sort((a, b) => (a.error.sqnr ?? Number.POSITIVE_INFINITY) - (b.error.sqnr ?? Number.POSITIVE_INFINITY));
}

/** Feeds of the model as it came, in the types that the compressed one takes. */
function inTypesOf(model: Model, feed: NamedArrays): NamedArrays {
  const types = new Map(realInputs(model).map(({ name, type }) => [name, type.dtype]));
  return new Map([...feed].map(([name, array]) => {
    const dtype = types.get(name) ?? array.dtype;
    return [name, dtype === array.dtype ? array : Tensor.of(dtype, array.dims, Tensor.fromNdArray(array).numbers()).toNdArray()];
  }));
}

interface Judges {
  readonly executor: Executor;
  /** The model as it came, and compressed. */
  readonly paths: readonly [string, string];
  readonly signal: AbortSignal;
}

async function judge({ name, judged }: QuantizePictures, contract: InputContract, after: Model, { executor, paths, signal }: Judges): Promise<Quality> {
  const isHalf = realInputs(after).some((input) => input.name === contract.name && input.type.dtype === 'float16');
  const scorer = pictureScorer(judged, contract, executor);
  const compressed = pictureScorer(judged, isHalf ? { ...contract, dtype: 'float16' } : contract, executor);
  return { protocol: scorer.id, dataset: name, images: judged.length, before: await scorer.score(paths[0], signal), after: await compressed.score(paths[1], signal) };
}

function bound(model: Model, specs: readonly InputSpec[]): Model {
  const copy = new Model(model.toProto());
  inferShapes(copy, { bind: new Map(specs.map(({ name, dims }) => [name, dims as readonly number[]])) });
  return copy;
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../models/contracts/errors.ts';
import type { Executor, Scorer } from '../../models/contracts/executor.ts';
import { type WriteReport, writeModel } from '../../models/onnx/write.ts';
import { encodingsOf, layoutsOf, writeEncodings } from '../../converters/encodings/index.ts';
import {
  type Choice, chooseRecipe, describeRecipe, fidelityScorer, type LayerPrecisions, type MixedPrecision, mixedPrecision, namedLayers, type QuantizeResult, type RangeMethod, type Recipe, RECIPE, Recipes,
  type Sensitivity, sensitivity,
} from '../../converters/quantize/index.ts';
import type { Config } from '../config/config.ts';
import { inputContract } from './contract.ts';
import type { ModelRef } from './model-refs.ts';
import { type OpenedModel, openModel } from './open-model.ts';
import { type QuantizePictures, pictureScorer, quantizePictures } from './quantize-pictures.ts';
import { makeFolderOf, refuseOverwriting } from '../write-file.ts';

/** How ranges are chosen; `auto`: recipes are tried on pictures kept apart. */
export type QuantizeMethod = RangeMethod | 'auto';

export interface QuantizeRequest {
  readonly ref: ModelRef;
  readonly method: QuantizeMethod;
  readonly config: Pick<Config, 'quantize' | 'images' | 'bench'>;
  readonly out: string;
  readonly executor: Executor;
  /** Largest loss in dB on pictures kept apart; layers are given 16 bits until it holds. */
  readonly budget?: number | null;
  /** Whether each layer's cost is measured. */
  readonly sensitivity?: boolean;
  /** `total` null where nobody knows. */
  readonly progress: (note: string, done: number, total: number | null) => void;
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
  /** The recipe in words. */
  readonly recipe: string;
  /** Null unless asked for. */
  readonly choice: Choice | null;
  readonly mixed: MixedPrecision | null;
  readonly sensitivity: Sensitivity | null;
  /** Files that judged and were not calibrated on. */
  readonly judged: readonly string[];
}

/** Reads, calibrates on pictures, quantizes and writes a model; tries recipes and widths of layers where asked, on pictures kept apart. */
export async function quantizeFor(request: QuantizeRequest): Promise<QuantizeOutcome> {
  const { ref, method, config, out, budget = null, signal } = request;
  if (config.images === null)
    throw new UserError('Quantizing needs pictures to calibrate with.', ['Give a folder with --data DIR, or "images" in the config.']);
  if (budget !== null && config.quantize.scheme !== 'w8a8') throw new UserError(`A budget widens activations of 8 bits, and ${config.quantize.scheme} has others.`, ['Leave --scheme out, or say --scheme w8a8.']);
  refuseOverwriting(ref.path, out);
  const opened = openModel(ref.path);
  const folder = await mkdtemp(join(tmpdir(), 'dyno-quantize-'));
  try {
    const judges = method === 'auto' || budget !== null || request.sensitivity === true;
    const set = { images: config.images, most: config.quantize.images, size: config.bench.size };
    const pictures = await quantizePictures(opened.model, inputContract(opened.model, ref), set, judges);
    const work = new Work(request, opened, pictures, folder);
    const choice = method === 'auto' ? await work.choose() : null;
    const recipe = choice?.recipe ?? { ...RECIPE, range: method as RangeMethod };
    const costs = request.sensitivity ? await work.sensitivity(recipe) : null;
    const mixed = budget === null ? null : await work.mixed(recipe, budget);
    const result = await work.quantize(recipe, mixed?.layers);
    makeFolderOf(out);
    const written = await writeModel(result.model.toProto(), out, { from: opened.onnx, signal });
    const encodings = writeEncodings(encodingsOf(result.encodings), '1.0.0', layoutsOf(opened.model.graph)).json;
    const { notes, quantizedNodes, floatNodes } = result;
    return {
      written, encodings, notes, quantizedNodes, floatNodes, dataset: pictures.name, images: pictures.calibration.length, recipe: describeRecipe(recipe),
      choice, mixed, sensitivity: costs, judged: pictures.judged,
    };
  } finally {
    opened.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** One model under work: its recipes, and who judges them. */
class Work {
  readonly #request: QuantizeRequest;
  readonly #opened: OpenedModel;
  readonly #recipes: Recipes;
  /** Against the originals, for losses that people budget. */
  readonly #scorer: Scorer;
  /** Against the float model, for choosing among recipes. */
  readonly #fidelity: Scorer;
  readonly #folder: string;
  #written = 0;

  constructor(request: QuantizeRequest, opened: OpenedModel, { calibration, extremes, outputRange, judged, judgedPieces }: QuantizePictures, folder: string) {
    const { ref, config, executor, progress, signal } = request;
    this.#request = request;
    this.#opened = opened;
    this.#folder = folder;
    this.#scorer = pictureScorer(judged, inputContract(opened.model, ref), executor);
    this.#fidelity = fidelityScorer({ executor, floatPath: ref.path, feeds: judgedPieces, range: outputRange });
    const source = { model: opened.model, path: ref.path, write: { from: opened.onnx }, key: ref.path, calibration, extremes, outputRange, percentile: config.quantize.percentile };
    const total = calibration.length;
    this.#recipes = new Recipes(source, { executor, folder, signal, progress: (done) => progress('calibrating', done, total) });
  }

  async quantize(recipe: Recipe, layers?: LayerPrecisions): Promise<QuantizeResult> {
    return (await this.#recipes.quantize(this.#request.config.quantize.scheme, recipe, layers)) as QuantizeResult;
  }

  async choose(): Promise<Choice> {
    const { config, progress, signal } = this.#request;
    let tried = 0;
    return chooseRecipe(
      async (recipe) => {
        const result = await this.#recipes.quantize(config.quantize.scheme, recipe);
        return result && this.#write(result);
      },
      this.#fidelity,
      ({ name }) => progress(name, ++tried, null),
      signal,
    );
  }

  sensitivity(recipe: Recipe): Promise<Sensitivity> {
    return sensitivity({ ...this.#layered(recipe), progress: (done, total, note) => this.#request.progress(note, done, total) });
  }

  mixed(recipe: Recipe, budget: number): Promise<MixedPrecision> {
    return mixedPrecision({ ...this.#layered(recipe), budget, progress: (done, total, note) => this.#request.progress(note, done, total) });
  }

  #layered(recipe: Recipe) {
    return {
      layers: namedLayers(this.#opened.model), scorer: this.#scorer, floatPath: this.#request.ref.path, signal: this.#request.signal,
      build: async (layers: LayerPrecisions) => this.#write(await this.quantize(recipe, layers)),
    };
  }

  async #write({ model }: QuantizeResult): Promise<string> {
    const path = join(this.#folder, `candidate-${this.#written++ % 2}.onnx`);
    await writeModel(model.toProto(), path, { from: this.#opened.onnx, signal: this.#request.signal });
    return path;
  }
}

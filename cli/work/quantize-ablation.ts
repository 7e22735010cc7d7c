import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { UserError } from '../../models/contracts/errors.ts';
import { writeModel } from '../../models/onnx/write.ts';
import { ABLATION, type AblationRow, describeRecipe, Recipes } from '../../converters/quantize/index.ts';
import type { Config } from '../config/config.ts';
import { inputContract } from './contract.ts';
import { judgeQuality } from './judge-quality.ts';
import type { ModelRef } from './model-refs.ts';
import { openModel } from './open-model.ts';
import { openQualityExecutors, type QualityExecutors } from './quality-executors.ts';
import { quantizePictures } from './quantize-pictures.ts';

export interface AblationWork {
  readonly refs: readonly ModelRef[];
  readonly config: Pick<Config, 'quantize' | 'images' | 'bench' | 'quality' | 'seed'>;
  /** Folders of pictures, none of them the calibration's. */
  readonly tests: readonly string[];
  readonly rows: readonly AblationRow[];
  readonly on: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly progress: (note: string, done?: number, total?: number | null) => void;
  readonly signal: AbortSignal;
}

export interface AblationCell {
  readonly dataset: string;
  /** `host` or `emulator:SM8550`. */
  readonly executor: string;
  readonly evidence: string;
  readonly mean: number;
  /** Against the float model in ONNX Runtime. */
  readonly loss: number;
}

export interface AblationLine {
  readonly name: string;
  readonly scheme: string;
  readonly recipe: string;
  /** Of quantizing alone, reading calibration pictures left out; null for the float model. */
  readonly seconds: number | null;
  /** Why there is nothing to score; null where there is. */
  readonly missing: string | null;
  readonly cells: readonly AblationCell[];
}

export interface AblationTable {
  readonly model: string;
  readonly protocol: string;
  readonly calibration: { readonly dataset: string; readonly pieces: number };
  readonly executors: readonly string[];
  readonly tools: Readonly<Record<string, string>>;
  readonly lines: readonly AblationLine[];
  /** What an executor refused to compute. */
  readonly refused: readonly string[];
}

const PROTOCOL = 'psnr:y:crop:matlab';

/** The rows that a comma-separated list of parts of names picks; all where none is given. Throws UserError where a part names none. */
export function chosenRows(list: string | undefined): readonly AblationRow[] {
  const parts = list?.split(',').map((part) => part.trim().toLowerCase());
  if (!parts) return ABLATION;
  const unknown = parts.find((part) => !ABLATION.some(({ name }) => name.toLowerCase().includes(part)));
  if (unknown !== undefined) throw new UserError(`No row of the ablation is called "${unknown}".`, [`There are: ${ABLATION.map(({ name }) => name).join('; ')}.`]);
  return ABLATION.filter(({ name }) => parts.some((part) => name.toLowerCase().includes(part)));
}

/** Folders of `--test`, commas between. Throws UserError where none is given or one is the calibration's own. */
export function testSets(list: string | undefined, { images }: Pick<Config, 'images'>, cwd: string): string[] {
  const tests = (list ?? '').split(',').filter((part) => part.trim() !== '').map((part) => resolve(cwd, part.trim()));
  if (tests.length === 0) throw new UserError('An ablation needs pictures to judge by.', ['Give a folder that does not calibrate: --test DIR.']);
  if (typeof images === 'string' && tests.includes(resolve(cwd, images))) throw new UserError('The test pictures are those that calibrate.', ['Give other folders with --data and --test.']);
  return tests;
}

/** Quantizes every model in every way, and scores all of them on every set and executor beside the float model. */
export async function ablateModels(work: AblationWork): Promise<AblationTable[]> {
  if (work.config.images === null) throw new UserError('Quantizing needs pictures to calibrate with.', ['Give a folder with --data DIR, or "images" in the config.']);
  const executors = openQualityExecutors(['host', ...work.on.filter((on) => on !== 'host')], work.env);
  try {
    if (executors.missing) throw executors.missing;
    const tables: AblationTable[] = [];
    for (const ref of work.refs) tables.push(await ablateModel(ref, work, executors));
    return tables;
  } finally {
    await executors.close();
  }
}

async function ablateModel(ref: ModelRef, work: AblationWork, executors: QualityExecutors): Promise<AblationTable> {
  const folder = await mkdtemp(join(tmpdir(), 'dyno-ablation-'));
  try {
    const { lines, calibration } = await quantizeRows(ref, work, executors, folder);
    const models = [{ ...ref, id: 'float' }, ...lines.flatMap(({ name, path }) => (path === null ? [] : [{ ...ref, id: name, path }]))];
    const cells = new Map<string, AblationCell[]>();
    const refused: string[] = [];
    let tools: Readonly<Record<string, string>> = {};
    for (const images of work.tests) {
      const config = { images, seed: work.config.seed, quality: { ...work.config.quality, datasets: {}, use: [], degrade: null, metrics: [PROTOCOL] } };
      const result = await judgeQuality({ models, config, executors, emulated: ({ id }) => id !== 'float', cropSize: null, signal: work.signal, progress: (done, total, note) => work.progress(`${ref.id} on ${basename(images)}: ${note}`, done, total) });
      const float = result.records.find(({ variant, executor }) => variant === 'float' && executor === 'host')?.mean as number;
      for (const { variant, dataset, executor, evidence, mean, tools: used } of result.records) {
        cells.set(variant, [...(cells.get(variant) ?? []), { dataset, executor, evidence, mean, loss: float - mean }]);
        tools = { ...tools, ...used };
      }
      refused.push(...result.refused.map(({ model, executor, error }) => `${model} on ${executor}: ${error.message}`));
    }
    const float = { name: 'float', scheme: 'fp32', recipe: '', seconds: null, missing: null, cells: cells.get('float') ?? [] };
    return {
      model: ref.id, protocol: PROTOCOL, calibration, tools, executors: ['host', ...executors.emulators.map(({ contexts }) => contexts.id), ...executors.runtimes.map(({ executor }) => executor.id)], refused: [...new Set(refused)],
      lines: [float, ...lines.map(({ path: _, ...line }) => ({ ...line, cells: cells.get(line.name) ?? [] }))],
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface QuantizedLine extends Omit<AblationLine, 'cells'> {
  readonly path: string | null;
}

/** Every row from the start, so that its time is its own. */
async function quantizeRows(ref: ModelRef, { config, rows, progress, signal }: AblationWork, { host }: QualityExecutors, folder: string): Promise<{ lines: QuantizedLine[]; calibration: AblationTable['calibration'] }> {
  const { onnx, model, close } = openModel(ref.path);
  try {
    const set = { images: config.images as NonNullable<Config['images']>, most: config.quantize.images, size: config.bench.size };
    const { name: dataset, calibration, extremes, outputRange } = await quantizePictures(model, inputContract(model, ref), set, false);
    const source = { model, path: ref.path, write: { from: onnx }, key: ref.path, calibration, extremes, outputRange, percentile: config.quantize.percentile };
    const lines: QuantizedLine[] = [];
    for (const [i, { name, scheme, recipe }] of rows.entries()) {
      progress(`${ref.id}: ${name}`, i, rows.length);
      const started = performance.now();
      const result = await new Recipes(source, { executor: host, folder, signal }).quantize(scheme, recipe);
      const seconds = (performance.now() - started) / 1000;
      const path = result && join(folder, `${i}.onnx`);
      if (result && path) await writeModel(result.model.toProto(), path, { from: onnx, signal });
      lines.push({ name, scheme, recipe: describeRecipe(recipe), seconds: result && seconds, missing: result ? null : 'nothing to fold or to equalize', path });
    }
    return { lines, calibration: { dataset, pieces: calibration.length } };
  } finally {
    close();
  }
}

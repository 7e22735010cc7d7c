import { DynoError, type Evidence, type Executor, type InputContract, type QualityRecord, UserError } from '../../models/contracts/index.ts';
import { type CropChoice, CropPicker } from './crops.ts';
import { type ImageSource, openImages } from './dataset.ts';
import { bicubicUpscale } from './degrade.ts';
import type { Image } from './image.ts';
import { measure } from './measure.ts';
import { formatProtocol, type Protocol, protocolUnit } from './protocol.ts';
import { recolor } from './recolor.ts';
import type { OutputContract } from './tensor-image.ts';
import { loadCase, type TestCase } from './test-case.ts';
import type { Tiling } from './tiling.ts';
import { openUpscaler, type Upscaler } from './upscaler.ts';

/** One model to be judged. */
export interface QualityVariant {
  /** E.g. `rewritten-w8a8`. */
  readonly id: string;
  readonly modelPath: string;
  readonly contract: InputContract;
  readonly output?: OutputContract;
  readonly executor: Executor;
  /** How outputs were had; by default what the executor's name says. */
  readonly evidence?: Evidence;
  /** How images are cut where the model takes one size only, or its executor does. */
  readonly tiling?: Tiling;
  /** False: its output is scored, and not shown among the pieces of pictures. */
  readonly pictured?: boolean;
  /** Hash of the model: variants of one content and executor run once. */
  readonly content?: string;
}

export interface QualityRequest {
  readonly variants: readonly QualityVariant[];
  readonly images: ImageSource;
  readonly protocols: readonly Protocol[];
  /** Side of the pictures kept for the report, in original pixels; null keeps none. 128 unless told. */
  readonly cropSize?: number | null;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number, note: string) => void;
  /** How far the work on one image is, in runs of models: `done` of `of`, with `images` of `total` behind it. */
  readonly onRuns?: (at: RunsDone) => void;
  /** Takes a variant that its executor refuses or cannot compile; without it such a variant ends the evaluation. */
  readonly onRefused?: (variant: QualityVariant, error: DynoError) => void;
}

export interface RunsDone {
  readonly image: string;
  readonly done: number;
  readonly of: number;
  readonly images: number;
  readonly total: number;
}

export interface QualityResult {
  /** Per protocol: bicubic, then every variant, in the order given. */
  readonly records: readonly QualityRecord[];
  readonly crops: readonly CropChoice[];
  readonly scale: number;
}

export const BICUBIC = 'bicubic';

/**
 * Scores variants on a set of images under named protocols, beside bicubic interpolation. Every variant sees the same pixels: sizes are
 * cut to what all of them take. Throws UserError for an empty folder, files that do not fit the scale, or variants of unlike scale.
 */
export async function evaluateQuality(request: QualityRequest): Promise<QualityResult> {
  const { variants, protocols } = request;
  if (variants.length === 0 || protocols.length === 0)
    throw new UserError('Quality needs at least one model and one protocol.', ['Add --metric psnr:y:crop2:matlab.']);
  const upscalers = new Map<QualityVariant, Upscaler>();
  for (const variant of variants) {
    const upscaler = await openOrRefuse(variant, request);
    if (upscaler) upscalers.set(variant, upscaler);
  }
  if (upscalers.size === 0) return { records: [], crops: [], scale: 1 };
  const scale = commonScale(upscalers);
  const multiple = inputMultiple([...upscalers.values()], scale);
  const set = await openImages(request.images, scale);
  const groups = groupByInput(protocols);
  const crops = new CropPicker(request.cropSize === undefined ? 128 : request.cropSize);
  const table = new ScoreTable(set.name);
  const total = set.files.length * groups.length;
  let done = 0;
  for (const file of set.files) {
    for (const [index, group] of groups.entries()) {
      request.signal?.throwIfAborted();
      const [protocol] = group as [Protocol];
      const test = await loadCase(file, { scale, multiple, protocol });
      const views: Output[] = [{ key: BICUBIC, name: BICUBIC, pictured: true, image: bicubicUpscale(test.lr, scale, protocol.lr) }, ...(await outputsOf(test, protocol, upscalers, (runs) => request.onRuns?.({ ...runs, image: file.name, images: done, total })))];
      const colored = views.map((view) => ({ ...view, image: recolor(view.image, test.lr, scale) }));
      for (const p of group) {
        for (const view of p.channel === 'rgb' ? colored : views) table.add(view.key, p, test, measureNamed(test, view.image, p, scale));
      }
      if (index === 0) crops.add(test, colored.filter(({ pictured }) => pictured).map(({ name, image }) => ({ variant: name, image })));
      request.onProgress?.(++done, total, file.name);
    }
  }
  return { records: table.records(protocols, [...upscalers]), crops: crops.choose(), scale };
}

interface Output {
  /** Of variant and executor. */
  readonly key: string;
  /** As people read it. */
  readonly name: string;
  readonly pictured: boolean;
  readonly image: Image;
}

/** What every variant makes of an input; those of one content and executor share it. */
async function outputsOf(
  test: TestCase, protocol: Protocol, upscalers: ReadonlyMap<QualityVariant, Upscaler>, onRuns: (runs: Pick<RunsDone, 'done' | 'of'>) => void,
): Promise<Output[]> {
  const made = new Map<string, Image>();
  const runs = new Map([...upscalers].map(([variant, upscaler]) => [contentOf(variant), upscaler.pieces(test.lr)]));
  const of = [...runs.values()].reduce((sum, count) => sum + count, 0);
  let before = 0;
  for (const [variant, upscaler] of upscalers) {
    const content = contentOf(variant);
    if (made.has(content)) continue;
    made.set(content, await upscaler.run(inputFor(test, variant, protocol), (count) => onRuns({ done: before + count, of })));
    before += runs.get(content) as number;
    onRuns({ done: before, of });
  }
  return [...upscalers.keys()].map((variant) => ({ key: keyOf(variant), name: nameOf(variant), pictured: variant.pictured ?? true, image: made.get(contentOf(variant)) as Image }));
}

function keyOf({ id, executor }: QualityVariant): string {
  return `${id} ${executor.id}`;
}

function contentOf({ id, content, executor }: QualityVariant): string {
  return `${content ?? id} ${executor.id}`;
}

function nameOf({ id, executor }: QualityVariant): string {
  return executor.id === 'host' ? id : `${id} on ${executor.id}`;
}

async function openOrRefuse(variant: QualityVariant, { signal, onRefused }: QualityRequest): Promise<Upscaler | null> {
  try {
    return await openUpscaler({ ...variant, ...(signal ? { signal } : {}) });
  } catch (error) {
    if (!onRefused || !(error instanceof DynoError) || signal?.aborted) throw error;
    onRefused(variant, error);
    return null;
  }
}

/** A failure says which image it was. */
function measureNamed(test: TestCase, image: Image, protocol: Protocol, scale: number): number {
  try {
    return measure(test.hr, image, protocol, scale);
  } catch (error) {
    throw error instanceof UserError ? new UserError(`${test.name}: ${error.message}`, error.nextSteps, { cause: error }) : error;
  }
}

function commonScale(upscalers: ReadonlyMap<QualityVariant, Upscaler>): number {
  const [[first, { scale }], ...rest] = [...upscalers] as [[QualityVariant, Upscaler], ...[QualityVariant, Upscaler][]];
  for (const [variant, upscaler] of rest) {
    if (upscaler.scale !== scale) {
      throw new UserError(`${first.id} enlarges ${scale} times and ${variant.id} ${upscaler.scale} times: they cannot be compared.`, [
        'Judge them in two runs.',
      ]);
    }
  }
  return scale;
}

/** Smallest step of input sides that every model takes and that scales to whole pixels. */
function inputMultiple(upscalers: readonly Upscaler[], scale: number): number {
  const needed = upscalers.reduce((a, { multiple }) => leastCommonMultiple(a, multiple), 1);
  for (let step = needed; step <= 64 * needed; step += needed) if (Math.abs(step * scale - Math.round(step * scale)) < 1e-9) return step;
  throw new UserError(`A scale of ${scale} gives no whole pixels.`, ['Quality is measured for scales like 1.5, 2, 3, 4.']);
}

function leastCommonMultiple(a: number, b: number): number {
  let step = a;
  while (step % b !== 0) step += a;
  return step;
}

/** Protocols that share one set of inputs, so that every model runs once for all of them. */
function groupByInput(protocols: readonly Protocol[]): Protocol[][] {
  const groups = new Map<string, Protocol[]>();
  for (const protocol of protocols) {
    const key = `${protocol.lr} ${protocol.modCrop}`;
    groups.set(key, [...(groups.get(key) ?? []), protocol]);
  }
  return [...groups.values()];
}

function inputFor(test: TestCase, { contract, id }: QualityVariant, protocol: Protocol): Image {
  if (test.lr.planes.length === 1 && (contract.color === 'rgb' || contract.color === 'bgr')) {
    throw new UserError(`${formatProtocol(protocol)} feeds luma only, and ${id} wants colour.`, ['Use :matlab in place of :srcnn.']);
  }
  return test.lr;
}

/** Values as they come in, records at the end. */
class ScoreTable {
  readonly #dataset: string;
  readonly #values = new Map<string, { image: string; value: number }[]>();
  readonly #notes = new Map<string, Set<string>>();

  constructor(dataset: string) {
    this.#dataset = dataset;
  }

  add(of: string, protocol: Protocol, test: TestCase, value: number): void {
    const key = `${formatProtocol(protocol)} ${of}`;
    this.#values.set(key, [...(this.#values.get(key) ?? []), { image: test.name, value }]);
    this.#notes.set(key, new Set([...(this.#notes.get(key) ?? []), ...test.notes]));
  }

  records(protocols: readonly Protocol[], upscalers: readonly (readonly [QualityVariant, Upscaler])[]): QualityRecord[] {
    return protocols.flatMap((protocol) => [
      this.#record(BICUBIC, protocol, { variant: BICUBIC, executor: 'host', evidence: 'computed' }, null),
      ...upscalers.map(([variant, { note }]) => {
        const { id, executor, evidence } = variant;
        return this.#record(keyOf(variant), protocol, { variant: id, executor: executor.id, evidence: evidence ?? evidenceOf(executor) }, note);
      }),
    ]);
  }

  #record(key: string, protocol: Protocol, about: Pick<QualityRecord, 'variant' | 'executor' | 'evidence'>, note: string | null): QualityRecord {
    const name = formatProtocol(protocol);
    const perImage = this.#values.get(`${name} ${key}`) ?? [];
    const notes = [...(note === null ? [] : [note]), ...(this.#notes.get(`${name} ${key}`) ?? [])];
    return {
      ...about, protocol: name, dataset: this.#dataset, unit: protocolUnit(protocol),
      mean: perImage.reduce((sum, { value }) => sum + value, 0) / perImage.length,
      perImage, note: notes.length > 0 ? notes.join('; ') : null,
    };
  }
}

function evidenceOf(executor: Executor): Evidence {
  const [kind] = executor.id.split(':');
  if (kind === 'host' || executor.id === 'openvino:CPU') return 'computed';
  if (kind === 'emulator') return 'emulated';
  return kind === 'virtual' ? 'simulated' : 'measured(device)';
}

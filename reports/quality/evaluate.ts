import { type Evidence, type Executor, type InputContract, type QualityRecord, UserError } from '../../models/contracts/index.ts';
import { type CropChoice, CropPicker, type CropView } from './crops.ts';
import { type ImageSource, openImages } from './dataset.ts';
import { bicubicUpscale } from './degrade.ts';
import type { Image } from './image.ts';
import { measure } from './measure.ts';
import { formatProtocol, type Protocol, protocolUnit } from './protocol.ts';
import { recolor } from './recolor.ts';
import type { OutputContract } from './tensor-image.ts';
import { loadCase, type TestCase } from './test-case.ts';
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
}

export interface QualityRequest {
  readonly variants: readonly QualityVariant[];
  readonly images: ImageSource;
  readonly protocols: readonly Protocol[];
  /** Shared input pixels between tiles of models of fixed size. */
  readonly margin?: number;
  /** Side of the pictures kept for the report, in original pixels; null keeps none. 128 unless told. */
  readonly cropSize?: number | null;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number, note: string) => void;
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
  for (const variant of variants) upscalers.set(variant, await openUpscaler({ ...variant, ...pick(request) }));
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
      const views: CropView[] = [{ variant: BICUBIC, image: bicubicUpscale(test.lr, scale, protocol.lr) }];
      for (const [variant, upscaler] of upscalers) {
        views.push({ variant: variant.id, image: await upscaler.run(inputFor(test, variant, protocol)) });
      }
      const colored = views.map((view) => ({ ...view, image: recolor(view.image, test.lr, scale) }));
      for (const p of group) {
        for (const view of p.channel === 'rgb' ? colored : views) table.add(view.variant, p, test, measureNamed(test, view, p, scale));
      }
      if (index === 0) crops.add(test, colored);
      request.onProgress?.(++done, total, file.name);
    }
  }
  return { records: table.records(protocols, [...upscalers]), crops: crops.choose(), scale };
}

/** A failure says which image it was. */
function measureNamed(test: TestCase, view: CropView, protocol: Protocol, scale: number): number {
  try {
    return measure(test.hr, view.image, protocol, scale);
  } catch (error) {
    throw error instanceof UserError ? new UserError(`${test.name}: ${error.message}`, error.nextSteps, { cause: error }) : error;
  }
}

function pick({ margin, signal }: QualityRequest): { margin?: number; signal?: AbortSignal } {
  return { ...(margin === undefined ? {} : { margin }), ...(signal ? { signal } : {}) };
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

  add(variant: string, protocol: Protocol, test: TestCase, value: number): void {
    const key = `${formatProtocol(protocol)} ${variant}`;
    this.#values.set(key, [...(this.#values.get(key) ?? []), { image: test.name, value }]);
    this.#notes.set(key, new Set([...(this.#notes.get(key) ?? []), ...test.notes]));
  }

  records(protocols: readonly Protocol[], upscalers: readonly (readonly [QualityVariant, Upscaler])[]): QualityRecord[] {
    return protocols.flatMap((protocol) => [
      this.#record(BICUBIC, protocol, 'host', 'computed', null),
      ...upscalers.map(([variant, { note }]) =>
        this.#record(variant.id, protocol, variant.executor.id, variant.evidence ?? evidenceOf(variant.executor), note)),
    ]);
  }

  #record(variant: string, protocol: Protocol, executor: string, evidence: Evidence, note: string | null): QualityRecord {
    const name = formatProtocol(protocol);
    const perImage = this.#values.get(`${name} ${variant}`) ?? [];
    const notes = [...(note === null ? [] : [note]), ...(this.#notes.get(`${name} ${variant}`) ?? [])];
    return {
      variant, protocol: name, dataset: this.#dataset, executor, evidence, unit: protocolUnit(protocol),
      mean: perImage.reduce((sum, { value }) => sum + value, 0) / perImage.length,
      perImage, note: notes.length > 0 ? notes.join('; ') : null,
    };
  }
}

function evidenceOf(executor: Executor): Evidence {
  const [kind] = executor.id.split(':');
  if (kind === 'host') return 'computed';
  if (kind === 'emulator') return 'emulated';
  return kind === 'virtual' ? 'simulated' : 'measured(device)';
}

import { DynoError, type Evidence, type Executor, type InputContract, type QualityRecord, UserError } from '../../models/contracts/index.ts';
import { type CropChoice, CropPicker } from './crops.ts';
import { type ImageSource, openImages } from './dataset.ts';
import { type Image, mapPlanes } from './image.ts';
import { type Interpolation, BICUBIC, interpolate, isInterpolation } from './interpolate.ts';
import { type Measure, openMeasure } from './open-measure.ts';
import { formatProtocol, type Protocol } from './protocol.ts';
import { recolor } from './recolor.ts';
import { evidenceOf, type ScoreRow, ScoreTable } from './score-table.ts';
import { readTags, type TagRules, withTags } from './tags.ts';
import type { OutputContract } from './tensor-image.ts';
import { loadCase, type SeededDegradation, type TestCase } from './test-case.ts';
import type { Tiling } from './tiling.ts';
import { openUpscaler, type Upscaler } from './upscaler.ts';
import { WorstWindows } from './worst-windows.ts';

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
  /** Name of the data set; that of its folder unless told. */
  readonly name?: string;
  /** How low-resolution images are made worse than the protocol's resizer makes them. */
  readonly degradation?: SeededDegradation | null;
  /** Groups of pictures beside those that the set's folders and its tags file name. */
  readonly tags?: TagRules | string;
  /** Interpolations that stand beside the models; bicubic unless told. */
  readonly interpolations?: readonly Interpolation[];
  /** Windows kept where variants differ most from the originals and from the reference; none unless told. */
  readonly worst?: { readonly size: number; readonly count: number } | null;
  /** Id of the variant that windows compare the others with; the first one unless told, none where it is not among them. */
  readonly reference?: string;
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
  /** Per protocol: interpolations, then every variant, in the order given; then the same for each tag of the set. */
  readonly records: readonly QualityRecord[];
  readonly crops: readonly CropChoice[];
  /** Windows where variants differ most, pair by pair. */
  readonly windows: readonly CropChoice[];
  readonly scale: number;
}

/**
 * Scores variants on a set of images under named protocols, beside interpolations. Every variant sees the same pixels: sizes are
 * cut to what all of them take. Throws UserError for an empty folder, files that do not fit the scale, or variants of unlike scale.
 */
export async function evaluateQuality(request: QualityRequest): Promise<QualityResult> {
  const { variants, protocols } = request;
  if (variants.length === 0 || protocols.length === 0)
    throw new UserError('Quality needs at least one model and one protocol.', ['Add --metric psnr:y:crop2:matlab.']);
  const measures = await openMeasures(protocols);
  try {
    const upscalers = new Map<QualityVariant, Upscaler>();
    for (const variant of variants) {
      const upscaler = await openOrRefuse(variant, request);
      if (upscaler) upscalers.set(variant, upscaler);
    }
    return upscalers.size === 0 ? { records: [], crops: [], windows: [], scale: 1 } : await evaluateOpened(request, upscalers, measures);
  } finally {
    for (const { close } of measures.values()) await close();
  }
}

async function evaluateOpened(request: QualityRequest, upscalers: ReadonlyMap<QualityVariant, Upscaler>, measures: ReadonlyMap<Protocol, Measure>): Promise<QualityResult> {
  const { protocols, images, degradation = null, interpolations = [BICUBIC], worst = null } = request;
  const scale = commonScale(upscalers);
  const multiple = inputMultiple([...upscalers.values()], scale);
  const set = withTags(await openImages(images, scale), await readTags(images, request.tags));
  const groups = groupByInput(protocols);
  const crops = new CropPicker(request.cropSize === undefined ? 128 : request.cropSize);
  const windows = worst && new WorstWindows({ ...worst, reference: referenceName([...upscalers.keys()], request.reference) });
  const table = new ScoreTable({ name: request.name ?? set.name, degradation });
  const total = set.files.length * groups.length;
  let done = 0;
  for (const file of set.files) {
    for (const [index, group] of groups.entries()) {
      request.signal?.throwIfAborted();
      const [protocol] = group as [Protocol];
      const test = await loadCase(file, { scale, multiple, protocol, degradation });
      const interpolated = interpolations.map((name): Output => ({ key: name, name, pictured: true, image: interpolate(test.lr, scale, protocol.lr, name), notes: [] }));
      const onRuns = (runs: Pick<RunsDone, 'done' | 'of'>): void => request.onRuns?.({ ...runs, image: file.name, images: done, total });
      const views = [...interpolated, ...(await outputsOf(test, protocol, upscalers, onRuns))];
      const colored = views.map((view) => ({ ...view, image: recolor(view.image, test.lr, scale) }));
      for (const p of group) {
        for (const view of p.channel === 'rgb' ? colored : views) {
          const value = await measureNamed(measures.get(p) as Measure, test, view, scale);
          table.add(view.key, p, { image: test.name, value, tags: test.tags, notes: [...test.notes, ...view.notes] });
        }
      }
      if (index === 0) {
        const pictured = colored.filter((view) => view.pictured).map(({ name, image }) => ({ variant: name, image }));
        crops.add(test, pictured);
        windows?.add(test, pictured.filter(({ variant }) => !isInterpolation(variant)));
      }
      request.onProgress?.(++done, total, file.name);
    }
  }
  const records = table.records(protocols, rowsOf(interpolations, upscalers), (metric) => measures.get(metric as Protocol)?.tools ?? null);
  return { records, crops: crops.choose(), windows: windows?.choose() ?? [], scale };
}

function rowsOf(interpolations: readonly Interpolation[], upscalers: ReadonlyMap<QualityVariant, Upscaler>): ScoreRow[] {
  return [
    ...interpolations.map((name): ScoreRow => ({ key: name, variant: name, executor: 'host', evidence: 'computed', note: null })),
    ...[...upscalers].map(([variant, { note }]): ScoreRow => ({
      key: keyOf(variant), variant: variant.id, executor: variant.executor.id, evidence: variant.evidence ?? evidenceOf(variant.executor), note,
    })),
  ];
}

function referenceName(variants: readonly QualityVariant[], id: string | undefined): string | null {
  const reference = id === undefined ? variants[0] : variants.find((variant) => variant.id === id);
  return reference ? nameOf(reference) : null;
}

/** Every protocol ready to measure. Throws UserError for two whose names are alike though their files are not. */
async function openMeasures(protocols: readonly Protocol[]): Promise<Map<Protocol, Measure>> {
  const names = protocols.map(formatProtocol);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new UserError(`${twice} is asked for twice.`, ['Name each protocol once, and metric files unlike.']);
  const measures = new Map<Protocol, Measure>();
  try {
    for (const protocol of protocols) measures.set(protocol, await openMeasure(protocol));
    return measures;
  } catch (error) {
    for (const { close } of measures.values()) await close();
    throw error;
  }
}

interface Output {
  /** Of variant and executor. */
  readonly key: string;
  /** As people read it. */
  readonly name: string;
  readonly pictured: boolean;
  readonly image: Image;
  readonly notes: readonly string[];
}

/** What every variant makes of an input; those of one content and executor share it. */
async function outputsOf(
  test: TestCase, protocol: Protocol, upscalers: ReadonlyMap<QualityVariant, Upscaler>, onRuns: (runs: Pick<RunsDone, 'done' | 'of'>) => void,
): Promise<Output[]> {
  const made = new Map<string, Pick<Output, 'image' | 'notes'>>();
  const runs = new Map([...upscalers].map(([variant, upscaler]) => [contentOf(variant), upscaler.pieces(test.lr)]));
  const of = [...runs.values()].reduce((sum, count) => sum + count, 0);
  let before = 0;
  for (const [variant, upscaler] of upscalers) {
    const content = contentOf(variant);
    if (made.has(content)) continue;
    made.set(content, finite(await upscaler.run(inputFor(test, variant, protocol), (count) => onRuns({ done: before + count, of })), test.name));
    before += runs.get(content) as number;
    onRuns({ done: before, of });
  }
  return [...upscalers.keys()].map((variant) => ({
    key: keyOf(variant), name: nameOf(variant), pictured: variant.pictured ?? true, ...(made.get(contentOf(variant)) as Pick<Output, 'image' | 'notes'>),
  }));
}

/** Pixels that are no number count as black, and ones beyond all bounds as the bound, which is said. */
function finite(image: Image, name: string): Pick<Output, 'image' | 'notes'> {
  let odd = 0;
  for (const plane of image.planes) for (const value of plane) if (!Number.isFinite(value)) odd++;
  if (odd === 0) return { image, notes: [] };
  const level = (value: number): number => (Number.isFinite(value) ? value : value > 0 ? 255 : 0);
  return { image: mapPlanes(image, (plane) => ({ ...plane, data: Float64Array.from(plane.data, level) })), notes: [`${odd} values of the output for ${name} are not finite: NaN counts as level 0`] };
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
async function measureNamed({ measure }: Measure, test: TestCase, { name, image }: Output, scale: number): Promise<number> {
  try {
    return await measure(test.hr, image, { image: test.name, variant: name, scale });
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

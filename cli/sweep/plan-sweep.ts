import { UserError } from '../../models/contracts/errors.ts';
import { parseTarget } from '../../models/contracts/selectors.ts';
import { readModel, sha256File } from '../../models/onnx/index.ts';
import type { SweepAxes } from '../../reports/sweep/sweep-schema.ts';
import type { Step } from '../pipeline/step.ts';
import { baselineOf, sameAxes, variantId } from './axes.ts';
import { buildSteps, nameOf } from './build-steps.ts';
import type { Need } from './catalogue.ts';
import type { ColumnRequest } from './columns.ts';
import { distinct, matches } from './matrix.ts';
import { parsePrecision } from './precision.ts';
import { inputSize, parseResolution, type Size } from './resolution.ts';
import type { SweepSettings } from './settings.ts';
import { OPEN_SIDE, type Source, sourceOf } from './source.ts';
import { agreeStep } from './steps/agree.ts';
import { placeStep } from './steps/compiled.ts';
import { estimateStep } from './steps/estimate.ts';
import { scoreStep } from './steps/score.ts';
import { type Timed, timesStep } from './steps/times.ts';
import type { Shared } from './steps/transforms.ts';
import type { SweepFile } from './sweep-file.ts';
import type { SweepTools } from './tools.ts';

/** A variant with the steps that its figures come from. */
export interface PlannedVariant {
  readonly id: string;
  readonly axes: SweepAxes;
  /** False for a baseline that no row shows. */
  readonly isShown: boolean;
  /** Why nothing can be made of it; it then has no steps. */
  readonly impossible: string | null;
  readonly untrained: string | null;
  readonly size: Size | null;
  readonly isBaseline: boolean;
  readonly baseline: string;
  /** Ids of steps; those by target or data set under its name. Null or missing: not asked for. */
  readonly steps: {
    readonly sized: string | null;
    readonly agreed: string | null;
    readonly times: string | null;
    readonly placed: Readonly<Record<string, string>>;
    readonly estimated: Readonly<Record<string, string>>;
    readonly scored: Readonly<Record<string, string>>;
  };
}

export interface SweepPlan {
  readonly variants: readonly PlannedVariant[];
  /** In an order in which each finds what it needs: everything is built before anything is timed. */
  readonly steps: readonly Step[];
}

export interface PlanRequest {
  readonly file: SweepFile;
  /** Those of the matrix. */
  readonly variants: readonly SweepAxes[];
  readonly columns: readonly ColumnRequest[];
  readonly settings: SweepSettings;
  readonly tools: SweepTools;
  /** Versions of everything that computes. */
  readonly versions: object;
  /** The same with the vendor's compiler. */
  readonly compilerVersions: object;
}

/** What is done for each variant, so that the columns can be filled. Reads every model file once; what cannot be made of one is said in its cells. */
export async function planSweep(request: PlanRequest): Promise<SweepPlan> {
  const planner = new Planner(request);
  const { variants, file } = request;
  const baselines = planner.needsBaselines ? variants.map((axes) => baselineOf(axes, file.baseline)) : [];
  const all = distinct([...variants, ...baselines]);
  const drafts: Draft[] = [];
  for (const axes of all) drafts.push(await planner.draft(axes, variants.some((one) => sameAxes(one, axes))));
  return planner.finish(drafts);
}

/** A variant before what joins it with others. */
interface Draft extends Omit<PlannedVariant, 'steps'> {
  readonly source: Source | null;
  /** Step that made it, at whatever size it came. */
  readonly made: string | null;
  readonly steps: Omit<PlannedVariant['steps'], 'agreed' | 'times'>;
}

class Planner {
  readonly #request: PlanRequest;
  readonly #shared: Shared;
  readonly #building = new Map<string, Step>();
  readonly #judging = new Map<string, Step>();
  readonly #contents = new Map<string, readonly string[]>();

  constructor(request: PlanRequest) {
    const { tools, settings, versions } = request;
    this.#request = request;
    this.#shared = { tools, calibrate: settings.calibrate, pieces: settings.pieces, seed: settings.seed, versions };
  }

  /** Whether a column compares with baselines. */
  get needsBaselines(): boolean {
    return this.#request.columns.some(({ figure }) => figure !== null && ['drop', 'speedup', 'agreement'].includes(figure.name));
  }

  async draft(axes: SweepAxes, isShown: boolean): Promise<Draft> {
    const { file } = this.#request;
    const baseline = baselineOf(axes, file.baseline);
    const common = { id: variantId(axes), axes, isShown, baseline: variantId(baseline), isBaseline: sameAxes(axes, baseline) };
    try {
      const source = sourceOf(file.models[axes.model] as SweepFile['models'][string], axes.scale);
      const { size, notes } = sizeFor(axes, source);
      return { ...common, impossible: null, untrained: source.untrained, size, source, ...(await this.#build(axes, source, size, notes)) };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return { ...common, impossible: error.message, untrained: null, size: null, source: null, made: null, steps: { sized: null, placed: {}, estimated: {}, scored: {} } };
    }
  }

  finish(drafts: readonly Draft[]): SweepPlan {
    const timed = this.#times(drafts);
    const variants = drafts.map(({ source: _, made: __, steps, ...draft }) =>
      ({ ...draft, steps: { ...steps, agreed: this.#agreed(draft.id, drafts), times: timed.ids.get(draft.id) ?? null } }));
    return { variants, steps: [...this.#building.values(), ...timed.steps, ...this.#judging.values()] };
  }

  async #build(axes: SweepAxes, source: Source, size: Size, notes: readonly string[]): Promise<Pick<Draft, 'made' | 'steps'>> {
    const content = await this.#content(source);
    const { made, sized, sizedFloat } = buildSteps({ axes, source, content, size, notes }, this.#shared, (step) => this.#add(step));
    const about = { variant: variantId(axes), precision: parsePrecision(axes.precision), tools: this.#shared.tools, versions: this.#request.compilerVersions };
    const placed = this.#forTargets(axes, ['place', 'compile'], (target) => placeStep({ ...about, id: `place:${sized}:${target}`, from: sized, target }));
    const estimated = this.#forTargets(axes, ['estimate'], (target) =>
      estimateStep({ ...about, id: `estimate:${sized}:${target}:${axes.precision}`, from: sizedFloat(), input: source.input, target }));
    const scored = this.#shows('quality', axes, 'drop') ? this.#scores(nameOf(axes), source, source.open ? made : sized) : {};
    return { made, steps: { sized, placed, estimated, scored } };
  }

  /** Whether a column shows a figure of this kind of a variant, or compares others with it. */
  #shows(need: Need, axes: SweepAxes, comparing?: string): boolean {
    const isBaseline = sameAxes(axes, baselineOf(axes, this.#request.file.baseline));
    return this.#request.columns.some(({ figure, at }) => figure?.need === need && (matches(at, axes) || (isBaseline && figure.name === comparing)));
  }

  /** For the targets of columns that show this variant. */
  #forTargets(axes: SweepAxes, needs: readonly string[], make: (target: string) => Step): Record<string, string> {
    const shows = ({ figure, selectors, at }: ColumnRequest): boolean => figure !== null && needs.includes(figure.need) && selectors.length > 0 && matches(at, axes);
    const wanted = this.#request.columns.filter(shows);
    const targets = [...new Set(wanted.map(({ selectors }) => selectors[0] as string))];
    return Object.fromEntries(targets.map((target) => [target, this.#add(make(parseTarget(target) && target))]));
  }

  /** Scores do not depend on the size that is timed: where sizes are open, all resolutions share them. Untrained networks get none. */
  #scores(name: string, { input, untrained }: Source, from: string): Record<string, string> {
    const { settings, tools, compilerVersions, versions } = this.#request;
    if (untrained !== null) return {};
    const isEmulated = settings.quality.on.some((on) => on.startsWith('emulator'));
    return Object.fromEntries(settings.datasets.flatMap(({ name: set, said, pictures }) => {
      if (!pictures) return [];
      const dataset = { name: set, said, pictures };
      const step = scoreStep({
        id: `score:${from}:${set}`, variant: name, from, input, dataset, quality: settings.quality, seed: settings.seed, tools, versions: isEmulated ? compilerVersions : versions,
      });
      this.#judging.set(step.id, step);
      return [[set, step.id]];
    }));
  }

  #agreed(id: string, drafts: readonly Draft[]): string | null {
    const { settings, tools, versions } = this.#request;
    const of = (wanted: string | undefined): Draft | undefined => drafts.find((draft) => draft.id === wanted);
    const [draft, base] = [of(id), of(of(id)?.baseline)];
    if (!draft?.made || !base?.made || draft.isBaseline || !this.#shows('compare', draft.axes)) return null;
    const step = agreeStep({
      id: `agree:${draft.made}`, variant: nameOf(draft.axes), from: draft.made, baseline: base.made, input: draft.source?.input, seed: settings.seed, tools, versions,
    });
    this.#judging.set(step.id, step);
    return step.id;
  }

  /** One step for each size of input; baselines that no row shows take part where something is compared with them. */
  #times(drafts: readonly Draft[]): { steps: Step[]; ids: Map<string, string> } {
    const { columns, settings, tools, versions } = this.#request;
    const { bench } = settings;
    const ids = new Map<string, string>();
    if (!bench || !columns.some(({ figure }) => figure?.need === 'bench')) return { steps: [], ids };
    const compares = columns.some(({ figure }) => figure?.name === 'speedup');
    const taking = drafts.filter(({ isShown, axes, steps: { sized } }) => sized !== null && (isShown || compares) && this.#shows('bench', axes, 'speedup'));
    const sizes = [...new Set(taking.map(({ size }) => (size as Size).join('x')))];
    const steps = sizes.map((size) => {
      const group = taking.filter((draft) => draft.size?.join('x') === size);
      const timed = group.map(({ id, steps: { sized }, source, axes, baseline, isBaseline }): Timed => ({
        id, from: sized as string, input: source?.input, target: axes.rewrite === 'none' ? null : axes.rewrite,
        baseline: compares && !isBaseline && group.some((one) => one.id === baseline) ? baseline : null,
      }));
      const step = timesStep({ size, variants: timed, config: { ...settings, bench }, seed: settings.seed, tools, versions });
      for (const { id } of timed) ids.set(id, step.id);
      return step;
    });
    return { steps, ids };
  }

  #add(step: Step): string {
    if (!this.#building.has(step.id)) this.#building.set(step.id, step);
    return step.id;
  }

  /** Hashes of a file and its data files; none for what is generated. */
  async #content({ origin }: Source): Promise<readonly string[]> {
    if (origin.kind === 'zoo') return [];
    const known = this.#contents.get(origin.path);
    if (known) return known;
    const onnx = readModel(origin.path);
    onnx.close();
    const content = await Promise.all([origin.path, ...onnx.dataFiles].map((path) => sha256File(path)));
    this.#contents.set(origin.path, content);
    return content;
  }
}

/** The input that a variant is measured at, and what a reader should know of it. Throws UserError where the model cannot take it. */
function sizeFor({ resolution }: SweepAxes, { scale, fixed, multiple }: Source): { size: Size; notes: readonly string[] } {
  const wanted = parseResolution(resolution);
  if (wanted.of === 'own') {
    const side = Math.ceil(OPEN_SIDE / multiple) * multiple;
    return fixed ? { size: fixed, notes: [] } : { size: [side, side], notes: [`its sizes are open: taken at ${side}×${side}`] };
  }
  if (wanted.of === 'output' && scale === null) {
    throw new UserError('It makes no picture of a picture: a resolution of the output says nothing.', ['Give the input as HEIGHTxWIDTH.']);
  }
  const { size, note } = inputSize(wanted, scale ?? 1, multiple);
  if (fixed && fixed.join() !== size.join()) throw new UserError(`The file fixes its input at ${fixed.join('×')}.`, ['Export it with open height and width.']);
  return { size, notes: note === null ? [] : [note] };
}

import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Executor, RewriteLog } from '../../models/contracts/index.ts';
import { inferShapes, macsOf, Model, staticShape } from '../../models/graph/index.ts';
import { type ModelProto, writeModel } from '../../models/onnx/index.ts';
import { seededInputs } from '../../models/run/index.ts';
import { type CompileReport, trafficOf } from '../htp/index.ts';
import { isQuantizedInside, quantizeModel, type SchemeName } from '../quantize/index.ts';
import { rewriteModel, type RewriteOptions } from '../rewrites/engine.ts';
import { OPTIONAL, type Toggle, togglesOf } from './optional-rewrites.ts';

/** What the compiler says of one form of a model; `macs` and `nodes` are computed. */
export interface FormFigures {
  readonly graphs: number;
  readonly cpuNodes: number;
  /** DDR bytes of one inference, and of them spilled and filled; null where no graph came out. */
  readonly bytes: number | null;
  readonly spillBytes: number | null;
  readonly failure: string | null;
  readonly macs: number;
  readonly nodes: number;
}

/** Why a recipe came out as it did. Evidence `compiled`. */
export interface RewriteEvidence {
  readonly before: FormFigures;
  readonly after: FormFigures;
  /** By rewrite, or group of them (`clean`): figures of the model without it; `after` is with it. */
  readonly without: ReadonlyMap<string, FormFigures>;
  /** Optional rewrites that the compiler decided on, as they stand in the result. */
  readonly decided: readonly { readonly rewrite: string; readonly runs: boolean; readonly other: FormFigures }[];
  /** Why less was asked than could be; null where all was. */
  readonly note: string | null;
}

/** Decisions for `rewriteModel`, and what they rest on. */
export interface GatheredEvidence {
  readonly also: readonly string[];
  readonly skip: readonly string[];
  readonly evidence: RewriteEvidence;
}

export interface EvidenceRequest {
  /** Static; not changed. */
  readonly proto: ModelProto;
  readonly options: Omit<RewriteOptions, 'verify' | 'executor' | 'dryRun' | 'progress'>;
  /** Compiles a file for the chip. */
  readonly compile: (modelPath: string) => Promise<CompileReport>;
  /** Calibrates drafts where the model will be quantized. */
  readonly executor: Executor;
  /** For the forms that are compiled; removed in the end. */
  readonly folder: string;
  readonly progress?: (note: string) => void;
}

/** Models beyond this are compiled before and after only: each further compilation may take minutes. */
const MOST_NODES = 1500;
const MOST_MACS = 60e9;

/**
 * Decides by compiling which optional rewrites run: one that shows no gain is left out, one that the recipe omits runs where it gains. Then
 * compiles the result without each rewrite that fired, so that the log can say what each is for. Rewrites of one folder that tidy up count as
 * one. Nothing is proved here.
 */
export async function gatherEvidence(request: EvidenceRequest): Promise<GatheredEvidence> {
  await mkdir(request.folder, { recursive: true });
  try {
    const forms = new Forms(request);
    const { only = [], skip = [] } = request.options;
    const before = await forms.original();
    const recipe = await forms.rewritten([], skip);
    if (before.nodes > MOST_NODES || before.macs > MOST_MACS) {
      return { also: [], skip, evidence: { before, after: recipe.figures, without: new Map(), decided: [], note: 'The model is large: it was compiled before and after rewriting only.' } };
    }
    const toggles = only.length > 0 ? [] : togglesOf(recipe.log.records).filter((toggle) => !costsWeights(toggle, request));
    const { also, skips, after, decided } = await decide(forms, toggles, skip, recipe);
    const without = new Map<string, FormFigures>();
    for (const [group, ids] of only.length > 0 ? [] : groupsOf(after.log)) without.set(group, (await forms.rewritten(also.filter((id) => !ids.includes(id)), [...skips, ...ids])).figures);
    return { also, skip: skips, evidence: { before, after: after.figures, without, decided, note: null } };
  } finally {
    await rm(request.folder, { recursive: true, force: true });
  }
}

/** Fewer graphs and CPU nodes, then fewer bytes, spills, multiply-accumulates, nodes: negative where `a` is better, 0 where nothing differs. */
export function compareFigures(a: FormFigures, b: FormFigures): number {
  const [left, right] = [rank(a), rank(b)];
  const at = left.findIndex((value, i) => value !== right[i]);
  return at < 0 ? 0 : (left[at] as number) < (right[at] as number) ? -1 : 1;
}

function rank({ failure, graphs, cpuNodes, bytes, spillBytes, macs, nodes }: FormFigures): number[] {
  const worst = Number.POSITIVE_INFINITY;
  return [failure === null ? 0 : 1, graphs === 0 ? worst : graphs, cpuNodes, bytes ?? worst, spillBytes ?? worst, macs, nodes];
}

interface Form {
  readonly log: RewriteLog;
  readonly figures: FormFigures;
}

interface Decision {
  readonly also: string[];
  readonly skips: readonly string[];
  readonly after: Form;
  readonly decided: RewriteEvidence['decided'];
}

/** Turns over one optional rewrite after the other, and leaves each as it is better. Of equals the form without it is taken. */
async function decide(forms: Forms, toggles: readonly Toggle[], skip: readonly string[], recipe: Form): Promise<Decision> {
  const runs = new Map(toggles.map(({ id, inRecipe }) => [id, inRecipe]));
  const lists = (): { also: string[]; skips: string[] } => ({
    also: toggles.filter(({ id, inRecipe }) => !inRecipe && runs.get(id)).map(({ id }) => id),
    skips: [...skip, ...toggles.filter(({ id, inRecipe }) => inRecipe && !runs.get(id)).map(({ id }) => id)],
  });
  let at = recipe;
  const others = new Map<string, FormFigures>();
  for (const { id } of toggles) {
    const ran = runs.get(id) as boolean;
    runs.set(id, !ran);
    const { also, skips } = lists();
    const other = await forms.rewritten(also, skips);
    const difference = compareFigures(other.figures, at.figures);
    const turned = difference < 0 || (difference === 0 && ran);
    others.set(id, turned ? at.figures : other.figures);
    if (turned) at = other;
    else runs.set(id, ran);
  }
  return { ...lists(), after: at, decided: toggles.map(({ id }) => ({ rewrite: id, runs: runs.get(id) as boolean, other: others.get(id) as FormFigures })) };
}

/** Folds that the recipe omits for weights of few bits cost precision, which no compiler shows: `dyno tune` weighs them with a score. */
function costsWeights({ id, inRecipe }: Toggle, { options: { precision } }: EvidenceRequest): boolean {
  return !inRecipe && precision.startsWith('w') && id.startsWith('fold/');
}

/** Rewrites that fired and nobody decided on yet, by group. */
function groupsOf({ records }: RewriteLog): Map<string, string[]> {
  const ids = [...new Set(records.filter(({ outcome }) => outcome === 'fired').map(({ rewrite }) => rewrite))].filter((id) => !OPTIONAL.includes(id));
  const groups = new Map<string, string[]>();
  for (const id of ids) {
    const group = id.startsWith('clean/') ? 'clean' : id;
    groups.set(group, [...(groups.get(group) ?? []), id]);
  }
  return groups;
}

/** Forms of one model, each compiled once. */
class Forms {
  readonly #request: EvidenceRequest;
  readonly #known = new Map<string, Promise<Form>>();
  #count = 0;

  constructor(request: EvidenceRequest) {
    this.#request = request;
  }

  original(): Promise<FormFigures> {
    return this.#figures(new Model(this.#request.proto));
  }

  rewritten(also: readonly string[], skip: readonly string[]): Promise<Form> {
    const key = JSON.stringify([[...also].sort(), [...skip].sort()]);
    const known = this.#known.get(key) ?? this.#rewrite(also, skip);
    this.#known.set(key, known);
    return known;
  }

  async #rewrite(also: readonly string[], skip: readonly string[]): Promise<Form> {
    const { proto, options, progress } = this.#request;
    progress?.(`compiling form ${this.#count + 1}`);
    const { model, log } = await rewriteModel(new Model(proto), { ...options, also, skip, verify: 'off' });
    return { log, figures: await this.#figures(model) };
  }

  async #figures(model: Model): Promise<FormFigures> {
    inferShapes(model);
    const { folder, compile, options } = this.#request;
    const path = join(folder, `${this.#count++}.onnx`);
    await writeModel(model.toProto(), path, options.write);
    const macs = [...model.graph.nodes()].reduce((sum, node) => sum + (macsOf(node) ?? 0), 0);
    const report = await compile(await this.#asComputed(model, path));
    const { all, spillFill } = trafficOf(report);
    const none = report.graphs.length === 0;
    return {
      graphs: report.htpGraphs, cpuNodes: report.cpuNodes, bytes: none ? null : all, spillBytes: none ? null : spillFill, failure: report.failure?.name ?? null, macs,
      nodes: model.graph.nodeCount,
    };
  }

  /** Where the model will be quantized, a draft of that, with ranges of seeded inputs: scales seldom change what a graph moves. */
  async #asComputed(model: Model, path: string): Promise<string> {
    const { options: { precision, contracts, write, seed }, executor } = this.#request;
    if (!precision.startsWith('w') || isQuantizedInside(model.graph)) return path;
    const specs = model.graph.inputs.filter(({ initializer }) => !initializer).map(({ name, type }) => {
      const range = contracts?.get(name)?.range;
      return { name, dtype: type.dtype, dims: staticShape(type) ?? [], ...(range ? { range } : {}) };
    });
    const calibration = seededInputs(specs, { seed: seed ?? 0, kinds: ['unit'] });
    const draft = await quantizeModel(model, { scheme: precision as SchemeName, range: 'minmax', rounding: 'nearest', executor, modelPath: path, calibration });
    const quantized = path.replace(/\.onnx$/, '.draft.onnx');
    await writeModel(draft.model.toProto(), quantized, write);
    return quantized;
  }
}

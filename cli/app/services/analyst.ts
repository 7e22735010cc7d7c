import { parseTarget } from '../../../models/contracts/selectors.ts';
import { WorkerChannel } from '../../../models/run/worker-channel.ts';
import type { Config } from '../../config/config.ts';
import type { CheckOutcome } from '../../work/check-model.ts';
import type { ModelRef } from '../../work/model-refs.ts';
import { parseNetwork } from '../state/choices.ts';
import type { CheckedModel, FoundModel, PreviewedModel } from '../state/found.ts';
import type { Choices } from '../state/state.ts';
import type { AnalysisReplies, AnalysisRequest } from './analysis-protocol.ts';
import { problemOf } from './problem-of.ts';
import type { Tell } from './services.ts';

/** Checks and previews in a process of its own: the screen stays quick, and what is given up ends with it. */
export class Analyst {
  readonly #config: Config;
  readonly #channel = new WorkerChannel('cli/app/services/analysis-worker');

  constructor(config: Config) {
    this.#config = config;
  }

  /** What the rules say of every model and target, then what the compiler does, one after the other. */
  async check(models: readonly FoundModel[], { targets, precision }: Choices, tell: Tell<readonly CheckedModel[]>, signal: AbortSignal): Promise<readonly CheckedModel[]> {
    const pairs = models.flatMap((model) => targets.map((target) => ({ model, target })));
    const checked: CheckedModel[] = pairs.map(({ model, target }) => ({ model: model.id, target, outcome: null, problem: null, compiling: false }));
    const set = (at: number, change: Partial<CheckedModel>, note: string): void => {
      checked[at] = { ...(checked[at] as CheckedModel), ...change };
      tell([...checked], note);
    };
    tell([...checked], `0 of ${pairs.length} checked`);
    for (const [i, { model, target }] of pairs.entries()) {
      const change = await this.#attempt(signal, async () => {
        const [first, ...others] = await this.#ask<'check'>({ kind: 'check', ref: await this.#ref(model, signal), target, precision }, signal);
        return { outcome: merged(first as CheckOutcome, others) };
      });
      set(i, change, `${i + 1} of ${pairs.length} checked`);
    }
    const compiled = pairs.flatMap(({ model, target }, i) => (model.kind !== 'package' && parseTarget(target).kind === 'htp' && checked[i]?.outcome ? [i] : []));
    for (const [done, i] of compiled.entries()) {
      const { model, target } = pairs[i] as (typeof pairs)[number];
      set(i, { compiling: true }, `compiling ${done + 1} of ${compiled.length}`);
      const change = await this.#attempt(signal, async () => ({ outcome: await this.#ask<'compile'>({ kind: 'compile', ref: await this.#ref(model, signal), target, precision }, signal) }));
      set(i, { ...(change.outcome ? change : { outcome: { ...(checked[i]?.outcome as CheckOutcome), compilerNote: change.problem?.message ?? null, compilerFailed: true } }), compiling: false }, '');
    }
    return checked;
  }

  /** What the recipe would do, without doing it. */
  async preview(models: readonly FoundModel[], { targets, precision, allow, skip }: Choices, tell: Tell<readonly PreviewedModel[]>, signal: AbortSignal): Promise<readonly PreviewedModel[]> {
    const found: PreviewedModel[] = [];
    const pairs = models.flatMap((model) => targets.map((target) => ({ model, target })));
    const settings = { ...this.#config.rewrite, allow, skip };
    for (const { model, target } of pairs) {
      const change = await this.#attempt(signal, async () => this.#ask<'preview'>({ kind: 'preview', ref: await this.#ref(model, signal), target, precision, settings, seed: this.#config.seed }, signal));
      found.push({ model: model.id, target, log: null, notes: [], problem: null, ...change });
      tell([...found], `${found.length} of ${pairs.length} looked at`);
    }
    return found;
  }

  /** Writes a network that is generated, where it is one and is not there yet. */
  async provide(model: FoundModel, signal: AbortSignal): Promise<void> {
    if (model.kind !== 'network') return;
    const { network, scale } = parseNetwork(model.id);
    await this.#ask<'make'>({ kind: 'make', network, scale: Number(scale), out: model.path }, signal);
  }

  /** A report, or two side by side, as lines: large ones take a while to read. */
  text(request: Extract<AnalysisRequest, { kind: 'text' }>): Promise<readonly string[]> {
    return this.#ask<'text'>(request, new AbortController().signal);
  }

  close(): Promise<void> {
    return this.#channel.close();
  }

  async #ref(model: FoundModel, signal: AbortSignal): Promise<ModelRef> {
    await this.provide(model, signal);
    const entry = Object.values(this.#config.models).find(({ path }) => path === model.path);
    return { ...entry, id: model.id, path: model.path };
  }

  /** A model that cannot be looked at is told of; the others still are. */
  async #attempt<T extends object>(signal: AbortSignal, work: () => Promise<T>): Promise<Partial<T> & { problem?: CheckedModel['problem'] }> {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      return { problem: problemOf(error) } as Partial<T> & { problem: CheckedModel['problem'] };
    }
  }

  #ask<Kind extends keyof AnalysisReplies>(request: Extract<AnalysisRequest, { kind: Kind }>, signal: AbortSignal): Promise<AnalysisReplies[Kind]> {
    return this.#channel.request(request, { what: request.kind, signal });
  }
}

/** Functions of one package as one: what any of them meets, each cause for itself. */
function merged(first: CheckOutcome, others: readonly CheckOutcome[]): CheckOutcome {
  return others.length === 0 ? first : { ...first, causes: [first, ...others].flatMap(({ causes }, i) => causes.map((cause) => ({ ...cause, cause: `${i} ${cause.cause}` }))) };
}

import type { RewriteLog, RewriteRecord } from '../../models/contracts/index.ts';
import { Model } from '../../models/graph/index.ts';
import { type Ban, type FixpointOptions, type FixpointResult, maxRank, runToFixpoint } from './fixpoint.ts';
import { entry } from './journal.ts';
import { withOpset } from '../opset/index.ts';
import type { RewriteOptions, RewriteResult } from './options.ts';
import type { RewriteContext } from './rewrite.ts';
import type { Selection } from './select.ts';
import type { Verdict } from './verify/trial.ts';
import type { WholeOptions, WholeVerdict } from './verify/whole.ts';

export interface Attempt extends FixpointResult {
  readonly model: Model;
  readonly context: RewriteContext;
}

/** One model on its way: makes attempts, each from the beginning, and results of them. */
export class Job {
  readonly #given: Model;
  readonly #source: Model['proto'];
  readonly #selection: Selection;
  readonly #options: RewriteOptions;
  #attempts = 0;

  constructor(given: Model, selection: Selection, options: RewriteOptions) {
    this.#given = given;
    this.#source = given.toProto();
    this.#selection = selection;
    this.#options = options;
  }

  /** The model as it was given. */
  original(): Model {
    return new Model(this.#source);
  }

  /** Rewrites from the beginning, without patches that are banned. The first attempt works in place where it may. */
  attempt(bans: ReadonlyMap<string, Ban>, options: Omit<FixpointOptions, 'bans' | 'signal'>): Attempt {
    const { dryRun, opset, target, precision, contracts, signal } = this.#options;
    const fresh = this.#attempts++ > 0 || dryRun === true || opset !== undefined;
    const model = fresh ? new Model(opset === undefined ? this.#source : withOpset(this.#source, opset)) : this.#given;
    const context: RewriteContext = {
      model,
      graph: model.graph,
      opset: model.opset,
      target,
      precision,
      allow: this.#selection.allow,
      contracts: contracts ?? new Map(),
    };
    return { ...runToFixpoint(this.#selection.rewrites, context, { ...options, bans, signal }), model, context };
  }

  get changesOpset(): boolean {
    return this.#options.opset !== undefined;
  }

  wholeOptions(run: Attempt): WholeOptions {
    return {
      contracts: run.context.contracts,
      firings: run.firings,
      opsetChanged: this.changesOpset,
      write: this.#options.write ?? {},
    };
  }

  /** The log of an attempt. `note`: why the whole model could not be compared. */
  result(run: Attempt, verdicts: readonly (Verdict | undefined)[], whole: WholeVerdict | undefined, note?: string): RewriteResult {
    const log: RewriteLog = {
      target: this.#options.target.label,
      precision: this.#options.precision,
      records: [...run.journal.records(verdicts), ...this.#skipped(run.context)],
      nodesBefore: run.before.nodes,
      nodesAfter: run.model.graph.nodeCount,
      maxRankBefore: run.before.maxRank,
      maxRankAfter: maxRank(run.model.graph),
      ...(whole ? { whole: whole.comparison } : {}),
    };
    const alone = verdicts.filter((verdict) => verdict === undefined).length;
    const notes = [
      ...(note === undefined ? [] : [note]),
      ...(alone === 0 ? [] : [`${alone} of ${verdicts.length} rewritten places could not be verified by themselves.`]),
    ];
    return { model: this.#options.dryRun ? this.#given : run.model, log, notes, origins: run.lineage.origins() };
  }

  /** Places where a rewrite fits that the recipe leaves out. */
  #skipped(context: RewriteContext): RewriteRecord[] {
    return this.#selection.omitted.flatMap(({ rewrite, why }) =>
      [...context.graph.nodes()].flatMap((node) => {
        if (!node.isOnnx || !rewrite.opTypes.includes(node.opType)) return [];
        const found = rewrite.match(node, context);
        return found?.kind === 'proposal' ? [entry(rewrite, 'skipped', found.nodes, why)] : [];
      }),
    );
  }
}

import { BugError, UserError } from '../../models/contracts/index.ts';
import type { Model } from '../../models/graph/index.ts';
import { REWRITES } from './catalog.ts';
import type { Firing } from './firing.ts';
import type { Ban } from './fixpoint.ts';
import { type Attempt, Job } from './job.ts';
import type { RewriteOptions, RewriteResult } from './options.ts';
import { selectRewrites } from './select.ts';
import { verifyFirings } from './verify/patches.ts';
import { VerifySession } from './verify/session.ts';
import type { Verdict } from './verify/trial.ts';
import { compareWhole, type Reference, runReference } from './verify/whole.ts';

export type { RewriteOptions, RewriteResult } from './options.ts';

/**
 * Rewrites a model for a target: recipe to a fixed point, each patch checked for types, shapes and ranks, then run before and after and held
 * against its exactness class, then the whole model. A patch that fails is taken back and logged as refused with the measured error. Inputs,
 * outputs, `ir_version` and metadata never change; the opset only with `opset`. Throws UserError for unknown ids and for a verification without
 * an executor, BugError when rewrites undo one another.
 */
export async function rewriteModel(model: Model, options: RewriteOptions): Promise<RewriteResult> {
  const selection = selectRewrites(options.catalog ?? REWRITES, options.target, options.precision, options);
  const job = new Job(model, selection, options);
  const level = options.verify ?? (options.executor ? 'quick' : 'off');
  if (level === 'off') return job.result(job.attempt(new Map(), { capture: false }), [], undefined);
  if (!options.executor)
    throw new UserError('Verification needs an executor.', ['Hand one in (createHostExecutor), or turn verification off.']);
  const session = new VerifySession({
    executor: options.executor,
    level,
    seed: options.seed ?? 0,
    progress: options.progress,
    signal: options.signal,
  });
  try {
    return await verified(job, session);
  } finally {
    session.dispose();
  }
}

/** Attempts until every patch and the whole model hold; patches that fail are banned from the next attempt. */
async function verified(job: Job, session: VerifySession): Promise<RewriteResult> {
  const bans = new Map<string, Ban>();
  let reference: Reference | string | null = null;
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const run = job.attempt(bans, { capture: true });
    const verdicts = await verifyFirings(run.firings, run.model, session);
    const failed = verdicts.flatMap((verdict, i) => (verdict?.failure ? [{ key: run.firings[i]?.key as string, verdict }] : []));
    for (const { key, verdict } of failed) bans.set(key, ban(verdict));
    if (failed.length > 0) continue;
    if (run.firings.length === 0 && !job.changesOpset) return job.result(run, verdicts, undefined);
    session.options.progress?.('verifying the whole model');
    reference ??= await runReference(job.original(), session, job.wholeOptions(run));
    if (typeof reference === 'string') return job.result(run, verdicts, undefined, `The whole model was not verified: ${reference}.`);
    const whole = await compareWhole(run.model, reference, session, job.wholeOptions(run));
    if (whole.failure === null) return job.result(run, verdicts, whole);
    const culprit = await findCulprit(job, bans, run, reference, session);
    bans.set(culprit.key, { reason: `with it the whole model is another function: ${whole.failure}`, comparison: whole.comparison });
  }
  throw new BugError(`No set of rewrites was found in ${MOST_ATTEMPTS} attempts that leaves the model the same function.`, [
    'Report this with the model.',
  ]);
}

const MOST_ATTEMPTS = 25;

function ban({ failure, comparison }: Verdict): Ban {
  return { reason: `verification failed: ${failure}`, ...(comparison ? { comparison } : {}) };
}

/** The first patch after which the whole model differs, by bisection over how many are applied. */
async function findCulprit(
  job: Job,
  bans: ReadonlyMap<string, Ban>,
  run: Attempt,
  reference: Reference,
  session: VerifySession,
): Promise<Firing> {
  let [good, bad] = [0, run.firings.length];
  const untouched = job.attempt(bans, { capture: false, stopAfter: 0 });
  const { failure } = await compareWhole(untouched.model, reference, session, job.wholeOptions(untouched));
  if (failure !== null)
    throw new UserError(`The model is another function before any rewrite: ${failure}.`, ['Leave --opset out, or choose a lower one.']);
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    session.options.progress?.(`looking for the rewrite that changes the model: ${bad - good} left`);
    const part = job.attempt(bans, { capture: false, stopAfter: middle });
    const verdict = await compareWhole(part.model, reference, session, job.wholeOptions(part));
    if (verdict.failure === null) good = middle;
    else bad = middle;
  }
  return run.firings[bad - 1] as Firing;
}

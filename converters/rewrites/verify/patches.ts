import type { NamedArrays } from '../../../models/contracts/index.ts';
import type { Model } from '../../../models/graph/index.ts';
import type { Firing } from '../firing.ts';
import { type FeedKind, feedsFor, kindsFor } from './feeds.ts';
import { inputName, mergedModel } from './merged-model.ts';
import type { VerifySession } from './session.ts';
import { Trial, type Verdict } from './trial.ts';

/** Most elements fed to one model at once, and to one patch at all: what is larger is left to the run of the whole model. */
const BATCH_ELEMENTS = 1 << 22;
const MOST_ELEMENTS = 1 << 24;
const BATCH_PARTS = 64;
/** Sizes of open dimensions that a full verification runs. */
const FULL_ROUNDS = 3;

/**
 * Runs both sides of every firing that could be cut out, many in one model, and holds the error against the exactness class. Undefined: it
 * could not be cut out, or the runtime does not take the old side. Open dimensions are bound to several sizes until the old side runs.
 */
export async function verifyFirings(firings: readonly Firing[], model: Model, session: VerifySession): Promise<(Verdict | undefined)[]> {
  const trials = firings.flatMap((firing, index) => (firing.cutOut ? [new Trial(firing, firing.cutOut, index)] : []));
  const rounds = session.options.level === 'full' ? FULL_ROUNDS : 1;
  const kinds = kindsFor(session.options.level);
  for (;;) {
    const open = trials.filter((trial) => trial.next(rounds) && trial.elements <= MOST_ELEMENTS);
    if (open.length === 0) break;
    for (const batch of batches(open)) {
      session.options.progress?.(`verifying ${batch.length} of ${trials.length} rewritten places`);
      if (!(await runTogether(batch, model, session, kinds))) for (const trial of batch) await runAlone(trial, model, session, kinds);
    }
  }
  const verdicts: (Verdict | undefined)[] = firings.map(() => undefined);
  for (const trial of trials) verdicts[trial.index] = trial.verdict(session.evidence);
  return verdicts;
}

/** Runs trials in one model; false when the runtime refuses it. */
async function runTogether(trials: readonly Trial[], model: Model, session: VerifySession, kinds: readonly FeedKind[]): Promise<boolean> {
  const outputs = await runSides(trials, model, session, kinds, ['before', 'after']);
  if ('failed' in outputs) return false;
  for (const [p, trial] of trials.entries()) trial.take(outputs, p);
  return true;
}

/** Runs one trial by itself. When that fails although the old side runs alone, the patch has broken it. */
async function runAlone(trial: Trial, model: Model, session: VerifySession, kinds: readonly FeedKind[]): Promise<void> {
  const both = await runSides([trial], model, session, kinds, ['before', 'after']);
  if (!('failed' in both)) return trial.take(both, 0);
  const before = await runSides([trial], model, session, kinds, ['before']);
  if (!('failed' in before)) trial.failure = `the runtime refuses the new nodes: ${both.failed}`;
}

async function runSides(
  trials: readonly Trial[],
  model: Model,
  session: VerifySession,
  kinds: readonly FeedKind[],
  sides: readonly ('before' | 'after')[],
): Promise<readonly NamedArrays[] | { readonly failed: string }> {
  const parts = trials.map((trial) => trial.part);
  const path = await session.write(mergedModel(parts, model, sides));
  const fed = trials.map((trial) => feedsFor(trial.current, kinds, session.options.seed));
  const feeds = kinds.map(
    (_, k) => new Map(fed.flatMap((feed, p) => [...(feed[k] as NamedArrays)].map(([name, array]) => [inputName(p, name), array] as const))),
  );
  return session.run(path, feeds);
}

function batches(trials: readonly Trial[]): Trial[][] {
  const out: Trial[][] = [];
  let room = 0;
  for (const trial of trials) {
    const elements = trial.elements;
    if (room < elements || (out.at(-1)?.length ?? BATCH_PARTS) >= BATCH_PARTS) {
      out.push([]);
      room = BATCH_ELEMENTS;
    }
    out.at(-1)?.push(trial);
    room -= elements;
  }
  return out;
}

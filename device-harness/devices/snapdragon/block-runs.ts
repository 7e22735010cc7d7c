import type { TimedPart, WarmUpRule } from '../../method/block-rules.ts';
import { WarmUp } from '../../method/warm-up.ts';
import type { ExecuteTimes } from './profile/figures.ts';

/** Inferences of one launch: the first, those of the warm-up, and the timed ones. */
export interface PlannedRuns {
  readonly warmUp: number;
  readonly timed: number;
  readonly total: number;
}

/** Room for a warm-up that takes longer than the shortest that the rule allows. */
const WARM_UP_ROOM = 1.5;

/** How often a model that takes `msEach` is to run so that the rules are met; the tool on the phone takes a number, not a rule. */
export function planRuns(msEach: number, warmUp: WarmUpRule, timed: TimedPart): PlannedRuns {
  const each = Math.max(msEach, 1e-3);
  const within = (maxMs: number): number => Math.max(1, Math.floor(maxMs / each));
  const runs = Math.min(Math.max(timed.minRuns, Math.ceil(timed.minMs / each)), timed.maxRuns, within(timed.maxMs));
  const warm = Math.min(Math.ceil(WARM_UP_ROOM * Math.max(warmUp.minRuns, 6, Math.ceil(warmUp.minMs / each))), within(warmUp.maxMs));
  return { warmUp: warm, timed: runs, total: 1 + warm + runs };
}

/** One launch's times, apart. */
export interface SplitTimes {
  readonly firstMs: number;
  readonly warmup: { readonly runs: number; readonly stable: boolean };
  readonly samples: readonly number[];
}

/**
 * Leaves the first inference and the warm-up out of the times of a launch. The warm-up ends by the same rule as on the host, looked at afterwards, and
 * at the latest where `timed` inferences are left.
 */
export function splitTimes(times: readonly number[], rule: WarmUpRule, timed: number): SplitTimes {
  const [firstMs = 0, ...rest] = times;
  const latest = Math.max(0, rest.length - timed);
  const warmUp = new WarmUp(rule);
  let state: ReturnType<WarmUp['add']> = 'go on';
  while (state === 'go on' && warmUp.runs < latest) state = warmUp.add(rest[warmUp.runs] as number);
  return { firstMs, warmup: { runs: warmUp.runs, stable: state === 'stable' }, samples: rest.slice(warmUp.runs) };
}

/** Mean of a launch, and how many inferences it is the mean of. */
export interface LaunchMean {
  readonly runs: number;
  readonly meanMs: number;
}

/**
 * Mean without what the start of a process costs, where the tool says means of whole launches only: the slope between a short launch and a long
 * one, (N·a − n·b) / (N − n). What every start adds is in both and cancels. Null where the two contradict one another: a slope below the
 * shortest time that was seen.
 */
export function meanWithoutStart(long: LaunchMean, short: LaunchMean, leastMs: number | null): LaunchMean | null {
  const runs = long.runs - short.runs;
  if (runs < short.runs) return null;
  const meanMs = (long.runs * long.meanMs - short.runs * short.meanMs) / runs;
  return meanMs > 0 && meanMs >= (leastMs ?? 0) ? { runs, meanMs } : null;
}

/** What one inference takes, judged by a short launch: the median of its later half where it is known one by one. */
export function estimateEach({ each, meanMs, minMs }: ExecuteTimes): number {
  if (!each) return minMs ?? meanMs;
  const late = [...each.slice(Math.floor(each.length / 2))].sort((a, b) => a - b);
  return late[Math.floor(late.length / 2)] ?? meanMs;
}

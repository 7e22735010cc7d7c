import { timedPartIsOver, WarmUp } from '../../../../device-harness/method/warm-up.ts';
import { quantile } from '../../../../device-harness/method/stats/index.ts';
import { BLOCK_PROFILES, type TimedPart, type WarmUpRule } from '../../../../device-harness/method/block-rules.ts';
import { Prng } from '../../../../models/run/prng.ts';

interface WarmUpCase {
  readonly rule: WarmUpRule;
  readonly times: readonly number[];
  /** After each run. */
  readonly states: readonly string[];
}

/** What the host's method decides on series that test its corners; the runner has to decide the same. */
export function methodCases(): { warmUp: WarmUpCase[]; timed: unknown[]; quantiles: unknown[] } {
  return { warmUp: warmUpCases(), timed: timedCases(), quantiles: quantileCases() };
}

const SHORT: WarmUpRule = { minRuns: 10, minMs: 100, maxMs: 2000, tolerance: 0.04 };
const TINY: WarmUpRule = { minRuns: 1, minMs: 0, maxMs: 60, tolerance: 0.25 };

function warmUpCases(): WarmUpCase[] {
  const prng = new Prng(7);
  const noise = Array.from({ length: 300 }, () => 10 * Math.exp(0.03 * prng.normal()) * (prng.uniform() < 0.05 ? 3 : 1));
  const series: readonly ((run: number) => number)[] = [
    () => 10, () => 0.5, (i) => 5 * (1 + Math.exp(-i / 60)), (i) => (i < 8 ? 30 : 10), (i) => 10 * 1.02 ** i, (i) => (i === 0 ? 200 : 0), (i) => noise[i % 300] as number,
    (i) => (i % 2 ? 10 : 10.4), (i) => (i % 2 ? 10 : 10.40001), (i) => 100 / (i + 1) ** 0.3,
  ];
  return [SHORT, TINY, BLOCK_PROFILES.quick.warmUp].flatMap((rule) => series.map((ms) => decide(rule, ms)));
}

function decide(rule: WarmUpRule, ms: (run: number) => number): WarmUpCase {
  const warmUp = new WarmUp(rule);
  const times: number[] = [];
  const states: string[] = [];
  do {
    times.push(ms(times.length));
    states.push(warmUp.add(times.at(-1) as number));
  } while (states.at(-1) === 'go on');
  return { rule, times, states };
}

function timedCases(): unknown[] {
  const part: TimedPart = { minRuns: 10, minMs: 100, maxRuns: 50, maxMs: 1000 };
  const points = [0, 1, 9, 10, 49, 50, 51].flatMap((runs) => [0, 99.999, 100, 999.5, 1000].map((ms) => ({ runs, ms })));
  return points.map(({ runs, ms }) => ({ part, runs, ms, over: timedPartIsOver(runs, ms, part) }));
}

function quantileCases(): unknown[] {
  const prng = new Prng(11);
  const lists = [[1], [2, 1], [3, 1, 2], [1, 1, 1, 1], [0, -5, 1e300, 1e-300], ...[10, 37, 100].map((n) => Array.from({ length: n }, () => prng.normal()))];
  return lists.flatMap((values) => [0, 0.1, 0.25, 0.5, 0.9, 0.99, 1].map((q) => ({ values, q, quantile: quantile(values, q) })));
}

import { type Interval, limitVerdict, pairedRatio, twoSided, type Verdict } from '../../device-harness/method/stats/index.ts';
import { formatChange, formatValue } from '../model/format.ts';
import type { GateStatus } from '../model/report.ts';
import { checkBudget, lossOf, welchRatio } from '../stats/index.ts';
import type { Limit } from './limits.ts';
import { centerOf, type MetricValue } from './metrics.ts';

/** What a limit says of a value, before the level turns `failed` into `warn`. */
export interface Decision {
  readonly status: Exclude<GateStatus, 'warn'>;
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly base: number | null;
  readonly n: number;
  readonly message: string;
}

export interface Confidence {
  /** One-sided. */
  readonly confidence: number;
  /**
   * Standard deviation of the log median over sessions of the device; null where nobody measured it: a stored baseline then fails
   * nothing.
   */
  readonly sessionSpread: number | null;
}

/** A base to compare with: from the same run (pairs of blocks) or from a file. */
export interface Base {
  readonly value: MetricValue;
  readonly stored: boolean;
}

/** Holds a value against an absolute bound. Noisy values by the one-sided interval of their blocks, exact ones by comparison. */
export function decideAbsolute(value: MetricValue, limit: Limit, { confidence }: Confidence): Decision {
  if (!value.noisy) return exact(value, centerOf(value), limit.kind === 'min' ? -limit.bound.value : limit.bound.value, limit, null);
  const short = tooFew(value, limit);
  if (short) return short;
  const budget = checkBudget(value.values, limit.bound.value, confidence);
  return noisy(budget.verdict, budget.value, null, (x) => formatValue(x, value.dimension));
}

/** Holds the change against a relative bound. */
export function decideRelative(value: MetricValue, base: Base, limit: Limit, { confidence, sessionSpread }: Confidence): Decision {
  const from = centerOf(base.value);
  if (!value.noisy) {
    if (limit.kind === 'maxDrop') return drop(value, from, limit.bound.value);
    return exact(value, centerOf(value), from * (1 + limit.bound.value / 100), limit, from);
  }
  const short = tooFew(value, limit) ?? tooFew(base.value, limit);
  if (short) return { ...short, base: from };
  const level = twoSided(confidence);
  const pairs = pairUp(base.value, value);
  if (!base.stored && pairs.base.length < limit.minBlocks) return { ...tooFewBlocks(pairs.base.length, limit, value), base: from };
  const compared = base.stored ? base.value.values : pairs.base;
  const mean = geometricMean(compared);
  const ratio = base.stored
    ? welchRatio(base.value.values, value.values, level, sessionSpread ?? 0)
    : pairedRatio(pairs.base, pairs.candidate, level);
  const verdict = limitVerdict(ratio, 1 + limit.bound.value / 100);
  const unsure = base.stored && sessionSpread === null && verdict === 'regressed';
  const decision = noisy(
    unsure ? 'inconclusive' : verdict,
    unsure ? { ...ratio, warnings: [...ratio.warnings, UNKNOWN_SPREAD] } : ratio,
    mean,
    formatChange,
  );
  return { ...decision, value: ratio.center * mean, low: scaled(ratio.low, mean), high: scaled(ratio.high, mean) };
}

const UNKNOWN_SPREAD = 'how far sessions of this device lie apart is not known: set sessionSpread, or measure both in one run';

/** Held against the largest loss, whichever values are good. */
function drop(value: MetricValue, from: number, allowed: number): Decision {
  const now = centerOf(value);
  const tolerance = 1e-9 * Math.max(1, Math.abs(from));
  return {
    status: lossOf(from, now, value.better) <= allowed + tolerance ? 'ok' : 'failed', value: now, low: null, high: null, base: from, n: 1,
    message: `${formatValue(from, value.dimension)} → ${formatValue(now, value.dimension)}`,
  };
}

function exact(value: MetricValue, now: number, bound: number, limit: Limit, base: number | null): Decision {
  const sign = limit.kind === 'min' ? -1 : 1;
  const tolerance = 1e-9 * Math.max(1, Math.abs(bound));
  const text = formatValue(now, value.dimension);
  return {
    status: sign * now <= bound + tolerance ? 'ok' : 'failed', value: now, low: null, high: null, base, n: 1,
    message: base === null ? text : `${formatValue(base, value.dimension)} → ${text}`,
  };
}

function noisy(verdict: Verdict, interval: Interval, base: number | null, format: (x: number) => string): Decision {
  const finite = (x: number): number | null => (Number.isFinite(x) ? x : null);
  const range = Number.isFinite(interval.high) ? `${Math.round(100 * interval.confidence)} % interval ${format(interval.low)} to ${format(interval.high)}` : 'interval open';
  const notes = [`n = ${interval.n}`, ...interval.warnings];
  return {
    status: verdict === 'regressed' ? 'failed' : verdict,
    value: interval.center,
    low: finite(interval.low),
    high: finite(interval.high),
    base,
    n: interval.n,
    message: `${format(interval.center)} (${range}, ${notes.join('; ')})`,
  };
}

function tooFew(value: MetricValue, limit: Limit): Decision | null {
  return value.values.length < limit.minBlocks ? tooFewBlocks(value.values.length, limit, value) : null;
}

function tooFewBlocks(n: number, limit: Limit, value: MetricValue): Decision {
  const now = value.values.length > 0 ? centerOf(value) : null;
  return {
    status: 'inconclusive',
    value: now,
    low: null,
    high: null,
    base: null,
    n,
    message: `${n} ${n === 1 ? 'block' : 'blocks'}: need ≥ ${limit.minBlocks}`,
  };
}

/** Values of the rounds that both have; by position where blocks know no rounds. */
function pairUp(base: MetricValue, candidate: MetricValue): { base: number[]; candidate: number[] } {
  const partners = new Map(base.values.map((value, i) => [base.rounds[i] ?? i, value]));
  const pairs = candidate.values.flatMap((value, i): [number, number][] => {
    const partner = partners.get(candidate.rounds[i] ?? i);
    return partner === undefined ? [] : [[partner, value]];
  });
  return { base: pairs.map(([value]) => value), candidate: pairs.map(([, value]) => value) };
}

/** What the ratios are ratios of, so that value, limit and change of a verdict agree. */
function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

function scaled(ratio: number, base: number): number | null {
  return Number.isFinite(ratio) ? ratio * base : null;
}

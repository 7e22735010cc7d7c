import { direction, type Interval } from '../../device-harness/method/stats/index.ts';
import type { Evidence } from '../../models/contracts/evidence.ts';
import type { Report } from '../model/report.ts';
import { welchRatio } from '../stats/compare-baseline.ts';
import { lossOf } from '../stats/quality-drop.ts';
import { differences, toolDrift } from './baseline.ts';
import { centerOf, keyOf, type MetricName, type MetricValue, metricsOf } from './metrics.ts';
import type { Dimension } from './quantity.ts';

/** One value of two runs. */
export interface ComparedValue {
  readonly metric: MetricName;
  readonly variant: string;
  readonly device: string | null;
  readonly unit: string | null;
  readonly protocol: string | null;
  readonly dataset: string | null;
  /** Part of the data set; null: all of it. */
  readonly tag: string | null;
  readonly dimension: Dimension;
  readonly evidence: Evidence;
  readonly before: number;
  readonly now: number;
  /** Of noisy values now / before, with its 95 % interval; null for exact ones. Two sessions: it says nothing of how far those lie apart. */
  readonly ratio: Interval | null;
  readonly direction: 'better' | 'worse' | '~';
  /** Conditions and tools in which the two differ, in words: then the difference need not be the model's. */
  readonly unlike: readonly string[];
}

export interface ComparedRuns {
  readonly values: readonly ComparedValue[];
  /** Values that only one of them has, as `latency of htp-w8a8 on host cpu:1`. */
  readonly onlyBefore: readonly string[];
  readonly onlyNow: readonly string[];
}

/** Every value that both runs have, side by side. Times of two sessions are compared by Welch's interval of their block medians. */
export function compareRuns(before: Report, now: Report): ComparedRuns {
  const [old, fresh] = [metricsOf(before), metricsOf(now)].map((values) => new Map(values.filter(({ values: own }) => own.length > 0).map((value) => [keyOf(value), value]))) as [Map<string, MetricValue>, Map<string, MetricValue>];
  return {
    values: [...fresh].flatMap(([key, value]) => {
      const earlier = old.get(key);
      return earlier ? [compared(earlier, value)] : [];
    }),
    onlyBefore: [...old].filter(([key]) => !fresh.has(key)).map(([, value]) => nameOf(value)),
    onlyNow: [...fresh].filter(([key]) => !old.has(key)).map(([, value]) => nameOf(value)),
  };
}

function compared(before: MetricValue, now: MetricValue): ComparedValue {
  const { metric, variant, device, unit, protocol, dataset, dimension, evidence, better } = now;
  const ratio = now.noisy ? welchRatio(before.values, now.values, 0.95, 0) : null;
  const entry = { ...before, values: [...before.values], margin: 0 };
  const drift = toolDrift(entry, now);
  return {
    metric, variant, device, unit, protocol, dataset, tag: now.tag ?? null, dimension, evidence, before: centerOf(before), now: centerOf(now), ratio,
    direction: ratio ? direction(ratio) : exactDirection(centerOf(before), centerOf(now), better), unlike: [...differences(entry, now), ...(drift === null ? [] : [drift])],
  };
}

/** Of values without noise: equal within rounding of their text, or better, or worse. */
export function exactDirection(before: number, now: number, better: MetricValue['better']): ComparedValue['direction'] {
  if (Math.abs(now - before) <= 1e-9 * Math.max(Math.abs(before), Math.abs(now))) return '~';
  return lossOf(before, now, better) < 0 ? 'better' : 'worse';
}

function nameOf({ metric, variant, device, unit, protocol, tag }: MetricValue): string {
  const place = [device, unit].filter((part) => part !== null).join(' ');
  return `${protocol ?? metric}${tag ? `#${tag}` : ''} of ${variant}${place === '' ? '' : ` on ${place}`}`;
}

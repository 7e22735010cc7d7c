import { type Evidence, UserError } from '../../models/contracts/index.ts';
import type { Budgets, Gate, QualityGate } from './budgets-schema.ts';
import type { MetricName, MetricValue, Stat } from './metrics.ts';
import { type Dimension, parseQuantity, type Quantity } from './quantity.ts';
import { fits, formatPattern, type Pattern } from './selector.ts';

/** One thing that a gate asks: a metric of some subjects and a bound. */
export interface Limit {
  readonly metric: MetricName;
  readonly kind: 'max' | 'min' | 'maxIncrease' | 'maxDrop';
  readonly bound: Quantity;
  /** Variant to compare with; null: the baseline file. Absolute bounds ignore it. */
  readonly vs: string | null;
  readonly stat: Stat;
  readonly level: 'error' | 'warn';
  readonly require: Evidence | null;
  readonly minBlocks: number;
  readonly applies: (value: MetricValue) => boolean;
  /** What it was meant for, in words, where nothing matches. */
  readonly meant: string;
}

/** Blocks that a verdict on noisy values needs where nothing else is said. */
export const MIN_BLOCKS = 3;

const METRIC_DIMENSIONS: Readonly<Record<Exclude<MetricName, 'quality'>, Dimension>> = {
  latency: 'ms', load: 'ms', first: 'ms', memory: 'bytes', size: 'bytes', nodes: 'count', macs: 'count', parameters: 'count', rank: 'count', offUnit: 'count',
  cpuNodes: 'count', segments: 'count', ddr: 'bytes', ddrRead: 'bytes', ddrWrite: 'bytes', spill: 'bytes', fill: 'bytes', context: 'bytes',
};

/** The limits of a budgets file in its order; those that are off are left out. */
export function limitsOf(budgets: Budgets): Limit[] {
  return budgets.gates.flatMap((gate) => [
    ...(Object.keys(METRIC_DIMENSIONS) as (keyof typeof METRIC_DIMENSIONS)[]).flatMap((metric) => metricLimits(gate, metric, budgets)),
    ...[gate.quality ?? []].flat().flatMap(withPlaces).flatMap((quality) => qualityLimits(gate, quality, budgets)),
  ]);
}

function metricLimits(gate: Gate, metric: keyof typeof METRIC_DIMENSIONS, budgets: Budgets): Limit[] {
  const stated = gate[metric];
  if (!stated) return [];
  const common = limitOf(gate, metric, stated, budgets, 'stat' in stated ? (stated.stat ?? 'median') : 'median', {});
  if (!common) return [];
  return [
    ...(stated.max === undefined
      ? []
      : [{ ...common, kind: 'max', bound: parseQuantity(stated.max, [METRIC_DIMENSIONS[metric]]) } as const]),
    ...(stated.maxIncrease === undefined
      ? []
      : [{ ...common, kind: 'maxIncrease', bound: parseQuantity(stated.maxIncrease, ['%']) } as const]),
  ];
}

function qualityLimits(gate: Gate, quality: QualityGate, budgets: Budgets): Limit[] {
  const common = limitOf(gate, 'quality', quality, budgets, 'median', { protocol: quality.metric, dataset: quality.dataset, tag: quality.tag });
  if (!common) return [];
  const levels: Dimension[] = ['dB', 'similarity'];
  return [
    ...(quality.min === undefined ? [] : [{ ...common, kind: 'min', bound: parseQuantity(quality.min, levels) } as const]),
    ...(quality.max === undefined ? [] : [{ ...common, kind: 'max', bound: parseQuantity(quality.max, levels) } as const]),
    ...(quality.maxDrop === undefined ? [] : [{ ...common, kind: 'maxDrop', bound: parseQuantity(quality.maxDrop, levels) } as const]),
  ];
}

/** `psnr:y:*@kodak#night`: the data set and tag that a name holds, each name on its own where one does. Throws UserError where they are said twice. */
function withPlaces(quality: QualityGate): QualityGate[] {
  const names = [quality.metric ?? []].flat();
  if (!names.some((name) => /[@#]/.test(name))) return [quality];
  return names.map((name) => {
    const { metric, dataset, tag } = /^(?<metric>[^@#]*)(?:@(?<dataset>[^#]*))?(?:#(?<tag>.*))?$/s.exec(name)?.groups ?? {};
    if ((dataset !== undefined && quality.dataset !== undefined) || (tag !== undefined && quality.tag !== undefined)) {
      throw new UserError(`The quality gate ${name} says its data set or tag twice.`, ['Leave "dataset" and "tag" out, or take them from the name.']);
    }
    const { metric: _, ...rest } = quality;
    return { ...rest, ...(metric ? { metric } : {}), ...(dataset ? { dataset } : {}), ...(tag ? { tag } : {}) };
  });
}

type Common = Omit<Limit, 'kind' | 'bound'>;

function limitOf(
  gate: Gate, metric: MetricName, stated: { level?: Gate['level']; vs?: string | undefined }, budgets: Budgets, stat: Stat,
  more: { readonly protocol?: Pattern; readonly dataset?: Pattern; readonly tag?: Pattern },
): Common | null {
  const level = stated.level ?? gate.level ?? 'error';
  if (level === 'off') return null;
  const patterns = { variant: gate.variant, model: gate.model, target: gate.target, device: gate.device, unit: gate.unit, ...more };
  const keys = Object.keys(patterns) as (keyof typeof patterns)[];
  const asked = keys.flatMap((key) => (patterns[key] === undefined ? [] : [`${key} ${formatPattern(patterns[key])}`]));
  return {
    metric, vs: stated.vs ?? null, stat, level, require: gate.require === 'measured' ? 'measured(device)' : (gate.require ?? null),
    minBlocks: gate.minBlocks ?? budgets.minBlocks ?? MIN_BLOCKS,
    applies: (value) => value.metric === metric && (patterns.tag !== undefined || (value.tag ?? null) === null)
      && keys.every((key) => knowsNothingOf(value, key) || fits(patterns[key], value[key] ?? null)),
    meant: asked.length > 0 ? asked.join(', ') : 'anything',
  };
}

/** Sizes and counts have no device: a gate for one device still holds their variant to them. */
function knowsNothingOf(value: MetricValue, key: keyof MetricValue): boolean {
  return (key === 'device' || key === 'unit') && value[key] === null;
}

import type { Budgets } from './budgets-schema.ts';
import { limitsOf } from './limits.ts';
import type { MetricValue } from './metrics.ts';

/**
 * The increase of latency that gates allow one variant over another on a device, as a share: 0.05 for 5 %. `base` null: over the
 * same variant of the model as it was before. The tightest one; null where no gate compares the two. A benchmark measures until such a gate is decided.
 */
export function pairBudget(budgets: Budgets, candidate: Pick<MetricValue, 'variant' | 'model' | 'target' | 'device'>, units: readonly string[], base: string | null): number | null {
  const limits = limitsOf(budgets).filter(({ kind, metric, vs, applies }) =>
    kind === 'maxIncrease' && metric === 'latency' && vs === base && units.some((unit) => applies({ ...LATENCY, ...candidate, unit })));
  return limits.length === 0 ? null : Math.min(...limits.map(({ bound }) => bound.value / 100));
}

const LATENCY: MetricValue = {
  metric: 'latency', variant: '', model: null, target: null, device: null, deviceClass: null, baselineDevice: null, unit: null, protocol: null, dataset: null, dimension: 'ms', better: 'lower', values: [], rounds: [], noisy: true,
  evidence: 'measured(device)', like: {},
};

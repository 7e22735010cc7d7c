import type { DynoEvent } from '../../models/contracts/events.ts';
import { healthFigures } from './health.ts';
import { type BlockSeries, type HealthState, KEPT, type UiState } from './ui-state.ts';

type BlockEvent = Extract<DynoEvent, { readonly type: 'block' }>;

/** A block more: its median joins the series, its samples are the device's last ones. */
export function withBlock(state: UiState, { id, device, variant, unit, block }: BlockEvent): UiState {
  const here = { step: id, device, variant, unit };
  const last = { ...here, samples: block.samples.slice(-KEPT.samples), count: block.samples.length };
  return {
    ...state,
    series: withMedian(state.series, here, median(block.samples)),
    lastBlocks: [...state.lastBlocks.filter((other) => other.step !== id || other.device !== device), last],
  };
}

/** What a device says of itself, if it says anything. */
export function withHealth(state: UiState, device: string, text: string | null): UiState {
  if (text === null) return state;
  const known = state.health.find((one) => one.device === device);
  if (known?.text === text) return state;
  const { celsius, chargePercent } = healthFigures(text);
  const more = (values: readonly number[], value: number | null): readonly number[] => (value === null ? values : [...values.slice(-(KEPT.health - 1)), value]);
  const now: HealthState = { device, text, celsius: more(known?.celsius ?? [], celsius), chargePercent: more(known?.chargePercent ?? [], chargePercent) };
  return { ...state, health: known ? state.health.map((one) => (one === known ? now : one)) : [...state.health, now] };
}

function withMedian(series: readonly BlockSeries[], where: Omit<BlockSeries, 'medians'>, ms: number): BlockSeries[] {
  const at = series.findIndex((s) => s.step === where.step && s.device === where.device && s.variant === where.variant && s.unit === where.unit);
  const known = series[at];
  return known ? series.with(at, { ...known, medians: [...known.medians.slice(-(KEPT.medians - 1)), ms] }) : [...series, { ...where, medians: [ms] }];
}

/** Middle of the samples; the mean of the middle two where their number is even, NaN where there are none. */
export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2;
}

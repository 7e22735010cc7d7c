import { direction, type Interval, logMeanInterval } from '../../device-harness/method/stats/index.ts';
import type { Evidence } from '../../models/contracts/evidence.ts';
import { exactDirection } from '../gate/compare-runs.ts';
import { centerOf, type MetricName, type MetricValue, metricsOf } from '../gate/metrics.ts';
import type { Dimension } from '../gate/quantity.ts';
import type { Report } from '../model/report.ts';
import { welchRatio } from '../stats/compare-baseline.ts';
import { type Condition, differingConditions } from './conditions.ts';

/** What the columns of a comparison are: runs, systems, versions of vendors' tools, or classes of devices. */
export type Axis = 'run' | 'system' | 'sdk' | 'device';

/** Several runs, value by value. The first column is what the others are compared with. */
export interface ManyRuns {
  readonly axis: Axis;
  readonly runs: readonly { readonly id: string; readonly title: string; readonly startedAt: string }[];
  /** In the order of their first run. */
  readonly columns: readonly string[];
  /** Conditions in which the runs differ, values in the order of `runs`. */
  readonly conditions: readonly Condition[];
  readonly rows: readonly ManyRow[];
}

export interface ManyRow {
  readonly metric: MetricName;
  readonly variant: string;
  /** Device, or its class where columns are systems or tools; null where the column says it, or the value is the same on any. */
  readonly device: string | null;
  readonly unit: string | null;
  readonly protocol: string | null;
  readonly dataset: string | null;
  readonly dimension: Dimension;
  /** By column; null where no run has the value there. */
  readonly cells: readonly (ManyCell | null)[];
}

export interface ManyCell {
  readonly value: number;
  /** Of noisy values, the 95 % interval of their blocks; null for exact ones. */
  readonly low: number | null;
  readonly high: number | null;
  readonly evidence: Evidence;
  /** Runs that have the value in this column; the latest one is shown. */
  readonly runs: number;
  /** Over the first cell of the row; null in that one. */
  readonly change: { readonly ratio: number | null; readonly difference: number; readonly low: number | null; readonly high: number | null; readonly direction: 'better' | 'worse' | '~' } | null;
}

/**
 * Every value of several reports, oldest run first. Sessions lie further apart than the intervals of their blocks say: changes of times between
 * columns hold for these sessions. Sizes and other figures of files have no system, tools or device: they are there between runs only.
 */
export function compareMany(reports: readonly Report[], axis: Axis): ManyRuns {
  const sorted = [...reports].sort((a, b) => a.run.startedAt.localeCompare(b.run.startedAt));
  const columns: string[] = [];
  const rows = new Map<string, { value: MetricValue; device: string | null; found: Map<string, MetricValue[]> }>();
  for (const report of sorted)
    for (const value of metricsOf(report).filter(({ values, device }) => values.length > 0 && (axis === 'run' || device !== null))) {
      const column = columnOf(axis, value, report);
      if (!columns.includes(column)) columns.push(column);
      const device = placeOf(axis, value, report);
      const key = JSON.stringify([value.metric, value.variant, device, value.unit, value.protocol, value.dataset, value.tag ?? null]);
      const row = rows.get(key) ?? { value, device, found: new Map() };
      row.found.set(column, [...(row.found.get(column) ?? []), value]);
      rows.set(key, row);
    }
  return {
    axis, runs: sorted.map(({ run }) => ({ id: run.id, title: run.title, startedAt: run.startedAt })), columns, conditions: differingConditions(sorted),
    rows: [...rows.values()].sort((a, b) => rankOf(a.value) - rankOf(b.value)).map(({ value: { metric, variant, unit, protocol, dataset, dimension }, device, found }) => ({
      metric, variant, device, unit, protocol, dataset, dimension, cells: cellsOf(columns, found),
    })),
  };
}

/** What a reader asks for first; the rest stands in between, in the order of the reports. */
const [FIRST, LAST] = [['latency', 'quality'], ['load', 'first', 'memory']] as const satisfies readonly (readonly MetricName[])[];

function rankOf({ metric }: MetricValue): number {
  const [first, last] = [(FIRST as readonly string[]).indexOf(metric), (LAST as readonly string[]).indexOf(metric)];
  return first >= 0 ? first : last >= 0 ? FIRST.length + 1 + last : FIRST.length;
}

function columnOf(axis: Axis, value: MetricValue, { run, environment, devices = [] }: Report): string {
  const device = devices.find((one) => one.device === value.device);
  switch (axis) {
    case 'run': return run.id;
    case 'system': return device?.system ?? environment.os;
    case 'sdk': return versionsText([value.tools, device?.tools, environment.libraries].find((tools) => tools && Object.keys(tools).length > 0) ?? {});
    default: return value.deviceClass ?? value.device ?? 'any';
  }
}

/** What a row stands for besides its column: the device itself between runs, its chip between systems and tools. */
function placeOf(axis: Axis, { device }: MetricValue, { devices = [] }: Report): string | null {
  if (axis === 'device') return null;
  return axis === 'run' ? device : (devices.find((one) => one.device === device)?.chip ?? device);
}

function versionsText(tools: Readonly<Record<string, string>>): string {
  const entries = Object.entries(tools).map(([name, version]) => `${name === 'qairt' ? 'QAIRT' : name} ${version}`);
  return entries.length === 0 ? 'no tools' : entries.join(', ');
}

function cellsOf(columns: readonly string[], found: ReadonlyMap<string, readonly MetricValue[]>): (ManyCell | null)[] {
  const first = columns.map((column) => found.get(column)?.at(-1)).find((value) => value !== undefined);
  return columns.map((column) => {
    const values = found.get(column);
    const value = values?.at(-1);
    return value && first ? cellOf(value, values?.length ?? 0, first) : null;
  });
}

function cellOf(value: MetricValue, runs: number, first: MetricValue): ManyCell {
  const interval = value.noisy && value.values.length > 1 ? logMeanInterval(value.values) : null;
  const ratio = value.noisy ? welchRatio(first.values, value.values, 0.95, 0) : null;
  const center = interval?.center ?? centerOf(value);
  return {
    value: center, low: finite(interval?.low), high: finite(interval?.high), evidence: value.evidence, runs,
    change: value === first ? null : { difference: centerOf(value) - centerOf(first), ...(ratio ? changeOf(ratio) : exactChange(first, value)) },
  };
}

type Change = Omit<NonNullable<ManyCell['change']>, 'difference'>;

function exactChange(first: MetricValue, value: MetricValue): Change {
  const [before, now] = [centerOf(first), centerOf(value)];
  return { ratio: before === 0 ? null : now / before, low: null, high: null, direction: exactDirection(before, now, value.better) };
}

function changeOf(ratio: Interval): Change {
  return { ratio: ratio.center, low: finite(ratio.low), high: finite(ratio.high), direction: direction(ratio) };
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}

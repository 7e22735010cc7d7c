import { z } from 'zod';
import { EVIDENCE, UserError } from '../../models/contracts/index.ts';
import type { Report } from '../model/report.ts';
import { type MetricName, type MetricValue, metricsOf, placeOf } from './metrics.ts';

const BASELINE_VERSION = 2;

const METRICS = [
  'latency',
  'load',
  'first',
  'memory',
  'size',
  'nodes',
  'macs',
  'parameters',
  'rank',
  'offUnit',
  'cpuNodes',
  'segments',
  'ddr',
  'ddrRead',
  'ddrWrite',
  'spill',
  'fill',
  'context',
  'quality',
] as const satisfies readonly MetricName[];
const name = z.string().nullable();

const entrySchema = z.object({
  metric: z.enum(METRICS),
  variant: z.string(),
  model: name,
  target: name,
  device: name,
  deviceClass: name.describe('Kind of machine that the value holds for; null: any.'),
  baselineDevice: name,
  unit: name,
  protocol: name,
  dataset: name,
  tag: name.optional(),
  dimension: z.enum(['ms', 'bytes', 'dB', '%', 'similarity', 'count']),
  better: z.enum(['lower', 'higher', 'one']),
  values: z.array(z.number()).min(1).readonly(),
  rounds: z.array(z.number().nullable()).readonly(),
  noisy: z.boolean(),
  evidence: z.enum(EVIDENCE),
  like: z.record(z.string(), z.string()),
  tools: z.record(z.string(), z.string()).optional(),
  margin: z.number().min(0).describe('Allowed worsening: percent, or the value’s own unit for quality.'),
});

export const baselineSchema = z.object({
  baselineVersion: z.literal(BASELINE_VERSION),
  writtenAt: z.string(),
  run: z.string(),
  dyno: z.string(),
  entries: z.array(entrySchema).readonly(),
});

/** What a run was like, kept to hold later runs against. */
export type Baseline = z.infer<typeof baselineSchema>;
export type BaselineEntry = Baseline['entries'][number];

/** Worsening that `--update` allows by default: percent, or dB and similarity for quality. Zero: must not get worse at all. */
export const MARGINS: Readonly<Record<MetricName, number>> = {
  latency: 5, load: 25, first: 25, memory: 10, size: 0, nodes: 0, macs: 0, parameters: 0, rank: 0, offUnit: 0, quality: 0.01,
  cpuNodes: 0, segments: 0, ddr: 0, ddrRead: 0, ddrWrite: 0, spill: 0, fill: 0, context: 0,
};

/**
 * A baseline of everything that a report measured. `margin` overrides the default of `latency`, in percent. Of an `earlier` baseline the values of classes of
 * machines that took no part in this run are kept.
 */
export function baselineOf(report: Report, margin: number = MARGINS.latency, earlier: Baseline | null = null): Baseline {
  const entries = metricsOf(report)
    .filter((value) => value.values.length > 0)
    .map((value): BaselineEntry => ({ ...value, margin: marginOf(value, margin) }));
  const classes = classesOf(entries);
  const others = (earlier?.entries ?? []).filter((entry) => entry.deviceClass !== null && !classes.includes(entry.deviceClass));
  return {
    baselineVersion: BASELINE_VERSION,
    writtenAt: report.run.finishedAt,
    run: report.run.id,
    dyno: report.environment.dyno,
    entries: [...new Map([...entries, ...others].map((entry) => [placeOf(entry), entry])).values()],
  };
}

/** Classes of machines that values hold for, in order of appearance. */
export function classesOf(values: readonly Pick<MetricValue, 'deviceClass'>[]): string[] {
  return [...new Set(values.map((value) => value.deviceClass))].filter((name) => name !== null);
}

/** Worsening that is allowed of a value where nobody says. What an emulator computes is the same each time: it must not get worse at all. */
export function marginOf({ metric, dimension, evidence }: MetricValue, latency: number): number {
  if (metric === 'latency') return latency;
  if (evidence === 'emulated') return 0;
  return dimension === 'similarity' ? MARGINS.quality / 100 : MARGINS[metric];
}

/** The baseline's value of the same metric and place, or null. */
export function findEntry(baseline: Baseline, value: MetricValue): BaselineEntry | null {
  const place = placeOf(value);
  return baseline.entries.find((entry) => placeOf(entry) === place) ?? null;
}

/** Sentences for every condition in which two values differ, so that comparing them would mean nothing. Empty: like with like. */
export function differences(entry: BaselineEntry, value: MetricValue): string[] {
  const keys = new Set([...Object.keys(entry.like), ...Object.keys(value.like)]);
  return [...keys]
    .sort()
    .flatMap((key) => (entry.like[key] === value.like[key] ? [] : [`${key} was ${shown(entry.like[key])}, is ${shown(value.like[key])}`]));
}

/** Tools of a vendor that differ between two values, in words; null where they are alike. */
export function toolDrift(entry: BaselineEntry, value: MetricValue): string | null {
  const [before, now] = [entry.tools ?? {}, value.tools ?? {}];
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort().filter((name) => before[name] !== now[name]);
  return names.length === 0 ? null : names.map((name) => `${TOOL_NAMES[name] ?? name} ${shown(before[name])} → ${shown(now[name])}`).join(', ');
}

const TOOL_NAMES: Readonly<Record<string, string>> = { qairt: 'QAIRT' };

/** Reads the text of a baseline file. Throws UserError where it is none. */
export function parseBaseline(json: string, path: string): Baseline {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new UserError(`${path} is not JSON: ${(error as Error).message}.`, ['Write it anew with dyno gate --update.'], { cause: error });
  }
  const result = baselineSchema.safeParse(value);
  if (!result.success)
    throw new UserError(`${path} is not a baseline of this dyno:\n${z.prettifyError(result.error)}`, [
      'Write it anew with dyno gate --update.',
    ]);
  return result.data;
}

function shown(text: string | undefined): string {
  if (text === undefined) return 'not stated';
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

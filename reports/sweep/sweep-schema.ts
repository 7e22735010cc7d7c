import { z } from 'zod';
import { EVIDENCE } from '../../models/contracts/evidence.ts';

export const SWEEP_VERSION = 1;

const number = z.number().nullable();

const cell = z.strictObject({
  value: number.describe('In the unit of its column; null where there is none, which `missing` explains.'),
  low: number.optional().describe('Ends of the 95 % interval; null is open.'),
  high: number.optional(),
  evidence: z.enum(EVIDENCE).nullable().describe('How it is known; null where there is no value, and for what others published.'),
  note: z.string().nullable().describe('What has to be known to read it, e.g. what a lower bound leaves out.'),
  missing: z.string().nullable().describe('Why there is no value, in few words: untrained, BSD100 is not here.'),
}).describe('One figure.');

const column = z.strictObject({
  id: z.string().describe('Unique: the name of the figure, its selectors after slashes, and in brackets the axes that are fixed.'),
  source: z.enum(['own', 'published']).describe('Published values are others’, and never mixed with own ones.'),
  figure: z.string().describe('Name in the catalogue, e.g. latency; for published columns theirs.'),
  title: z.string(),
  subtitle: z.string().nullable().describe('What it was taken on, e.g. host cpu:1 or Set5.'),
  unit: z.enum(['', '%', 'dB', 'ms', 'bytes', 'count', '×', 'similarity', 'nodes']).or(z.string()),
  digits: z.number().int().nullable(),
  better: z.enum(['lower', 'higher']).nullable(),
});

const axes = z.strictObject({
  model: z.string(), scale: number, resolution: z.string(), rewrite: z.string(), compress: z.string(), precision: z.string(),
});

const variant = z.strictObject({
  id: z.string(),
  axes,
  input: z.tuple([z.number(), z.number()]).nullable().describe('Height and width that it was measured at; null where it was not built.'),
  output: z.tuple([z.number(), z.number()]).nullable(),
  sha256: z.string().nullable().describe('Of the file that was timed.'),
  untrained: z.string().nullable().describe('What its weights are where nobody trained them.'),
  failed: z.string().nullable().describe('Why it could not be built.'),
  notes: z.array(z.string()),
});

const row = z.strictObject({
  id: z.string(),
  label: z.string().nullable(),
  axes: axes.partial().describe('Values on the axes that are the same in the whole row.'),
  variants: z.array(z.string()).describe('Ids; several where axes lie side by side.'),
  cells: z.record(z.string(), cell).describe('By column id.'),
});

const point = z.strictObject({
  variant: z.string(),
  label: z.string(),
  x: z.number(),
  low: number.describe('Ends of its interval; null is open, x itself is exact.'),
  high: number,
  y: z.number(),
  place: z.enum(['front', 'tied', 'beaten']).describe('front: none is at least as good in both and better in one. tied: one is, but intervals reach one another.'),
});

const pareto = z.strictObject({
  x: column,
  y: column,
  panels: z.array(z.strictObject({
    title: z.string(),
    points: z.array(point),
    without: z.array(z.strictObject({ variant: z.string(), label: z.string(), why: z.string() })).describe('Variants that lack one of the two.'),
  })),
});

/** One table of a sweep: what every rendering takes. */
export const sweepReportSchema = z.strictObject({
  sweepVersion: z.literal(SWEEP_VERSION),
  name: z.string(),
  title: z.string(),
  notes: z.array(z.string()),
  command: z.string(),
  seed: z.number().int(),
  finishedAt: z.string(),
  environment: z.strictObject({
    dyno: z.string(), node: z.string(), os: z.string(), cpu: z.string(), cores: z.number(), memoryBytes: z.number(), libraries: z.record(z.string(), z.string()),
  }),
  rowAxes: z.array(z.string()).describe('Axes that differ between rows, outermost first.'),
  common: axes.partial().describe('Values on the axes that are the same in the whole table.'),
  columns: z.array(column),
  variants: z.array(variant),
  rows: z.array(row),
  pareto: z.array(pareto),
});

export type SweepReport = z.infer<typeof sweepReportSchema>;
export type SweepCell = z.infer<typeof cell>;
export type SweepColumn = z.infer<typeof column>;
export type SweepRow = z.infer<typeof row>;
export type SweepVariant = z.infer<typeof variant>;
export type SweepAxes = z.infer<typeof axes>;
export type ParetoChart = z.infer<typeof pareto>;
export type ParetoPoint = z.infer<typeof point>;

/** The format as JSON Schema 2020-12, as `reports/sweep.schema.json` holds it. */
export function sweepJsonSchema(): string {
  return `${JSON.stringify({ title: 'npu-dyno sweep', ...z.toJSONSchema(sweepReportSchema, { io: 'input', reused: 'ref' }) }, null, 1)}\n`;
}

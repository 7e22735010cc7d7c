import type { Environment } from '../../models/contracts/records.ts';
import { SWEEP_VERSION, type SweepAxes, type SweepReport, type SweepRow, type SweepVariant } from '../../reports/sweep/sweep-schema.ts';
import { type CellSources, cellOf, missing } from './cells.ts';
import { type ColumnRequest, type Place, type Score, type TableColumn, tableColumns } from './columns.ts';
import { executorId } from '../work/quality-executors.ts';
import { axisText, variantId } from './axes.ts';
import { matches, type Line, type Matrix } from './matrix.ts';
import { paretoCharts } from './pareto-charts.ts';
import type { SweepPlan } from './plan-sweep.ts';
import type { SweepSettings } from './settings.ts';
import type { Sized } from './steps/size.ts';
import type { TimesOutput } from './steps/times.ts';
import { AXES, type Axis, type SweepFile } from './sweep-file.ts';

export interface TableRequest {
  readonly file: SweepFile;
  readonly matrix: Matrix;
  readonly plan: SweepPlan;
  readonly requests: readonly ColumnRequest[];
  readonly settings: SweepSettings;
  readonly outputs: ReadonlyMap<string, unknown>;
  readonly command: string;
  readonly environment: Environment;
}

/** The table from what the steps left: rows as the config orders them, each cell with its evidence or the reason why it is empty. */
export function sweepTable({ file, matrix: { lines }, plan, requests, settings, outputs, command, environment }: TableRequest): SweepReport {
  const sources: CellSources = { outputs, variants: plan.variants, settings };
  const [places, scores] = [placesOf(outputs, settings), scoresOf(settings)];
  const columns = tableColumns(requests, places, scores);
  const side = AXES.filter((axis) => requests.some(({ at }) => at[axis] !== undefined));
  const rowAxes = AXES.filter((axis) => !side.includes(axis) && varies(lines, axis));
  return {
    sweepVersion: SWEEP_VERSION, name: file.name, title: file.title ?? file.name, notes: [...(file.notes ?? []), ...publishedSources(file)], command, seed: settings.seed,
    finishedAt: new Date().toISOString(), environment: { ...environment, libraries: { ...environment.libraries } }, rowAxes, common: commonAxes(lines, side),
    columns: columns.map(({ column }) => column), variants: plan.variants.filter(({ isShown }) => isShown).map((variant) => described(variant, outputs)),
    rows: rowsOf(lines, side).map((group) => rowOf(group, side, columns, sources)),
    pareto: paretoCharts(file.pareto ?? [], lines, { rowAxes: [...rowAxes, ...side], places, scores }, sources),
  };
}

/** Devices and units that were measured, in order; where nothing was, those that were asked for. */
function placesOf(outputs: ReadonlyMap<string, unknown>, { bench }: SweepSettings): Place[] {
  const measured = [...outputs].filter(([id]) => id.startsWith('times:')).flatMap(([, output]) => (output as TimesOutput).measurements ?? []);
  const found = new Map(measured.map(({ device, unit }) => [`${device} ${unit}`, { device, unit }]));
  if (found.size > 0 || !bench) return [...found.values()];
  return bench.on.flatMap((device) => (bench.units.length > 0 ? bench.units : ['']).map((unit) => ({ device, unit })));
}

function scoresOf({ datasets, quality: { metrics, on } }: SweepSettings): Score[] {
  const executors = on.map(executorId);
  return datasets.flatMap(({ name }) => metrics.flatMap((protocol) => [...new Set(executors)].map((executor) => ({ dataset: name, protocol, executor }))));
}

/** Whether an axis tells rows apart that have the same name. */
function varies(lines: readonly Line[], axis: Axis): boolean {
  const seen = new Map<string | null, SweepAxes[Axis]>();
  return lines.some(({ label, axes }) => {
    if (!axes) return false;
    if (!seen.has(label)) seen.set(label, axes[axis]);
    return seen.get(label) !== axes[axis];
  });
}

function commonAxes(lines: readonly Line[], side: readonly Axis[]): Partial<SweepAxes> {
  const points = lines.flatMap(({ axes }) => axes ?? []);
  const [first] = points;
  return Object.fromEntries(AXES.filter((axis) => !side.includes(axis) && first && points.every((point) => point[axis] === first[axis])).map((axis) => [axis, first?.[axis]]));
}

/** Lines that make one row: those that differ on the axes that lie side by side alone. */
function rowsOf(lines: readonly Line[], side: readonly Axis[]): Line[][] {
  const groups = new Map<string, Line[]>();
  for (const line of lines) {
    const rest = line.axes && AXES.filter((axis) => !side.includes(axis)).map((axis) => line.axes?.[axis]);
    const key = JSON.stringify([line.label === null && line.axes ? null : line.row, line.label, rest]);
    groups.set(key, [...(groups.get(key) ?? []), line]);
  }
  return [...groups.values()];
}

function rowOf(group: readonly Line[], side: readonly Axis[], columns: readonly TableColumn[], sources: CellSources): SweepRow {
  const [first] = group as [Line, ...Line[]];
  const points = group.flatMap(({ axes }) => axes ?? []);
  const axes = Object.fromEntries(AXES.filter((axis) => !side.includes(axis) && first.axes).map((axis) => [axis, first.axes?.[axis]]));
  const values = AXES.filter((axis) => axis in axes && axes[axis] !== 'none').map((axis) => axisText(axis, axes[axis] ?? null));
  return {
    id: first.label ?? values.join(' '), label: first.label, axes, variants: points.map(variantId),
    cells: Object.fromEntries(columns.map((column) => [column.column.id, cellIn(group, column, sources)])),
  };
}

function cellIn(group: readonly Line[], column: TableColumn, sources: CellSources): SweepRow['cells'][string] {
  const { published, at } = column.request;
  if (published !== null) {
    const value = group.map((line) => line.published[published]).find((one) => one !== undefined);
    return value === undefined ? missing('') : { value, evidence: null, note: null, missing: null };
  }
  const absent = group.find((line) => line.absent !== null)?.absent;
  if (absent != null) return missing(absent);
  const wanted = group.find(({ axes }) => axes && matches(at, axes));
  const variant = wanted?.axes && sources.variants.find(({ id }) => id === variantId(wanted.axes as SweepAxes));
  return variant ? cellOf(variant, column, sources) : missing('not in the matrix');
}

function described({ id, axes, size, untrained, impossible, steps }: SweepPlan['variants'][number], outputs: ReadonlyMap<string, unknown>): SweepVariant {
  const sized = steps.sized === null ? undefined : (outputs.get(steps.sized) as Sized | undefined);
  const isMade = sized !== undefined && sized.failed === null;
  return {
    id, axes, input: isMade && size ? [size[0], size[1]] : null, output: isMade && sized.output ? [sized.output[0], sized.output[1]] : null, sha256: isMade ? sized.sha256 : null,
    untrained, failed: impossible ?? sized?.failed ?? null, notes: isMade ? [...sized.notes] : [],
  };
}

function publishedSources({ published = [] }: SweepFile): string[] {
  const sources = [...new Set(published.flatMap(({ source }) => source ?? []))];
  return sources.length > 0 ? [`Published values: ${sources.join('; ')}.`] : [];
}

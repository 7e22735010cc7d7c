import { paretoPlaces } from '../../reports/sweep/pareto.ts';
import type { ParetoChart, SweepAxes, SweepCell } from '../../reports/sweep/sweep-schema.ts';
import { axisText, variantId } from './axes.ts';
import { type CellSources, cellOf, missing } from './cells.ts';
import { ownColumn, type Place, type Score, type TableColumn, tableColumns } from './columns.ts';
import type { Line } from './matrix.ts';
import type { Axis } from './sweep-file.ts';

/** What the rest of the table knows. */
export interface ChartContext {
  /** Axes that tell variants apart. */
  readonly rowAxes: readonly Axis[];
  readonly places: readonly Place[];
  readonly scores: readonly Score[];
}

/** Two figures of all variants against each other: one panel for each scale and, where one of the figures depends on it, each resolution. */
export function paretoCharts(pairs: readonly (readonly [string, string])[], lines: readonly Line[], context: ChartContext, sources: CellSources): ParetoChart[] {
  return pairs.flatMap(([xName, yName]) => {
    const [x, y] = [columnFor(xName, context), columnFor(yName, context)];
    if (!x || !y) return [];
    const sized = Boolean(x.request.figure?.sized || y.request.figure?.sized);
    const points = distinctLines(lines, sized);
    const panels = new Map<string, Line[]>();
    for (const line of points) {
      const { scale, resolution } = line.axes as SweepAxes;
      const title = [axisText('scale', scale), ...(sized ? [resolution] : [])].join(', ');
      panels.set(title, [...(panels.get(title) ?? []), line]);
    }
    return { x: x.column, y: y.column, panels: [...panels].map(([title, members]) => panel(panels.size > 1 ? title : '', members, [x, y], context, sources)) };
  });
}

/** The first column that a name makes; null where nothing was scored or timed that it could be of. */
function columnFor(text: string, { places, scores }: ChartContext): TableColumn | null {
  return tableColumns([ownColumn(text, null, {})], places, scores)[0] ?? null;
}

/** Each variant once; where the size makes no difference, each of its sizes. */
function distinctLines(lines: readonly Line[], sized: boolean): Line[] {
  const key = ({ axes }: Line): string => variantId(sized ? (axes as SweepAxes) : { ...(axes as SweepAxes), resolution: 'own' });
  return [...new Map(lines.filter(({ axes }) => axes !== null).reverse().map((line) => [key(line), line])).values()].reverse();
}

function panel(title: string, members: readonly Line[], [x, y]: readonly [TableColumn, TableColumn], context: ChartContext, sources: CellSources): ParetoChart['panels'][number] {
  const rows = members.map((line) => {
    const id = variantId(line.axes as SweepAxes);
    const variant = sources.variants.find((one) => one.id === id);
    const cell = (column: TableColumn): SweepCell => (variant ? cellOf(variant, column, sources) : missing('not planned'));
    return { variant: id, label: labelOf(line, context), x: cell(x), y: cell(y) };
  });
  const whole = rows.flatMap(({ variant, label, x: { value, low = value, high = value }, y: { value: score } }) =>
    (value === null || score === null ? [] : [{ variant, label, x: value, low, high, y: score }]));
  const better = { x: x.column.better ?? 'lower', y: y.column.better ?? 'higher' };
  const places = paretoPlaces(whole, better);
  return {
    title,
    points: whole.map((point, i) => ({ ...point, place: places[i] as (typeof places)[number] })),
    without: rows.filter((row) => row.x.value === null || row.y.value === null).map((row) => ({ variant: row.variant, label: row.label, why: row.x.missing ?? row.y.missing ?? '' })),
  };
}

function labelOf({ label, axes }: Line, { rowAxes }: ChartContext): string {
  const parts = rowAxes.filter((axis) => axis !== 'scale' && axis !== 'resolution').map((axis) => axisText(axis, (axes as SweepAxes)[axis])).filter((part) => part !== 'none');
  return [...(label === null ? [] : [label]), ...parts].join(' ') || (axes as SweepAxes).model;
}

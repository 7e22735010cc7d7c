import type { MetricName } from '../gate/metrics.ts';
import { formatChange, formatValue } from '../model/format.ts';
import { type Markup, markup, type Piece } from '../render/html/markup.ts';
import { htmlPage } from '../render/html/page.ts';
import { code, details, evidence, figure, numeric, quiet, type Section, table, variantName, warningList } from '../render/html/parts.ts';
import { intervalPlot, type IntervalRow } from '../render/html/svg/interval-plot.ts';
import { count } from '../render/words.ts';
import type { Axis, ManyCell, ManyRow, ManyRuns } from './compare-many.ts';

/** What the columns are, in words. */
export const AXIS_WORDS: Readonly<Record<Axis, string>> = { run: 'by run', system: 'by system', sdk: 'by version of tools', device: 'by class of device' };

const SESSIONS = 'Times are of different sessions: the intervals are of their blocks and do not hold how far sessions lie apart. dyno run --base git:REF measures two versions in one session.';

/** Titles of what is no protocol. */
const METRIC_TITLES: Readonly<Record<string, string>> = {
  latency: 'Latency', load: 'Load', first: 'First run', memory: 'Memory', size: 'Size', nodes: 'Nodes', macs: 'Multiply-accumulates', parameters: 'Parameters', rank: 'Highest rank',
  offUnit: 'Operations off the unit', cpuNodes: 'Nodes on the CPU', segments: 'Graphs on HTP', ddr: 'DDR traffic', ddrRead: 'DDR read', ddrWrite: 'DDR written', spill: 'Spills', fill: 'Fills',
  context: 'Context binary',
} satisfies Readonly<Partial<Record<MetricName, string>>>;

/** Rows of one chart, and columns of one table. */
const [MOST_DRAWN, MOST_COLUMNS] = [36, 12];

/** Several runs as one self-contained page: in which conditions they differ, then every value, changed ones first. `dyno` is the version that wrote it. */
export function renderComparisonHtml(compared: ManyRuns, dyno: string): string {
  const metrics = [...new Set(compared.rows.map(metricOf))];
  const variants = [...new Set(compared.rows.map(({ variant }) => variant))];
  return htmlPage({
    title: `${count(compared.runs.length, 'run')} compared`, dyno, header: header(compared), data: compared,
    sections: [conditions(compared), ...metrics.map((metric, i) => valuesOf(compared, metric, variants, i))],
    footer: `${count(compared.runs.length, 'run')} ${AXIS_WORDS[compared.axis]}`,
  });
}

function metricOf({ metric, protocol }: ManyRow): string {
  return protocol ?? metric;
}

function header({ runs, axis, rows, conditions: differing }: ManyRuns): Markup {
  const changed = rows.filter(isChanged).length;
  return markup`<header class="top"><p class="eyebrow">npu-dyno comparison</p><h1>${count(runs.length, 'run')} ${AXIS_WORDS[axis]}</h1>
<p>${quiet(`${runs[0]?.startedAt.slice(0, 10) ?? ''} to ${runs.at(-1)?.startedAt.slice(0, 10) ?? ''} · ${count(rows.length, 'value')}, ${changed} differ · ${count(differing.length, 'condition')} differ`)}</p></header>`;
}

function isChanged({ cells }: ManyRow): boolean {
  return cells.some((cell) => cell?.change && cell.change.direction !== '~');
}

function conditions({ runs, conditions: differing }: ManyRuns): Section {
  const list = table('Runs', ['Run', 'Title', 'Started'], runs.map(({ id, title, startedAt }) => [code(id), title, startedAt]));
  const body = differing.length === 0
    ? markup`<p>All runs were taken under the same conditions.</p>`
    : markup`<p>A value that differs need not differ because of the model: these conditions do, too.</p>
${table('Conditions that differ', ['Condition', ...runs.map(({ id }) => markup`${code(id)}`)], differing.map(({ name, values }) => [name, ...values.map((value) => value ?? '–')]))}`;
  return { id: 'conditions', title: 'Conditions', body: markup`${body}${details(count(runs.length, 'run'), list)}` };
}

function valuesOf(compared: ManyRuns, metric: string, variants: readonly string[], index: number): Section {
  const rows = compared.rows.filter((row) => metricOf(row) === metric);
  const series = (variant: string): number => variants.indexOf(variant);
  const order = [...rows].sort((a, b) => Number(isChanged(b)) - Number(isChanged(a)));
  const kinds = [...new Set(rows.flatMap(({ cells }) => cells.flatMap((cell) => cell?.evidence ?? [])))];
  const noisy = rows.some(({ cells }) => cells.some((cell) => cell !== null && cell.low !== null));
  const present = compared.columns.map((column, i) => ({ column, i })).filter(({ i }) => rows.some(({ cells }) => cells[i] !== null));
  const shown = present.slice(-MOST_COLUMNS);
  const body = markup`<p>${kinds.map((kind) => [evidence(kind), ' '])}${noisy && quiet(SESSIONS)}</p>
${present.length > shown.length && warningList([`Only the last ${shown.length} of ${present.length} columns are shown; all are in the JSON.`])}
${noisy && plot(compared, rows, metric, series, index)}
${table(`${metric} ${AXIS_WORDS[compared.axis]}`, ['Variant', 'Where', ...shown.map(({ column, i }) => numeric(heading(column, i)))], order.map((row) => [
    variantName(row.variant, series(row.variant)), [row.device, row.unit, row.dataset].filter((part) => part !== null).join(' ') || '–', ...shown.map(({ i }) => cell(row, row.cells[i] ?? null)),
  ]))}`;
  return { id: `values-${index}`, title: METRIC_TITLES[metric] ?? metric, body };
}

/** Short names of columns: A, B, … Z, A1, … */
function letter(i: number): string {
  return `${String.fromCharCode(65 + (i % 26))}${i < 26 ? '' : Math.floor(i / 26)}`;
}

function heading(column: string, i: number): Markup {
  return markup`${letter(i)}<br><small class="quiet">${column}</small>`;
}

function cell({ dimension }: ManyRow, found: ManyCell | null): Piece {
  if (!found) return '–';
  const { value, change, runs } = found;
  return [formatValue(value, dimension), change && [markup`<br>`, markup`<small class="${change.direction === '~' ? 'same' : change.direction}">${changeText(found, dimension)}</small>`], runs > 1 && [markup`<br>`, markup`<small class="quiet">latest of ${runs}</small>`]];
}

/** `~ +0.4 % (−1.0 % to +1.8 %)`, `✗ −0.02 dB`; a sign says better or worse beside the colour. */
export function changeText({ change }: Pick<ManyCell, 'change'>, dimension: ManyRow['dimension']): string {
  if (!change) return '';
  const sign = { better: '✓ ', worse: '✗ ', '~': '~ ' }[change.direction];
  if (dimension === 'dB' || dimension === 'similarity') return `${sign}${change.difference < 0 ? '−' : '+'}${formatValue(Math.abs(change.difference), dimension)}`;
  if (change.ratio === null) return `${sign}from 0`;
  const range = change.low === null || change.high === null ? '' : ` (${formatChange(change.low)} to ${formatChange(change.high)})`;
  return `${sign}${formatChange(change.ratio)}${range}`;
}

function plot({ columns, axis }: ManyRuns, rows: readonly ManyRow[], metric: string, series: (variant: string) => number, index: number): Markup | null {
  const drawn = rows.flatMap((row) => row.cells.flatMap((found, i): IntervalRow[] => !found ? [] : [{
    label: `${[row.variant, row.unit].filter((part) => part !== null).join(' ')} · ${letter(i)}`, series: series(row.variant), center: found.value, low: found.low, high: found.high, spread: [found.low ?? found.value, found.high ?? found.value], points: [],
    value: formatValue(found.value, row.dimension), note: found.change ? changeText(found, row.dimension) : (row.device ?? ''),
  }]));
  if (drawn.length < 2) return null;
  const shown = drawn.slice(0, MOST_DRAWN);
  const text = { id: `plot-${index}`, title: `${metric} ${AXIS_WORDS[axis]}`, description: shown.map(({ label, value }) => `${label}: ${value}`).join('; ') };
  return figure(intervalPlot(text, shown, 'ms'), ['Mark: geometric mean of the block medians. Thick: its 95 % interval. ', columns.slice(0, MOST_COLUMNS).map((column, i) => `${letter(i)}: ${column}. `), drawn.length > shown.length && ` ${drawn.length - shown.length} more are in the table.`]);
}

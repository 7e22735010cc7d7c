import { blockMedian } from '../../../../device-harness/method/pairs.ts';
import { quantileOfSorted } from '../../../../device-harness/method/stats/index.ts';
import { formatMs } from '../../../model/format.ts';
import type { ReportBlock, ReportMeasurement } from '../../../model/report.ts';
import { changeText, type LatencyGroup, latencyGroups, type LatencyRow, latencyText } from '../../latency-table.ts';
import { staleOf, staleTexts } from '../../stale-text.ts';
import { type Markup, markup, type Piece } from '../markup.ts';
import { details, evidence, figure, numeric, quiet, type Section, table, variantName, warningList } from '../parts.ts';
import { intervalPlot } from '../svg/interval-plot.ts';
import { MOST_BLOCKS, type StripBlock, stripPlot } from '../svg/strip-plot.ts';
import { type ViolinRow, violinPlot } from '../svg/violin-plot.ts';
import type { View } from '../view.ts';

const PLOT_LEGEND = 'Mark: geometric mean of the block medians. Thick: its 95 % interval. Thin: 10th to 90th percentile of all samples. '
  + 'Small dots: one for each block.';

const STRIP_LEGEND = 'Drift: raw samples block by block. The bar in each block is its median, joined for each variant; blocks of different variants alternate, so that warming of '
  + 'the machine meets all alike. A shaded block was disturbed. What lies above the axis is drawn on its upper edge.';

const VIOLIN_LEGEND = 'All samples of all blocks. Outline: where they lie densely. Thick: 10th to 90th percentile. Mark: median. Tick: 99th percentile.';

/** Devices and units that stand open, that have charts, and rows of one chart. */
const [MOST_OPEN, MOST_CHARTED, MOST_ROWS] = [6, 10, 30];
/** Fewer samples have no distribution to draw. */
const FEWEST_SAMPLES = 20;

/** Per device and unit: the interval plot, the numbers, the distribution, the raw samples block by block. */
export function latencySection(view: View): Section | null {
  const groups = latencyGroups(view.report);
  if (groups.length === 0) return null;
  const open = groups.slice(0, MOST_OPEN).map((group, i) => markup`<h3>${unitName(group)}</h3>${unit(view, group, i)}`);
  const folded = groups.slice(MOST_OPEN).map((group, i) => details(unitName(group), unit(view, group, MOST_OPEN + i)));
  return { id: 'latency', title: 'Latency', body: markup`${warningList(staleTexts(view.stale))}${open}${folded}` };
}

function unitName({ device, unit: name, rows }: LatencyGroup): Piece {
  return [`${device} · ${name} `, evidence(rows[0]?.latency.evidence ?? null)];
}

function unit(view: View, all: LatencyGroup, index: number): Markup {
  if (index >= MOST_CHARTED) return markup`${numbers(view, all)}<p>${quiet('Charts are drawn for the first devices and units only.')}</p>`;
  const { device, unit: name } = all;
  const measurements = view.report.measurements.filter((m) => m.device === device && m.unit === name);
  const group = { ...all, rows: charted(all.rows) };
  const left = all.rows.length - group.rows.length;
  const drawn = measurements.filter(({ variant }) => group.rows.some(({ latency }) => latency.variant === variant));
  return markup`${figure(plot(view, group, drawn, index), [PLOT_LEGEND, left > 0 && ` ${left} slower variants are in the table only.`])}
${numbers(view, all)}
${violins(view, drawn, index, name)}
${figure(strip(view, drawn, index, name), [STRIP_LEGEND, drawn.flatMap(({ blocks }) => blocks).length > MOST_BLOCKS && ` ${MOST_BLOCKS} blocks of all, evenly chosen.`])}
${warningList(all.rows.slice(0, MOST_ROWS).flatMap((row) => remarks(view, row)))}`;
}

/** Rows of a chart in their order: the references, and of the others the fastest. */
function charted(rows: readonly LatencyRow[]): readonly LatencyRow[] {
  if (rows.length <= MOST_ROWS) return rows;
  const ranked = [...rows].sort((a, b) => Number(b.isReference) - Number(a.isReference) || a.latency.ms.center - b.latency.ms.center);
  const kept = new Set(ranked.slice(0, MOST_ROWS));
  return rows.filter((row) => kept.has(row));
}

function violins(view: View, measurements: readonly ReportMeasurement[], index: number, name: string): Markup | null {
  const rows = measurements.flatMap(({ variant, blocks }): ViolinRow[] => {
    const sorted = Float64Array.from(blocks.flatMap(({ samples }) => samples)).sort();
    if (sorted.length < FEWEST_SAMPLES) return [];
    return [{ label: variant, series: view.series(variant), sorted, value: `p50 ${formatMs(quantileOfSorted(sorted, 0.5))}, p99 ${formatMs(quantileOfSorted(sorted, 0.99))}` }];
  });
  if (rows.length === 0) return null;
  const text = { id: `violins-${index}`, title: `Distribution of samples on ${measurements[0]?.device ?? ''} ${name}`, description: rows.map(({ label, value }) => `${label} ${value}`).join('; ') };
  return figure(violinPlot(text, rows, 'ms'), VIOLIN_LEGEND);
}

function plot(view: View, { device, rows, unit: name }: LatencyGroup, measurements: readonly ReportMeasurement[], index: number): Markup {
  const description = rows.map(({ latency }) => `${latency.variant} ${latencyText(latency)}`).join('; ');
  return intervalPlot({ id: `latency-${index}`, title: `Latency on ${device} ${name}`, description }, rows.map(({ latency, change, isReference }) => ({
    label: latency.variant, series: view.series(latency.variant), center: latency.ms.center, low: latency.ms.low, high: latency.ms.high,
    spread: [latency.p10Ms, latency.p90Ms], points: measurements.find((m) => m.variant === latency.variant)?.blocks.map(blockMedian) ?? [],
    value: latencyText(latency), note: changeText(change, isReference),
  })), 'ms');
}

function numbers(view: View, { device, rows, unit: name }: LatencyGroup): Markup {
  const columns = ['Variant', ...['Latency', 'Against the reference', 'p90', 'Load', 'First run', 'Blocks'].map(numeric)];
  return table(`Latency on ${device} ${name}`, columns, rows.map((row) => {
    const { variant, p90Ms, loadMs, firstMs, blocks, samples } = row.latency;
    const runs = view.report.measurements.find((m) => m.variant === variant && m.device === device && m.unit === name)?.blocks[0]?.summary?.runs;
    return [
      [variantName(variant, view.series(variant)), staleTag(view, row)], latencyText(row.latency), change(row),
      formatMs(p90Ms), formatMs(loadMs), formatMs(firstMs), runs === undefined ? `${blocks} × ${Math.round(samples / blocks)}` : `${blocks} × mean of ${runs}`,
    ];
  }));
}

function staleTag({ stale }: View, { latency }: LatencyRow): Piece {
  const found = staleOf(stale, latency);
  return found ? markup`<br><span class="stale" title="${found.reason}">stale: ${found.reason}</span>` : null;
}

function change({ change: made, isReference }: LatencyRow): Piece {
  const tone = made === null || made.direction === '~' ? 'same' : made.direction;
  return markup`<span class="${tone}">${changeText(made, isReference)}</span>`;
}

function strip(view: View, measurements: readonly ReportMeasurement[], index: number, name: string): Markup {
  const blocks = measurements.flatMap((m) => m.blocks.map((block) => ({ m, block })))
    .sort((a, b) => a.block.startedAt.localeCompare(b.block.startedAt) || a.block.order - b.block.order);
  const samples = blocks.reduce((sum, { block }) => sum + block.samples.length, 0);
  const text = { id: `strip-${index}`, title: `Raw samples on ${measurements[0]?.device ?? ''} ${name}`, description: `${blocks.length} blocks, ${samples} samples.` };
  return stripPlot(text, blocks.map(({ m, block }): StripBlock => ({
    series: view.series(m.variant), label: `${m.variant}, median ${formatMs(blockMedian(block))}`,
    samples: block.samples, median: blockMedian(block), remark: remarkOf(block),
  })));
}

/** What weakens a variant's figures, in one line. */
function remarks(view: View, { latency, change }: LatencyRow): Piece[] {
  const texts = [...latency.warnings, ...(change?.warnings ?? [])];
  return texts.length === 0 ? [] : [[variantName(latency.variant, view.series(latency.variant)), ': ', texts.join(' ')]];
}

function remarkOf({ disturbed, thermal }: ReportBlock): string | null {
  return disturbed ?? (thermal === null || thermal === 'nominal' || thermal.startsWith('status 0') ? null : `thermal state ${thermal}`);
}

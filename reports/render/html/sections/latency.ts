import { blockMedian } from '../../../../device-harness/method/pairs.ts';
import { formatMs } from '../../../model/format.ts';
import type { ReportBlock, ReportMeasurement } from '../../../model/report.ts';
import { changeText, type LatencyGroup, latencyGroups, type LatencyRow, latencyText } from '../../latency-table.ts';
import { type Markup, markup, type Piece } from '../markup.ts';
import { evidence, figure, numeric, type Section, table, variantName, warningList } from '../parts.ts';
import { intervalPlot } from '../svg/interval-plot.ts';
import { type StripBlock, stripPlot } from '../svg/strip-plot.ts';
import type { View } from '../view.ts';

const PLOT_LEGEND = 'Mark: geometric mean of the block medians. Thick: its 95 % interval. Thin: 10th to 90th percentile of all samples. '
  + 'Small dots: one for each block.';

const STRIP_LEGEND = 'Raw samples. The line in each block is its median; blocks of different variants alternate, so that warming of '
  + 'the machine meets all alike. A shaded block was disturbed. What lies above the axis is drawn on its upper edge.';

/** Per device and unit: the interval plot, the numbers, the raw samples. */
export function latencySection(view: View): Section | null {
  const groups = latencyGroups(view.report);
  if (groups.length === 0) return null;
  return { id: 'latency', title: 'Latency', body: markup`${groups.map((group, i) => unit(view, group, i))}` };
}

function unit(view: View, group: LatencyGroup, index: number): Markup {
  const { device, unit: name, rows } = group;
  const measurements = view.report.measurements.filter((m) => m.device === device && m.unit === name);
  return markup`<h3>${device} · ${name} ${evidence(rows[0]?.latency.evidence ?? null)}</h3>
${figure(plot(view, group, measurements, index), PLOT_LEGEND)}
${numbers(view, group)}
${figure(strip(view, measurements, index, name), STRIP_LEGEND)}
${warningList(rows.flatMap((row) => remarks(view, row)))}`;
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
      variantName(variant, view.series(variant)), latencyText(row.latency), change(row),
      formatMs(p90Ms), formatMs(loadMs), formatMs(firstMs), runs === undefined ? `${blocks} × ${Math.round(samples / blocks)}` : `${blocks} × mean of ${runs}`,
    ];
  }));
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

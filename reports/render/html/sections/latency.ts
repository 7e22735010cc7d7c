import { formatMs } from '../../../model/format.ts';
import type { ReportMeasurement } from '../../../model/report.ts';
import { median } from '../../../../device-harness/method/stats/index.ts';
import { blockMedian } from '../../../../device-harness/method/pairs.ts';
import { changeText, type LatencyGroup, latencyGroups, latencyText } from '../../latency-table.ts';
import { type Markup, markup } from '../markup.ts';
import { evidence, figure, type Section, table, variantName } from '../parts.ts';
import { intervalPlot } from '../svg/interval-plot.ts';
import { stripPlot } from '../svg/strip-plot.ts';
import type { View } from '../view.ts';

/** Per device and unit: the interval plot, the numbers, the raw samples. */
export function latencySection(view: View): Section | null {
  const groups = latencyGroups(view.report);
  if (groups.length === 0) return null;
  return { id: 'latency', title: 'Latency', body: markup`${groups.map((group, i) => unit(view, group, i))}` };
}

function unit(view: View, group: LatencyGroup, index: number): Markup {
  const { device, unit: name, rows } = group;
  const measurements = view.report.measurements.filter((m) => m.device === device && m.unit === name);
  const { reference } = view.report;
  const warnings = [...new Set(rows.flatMap(({ latency, change }) => [...latency.warnings, ...(change?.warnings ?? [])]))];
  return markup`<h3>${device} · ${name} ${evidence(rows[0]?.latency.evidence ?? null)}</h3>
${figure(plot(view, group, index), 'Mark: geometric mean of the block medians. Thick: its 95 % interval. Thin: 10th to 90th percentile of all samples. Small dots: one for each block (fresh launch).')}
${table(`Latency on ${name}`, [{ title: 'Variant' }, { title: 'Latency', numeric: true }, { title: 'Against the reference', numeric: true }, { title: 'p90', numeric: true }, { title: 'Load', numeric: true }, { title: 'First run', numeric: true }, { title: 'Blocks', numeric: true }], rows.map(({ latency, change }) => [
    variantName(latency.variant, view.series(latency.variant)), latencyText(latency),
    markup`<span class="${change?.direction === 'better' ? 'better' : change?.direction === 'worse' ? 'worse' : 'same'}">${changeText(change, latency.variant === reference)}</span>`,
    formatMs(latency.p90Ms), formatMs(latency.loadMs), formatMs(latency.firstMs), `${latency.blocks} × ${Math.round(latency.samples / latency.blocks)}`,
  ]))}
${figure(strip(view, measurements, index, name), 'Raw samples. The line in each block is its median; blocks of different variants alternate, so that warming of the machine meets all alike. A shaded block was disturbed.')}
${warnings.length > 0 ? markup`<ul class="warnings">${warnings.map((text) => markup`<li>${text}</li>`)}</ul>` : null}`;
}

function plot(view: View, { rows, unit: name }: LatencyGroup, index: number): Markup {
  const points = (variant: string, device: string): number[] =>
    view.report.measurements.find((m) => m.variant === variant && m.device === device && m.unit === name)?.blocks.map(blockMedian) ?? [];
  const described = rows.map(({ latency }) => `${latency.variant} ${latencyText(latency)}`).join('; ');
  return intervalPlot({ id: `latency-${index}`, title: `Latency on ${name}`, description: described }, rows.map(({ latency, change }) => ({
    label: latency.variant, series: view.series(latency.variant), center: latency.ms.center, low: latency.ms.low, high: latency.ms.high,
    spread: [latency.p10Ms, latency.p90Ms], points: points(latency.variant, latency.device), value: latencyText(latency),
    note: changeText(change, latency.variant === view.report.reference),
  })), 'ms');
}

function strip(view: View, measurements: readonly ReportMeasurement[], index: number, name: string): Markup {
  const blocks = measurements.flatMap((m) => m.blocks.map((block, i) => ({ m, block, order: block.order, i })))
    .sort((a, b) => a.block.startedAt.localeCompare(b.block.startedAt) || a.order - b.order);
  return stripPlot({ id: `strip-${index}`, title: `Raw samples on ${name}`, description: `${blocks.length} blocks, ${blocks.reduce((sum, { block }) => sum + block.samples.length, 0)} samples.` }, blocks.map(({ m, block }) => ({
    series: view.series(m.variant), label: `${m.variant}, median ${formatMs(median(block.samples))}`, samples: block.samples, median: median(block.samples),
    remark: block.disturbed ?? (block.thermal !== null && block.thermal !== 'nominal' ? `thermal state ${block.thermal}` : null),
  })));
}

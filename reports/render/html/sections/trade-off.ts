import { formatBytes, formatQuality } from '../../../model/format.ts';
import type { Report } from '../../../model/report.ts';
import { type LatencyGroup, latencyGroups, latencyText } from '../../latency-table.ts';
import { type Markup, markup } from '../markup.ts';
import { details, numeric, quiet, scrolling, type Section, table, variantName } from '../parts.ts';
import { type ScatterPoint, scatterPlot } from '../svg/scatter.ts';
import type { View } from '../view.ts';

/** Time against quality, per device and unit, both taken on that device or in the emulator of its chip: the first protocol that measures in dB, else the first. */
export function tradeOffSection(view: View): Section | null {
  const { report } = view;
  const { protocol, unit } = report.quality.find((q) => q.unit === 'dB') ?? report.quality[0] ?? {};
  if (protocol === undefined || unit === undefined) return null;
  const panels = latencyGroups(report).flatMap((group, i) => panel(view, group, { protocol, unit }, i) ?? []);
  if (panels.length === 0) return null;
  const legend = shown(report, protocol).map((variant) => [variantName(variant, view.series(variant)), ' ']);
  return {
    id: 'trade-off', title: 'Time, quality, size',
    body: markup`<p class="legend">${legend}</p><div class="panels">${panels}</div>
<p>${quiet('Left and up is better. The line joins the variants that no other beats in both. The area of a ring is the size of the file.')}</p>`,
  };
}

/** Variants that have a time and a score. */
function shown(report: Report, protocol: string): string[] {
  return [...new Set(report.latencies.filter((l) => scoreOf(report, l, protocol) !== null).map((l) => l.variant))];
}

interface Axis {
  readonly protocol: string;
  readonly unit: string;
}

function panel(view: View, { device, unit, rows }: LatencyGroup, axis: Axis, index: number): Markup | null {
  const { report } = view;
  const points = rows.flatMap(({ latency }): Point[] => {
    const y = scoreOf(report, latency, axis.protocol);
    if (y === null) return [];
    const bytes = report.variants.find(({ id }) => id === latency.variant)?.bytes ?? null;
    const label = `${latency.variant}: ${latencyText(latency)}, ${formatQuality(y, axis.unit)}${bytes === null ? '' : `, ${formatBytes(bytes)}`}`;
    return [{ variant: latency.variant, time: latencyText(latency), label, series: view.series(latency.variant), x: latency.ms.center, low: latency.ms.low, high: latency.ms.high, y, bytes }];
  });
  if (points.length < 2) return null;
  const bicubic = scoreOf(report, { variant: 'bicubic', device, unit }, axis.protocol);
  const text = {
    id: `trade-off-${index}`, title: `Latency against ${axis.protocol} on ${device} ${unit}`,
    description: points.map((point) => point.label).join('; '),
  };
  return markup`<figure><figcaption>${device} · ${unit}</figcaption>${scrolling(scatterPlot(text, points, {
    x: 'ms', y: axis.unit || 'SSIM', resolution: axis.unit === 'dB' ? 0.005 : 0.00005,
    level: bicubic === null ? null : { label: `bicubic ${formatQuality(bicubic, axis.unit)}`, y: bicubic },
  }))}${details('As a table', asTable(view, text.title, points, axis))}</figure>`;
}

interface Point extends ScatterPoint {
  readonly variant: string;
  readonly time: string;
}

function asTable(view: View, title: string, points: readonly Point[], { protocol, unit }: Axis): Markup {
  const columns = ['Variant', numeric('Latency'), numeric(markup`<code>${protocol}</code>`), numeric('Size'), 'Beaten in all three by'];
  return table(title, columns, points.map((point) => {
    const beaten = points.filter((other) => dominates(other, point)).map(({ variant }) => variant);
    return [variantName(point.variant, view.series(point.variant)), point.time, formatQuality(point.y, unit), point.bytes === null ? '–' : formatBytes(point.bytes), beaten.length === 0 ? 'none' : beaten.slice(0, 3).join(', ')];
  }));
}

/** At least as good in time, quality and size, and better in one. */
function dominates(a: Point, b: Point): boolean {
  const [size, other] = [a.bytes ?? 0, b.bytes ?? 0];
  return a.x <= b.x && a.y >= b.y && size <= other && (a.x < b.x || a.y > b.y || size < other);
}

/** Taken on the device itself; for a phone's HTP else in the emulator of its chip, which computes as the chip does. */
function scoreOf(report: Report, { variant, device, unit }: { variant: string; device: string; unit?: string }, protocol: string): number | null {
  const chip = unit === 'htp' ? report.devices?.find((one) => one.device === device)?.chip : null;
  const on = (executor: string): number | undefined => report.quality.find((q) => q.variant === variant && q.executor === executor && q.protocol === protocol)?.mean;
  return on(device) ?? (chip ? on(`emulator:${chip}`) : undefined) ?? null;
}

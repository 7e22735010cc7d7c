import type { Report } from '../../../model/report.ts';
import { formatQuality } from '../../../model/format.ts';
import { latencyGroups, latencyText } from '../../latency-table.ts';
import { type Markup, markup } from '../markup.ts';
import { type Section, variantName } from '../parts.ts';
import { scatterPlot } from '../svg/scatter.ts';
import type { View } from '../view.ts';

/** Time against quality, per device and unit: the first protocol that measures in dB, else the first. */
export function tradeOffSection(view: View): Section | null {
  const { report } = view;
  const protocol = report.quality.find((q) => q.unit === 'dB')?.protocol ?? report.quality[0]?.protocol;
  if (protocol === undefined) return null;
  const panels = latencyGroups(report).flatMap((_, i) => panel(view, protocol, i) ?? []);
  if (panels.length === 0) return null;
  return { id: 'trade-off', title: 'Time against quality', body: markup`<p class="legend">${shown(view, protocol).map((variant) => markup`${variantName(variant, view.series(variant))} `)}</p>
<div class="panels">${panels}</div><p class="quiet">Left and up is better. The line joins the variants that no other beats in both.</p>` };
}

/** Variants that have a time and a score. */
function shown({ report }: View, protocol: string): string[] {
  return [...new Set(report.latencies.map((l) => l.variant))].filter((variant) => scoreOf(report, variant, protocol) !== null);
}

function panel(view: View, protocol: string, index: number): Markup | null {
  const { report } = view;
  const group = latencyGroups(report)[index];
  if (!group) return null;
  const points = group.rows.flatMap(({ latency }) => {
    const quality = scoreOf(report, latency.variant, protocol);
    return quality === null ? [] : [{ label: latency.variant, series: view.series(latency.variant), x: latency.ms.center, low: latency.ms.low, high: latency.ms.high, y: quality, text: latencyText(latency) }];
  });
  if (points.length < 2) return null;
  const bicubic = scoreOf(report, 'bicubic', protocol);
  const unit = report.quality.find((q) => q.protocol === protocol)?.unit ?? '';
  return markup`<figure><figcaption>${group.device} · ${group.unit}</figcaption><div class="scroll" tabindex="0" role="region" aria-label="chart">${scatterPlot({
    id: `trade-off-${index}`, title: `Latency against ${protocol} on ${group.unit}`, description: points.map((p) => `${p.label}: ${p.text}, ${formatQuality(p.y, unit)}`).join('; '),
  }, points, { x: 'ms', y: unit || 'SSIM', resolution: unit === 'dB' ? 0.005 : 0.00005, level: bicubic === null ? null : { label: `bicubic ${formatQuality(bicubic, unit)}`, y: bicubic } })}</div></figure>`;
}

function scoreOf(report: Report, variant: string, protocol: string): number | null {
  return report.quality.find((q) => q.variant === variant && q.protocol === protocol)?.mean ?? null;
}

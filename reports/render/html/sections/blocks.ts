import { median } from '../../../../device-harness/method/stats/index.ts';
import { formatMs } from '../../../model/format.ts';
import type { ReportMeasurement } from '../../../model/report.ts';
import { count } from '../../words.ts';
import { type Markup, markup } from '../markup.ts';
import { details, type Section, table, variantName } from '../parts.ts';
import type { View } from '../view.ts';

/** Every block of every measurement. */
export function blocksSection(view: View): Section | null {
  const { measurements } = view.report;
  if (measurements.length === 0) return null;
  return { id: 'blocks', title: 'Raw blocks', body: markup`<p class="quiet">A block is one fresh launch: load, warm-up until stable, timed runs. Their raw samples are in the data at the end of this page.</p>${measurements.map((m) => one(view, m))}` };
}

function one(view: View, m: ReportMeasurement): Markup {
  const again = m.replaced?.length ?? 0;
  const summary = markup`${variantName(m.variant, view.series(m.variant))} <span class="quiet">${m.device} · ${m.unit}${m.effectiveUnit === m.unit ? '' : `, ran on ${m.effectiveUnit}`} · ${count(m.blocks.length, 'block')}${again > 0 ? `, ${again} repeated` : ''}</span>`;
  return details(summary, table(`Blocks of ${m.variant} on ${m.unit}`, [{ title: 'Order', numeric: true }, { title: 'Started' }, { title: 'Median', numeric: true }, { title: 'Samples', numeric: true }, { title: 'Load', numeric: true }, { title: 'First run', numeric: true }, { title: 'Warm-up' }, { title: 'Thermal' }, { title: 'Remark' }], m.blocks.map((block) => [
    block.order + 1, block.startedAt, formatMs(median(block.samples)), block.samples.length, formatMs(block.loadMs), formatMs(block.firstMs),
    `${block.warmup.runs} runs${block.warmup.stable ? '' : ', not stable'}`, block.thermal ?? '–', block.disturbed ?? '–',
  ])));
}

import { median } from '../../../../device-harness/method/stats/index.ts';
import { formatMs } from '../../../model/format.ts';
import type { ReportBlock, ReportMeasurement } from '../../../model/report.ts';
import { count } from '../../words.ts';
import { type Markup, markup, type Piece } from '../markup.ts';
import { details, numeric, quiet, type Section, table, variantName } from '../parts.ts';
import type { View } from '../view.ts';

const ABOUT = 'A block is load, warm-up until stable, and timed runs; on the host and on Android each is a fresh launch, iPhones take the blocks of a batch in one launch, each with a model loaded afresh. Raw samples are in report.json.';

/** Measurements whose blocks the page holds: the others are in the data. */
const MOST = 60;

const COLUMNS = [
  numeric('Order'), 'Started, UTC', numeric('Median'), numeric('Samples'), numeric('Load'), numeric('First run'), 'Warm-up', 'Thermal', 'Remark',
];

/** Every block of every measurement. */
export function blocksSection(view: View): Section | null {
  const { measurements } = view.report;
  if (measurements.length === 0) return null;
  return { id: 'blocks', title: 'Raw blocks', body: markup`<p>${quiet(ABOUT)}</p>${measurements.slice(0, MOST).map((m) => one(view, m))}
${measurements.length > MOST && markup`<p>${quiet(`${measurements.length - MOST} more measurements are in report.json and report.csv.`)}</p>`}` };
}

function one(view: View, m: ReportMeasurement): Markup {
  const again = m.replaced?.length ?? 0;
  const where = m.effectiveUnit === m.unit ? m.unit : `${m.unit}, ran on ${m.effectiveUnit}`;
  const remarks = `${m.device} · ${where} · ${count(m.blocks.length, 'block')}${again > 0 ? `, ${again} repeated` : ''}`;
  const summary = [variantName(m.variant, view.series(m.variant)), ' ', quiet(remarks)];
  return details(summary, table(`Blocks of ${m.variant} on ${m.device} ${m.unit}`, COLUMNS, m.blocks.map(cells)));
}

function cells(block: ReportBlock): Piece[] {
  return [
    block.order + 1, block.startedAt.slice(11, 19), formatMs(median(block.samples)), block.summary ? `mean of ${block.summary.runs}` : block.samples.length,
    formatMs(block.loadMs), formatMs(block.firstMs),
    `${block.warmup.runs} runs${block.warmup.stable ? '' : ', not stable'}`, block.thermal ?? '–', block.disturbed ?? '–',
  ];
}

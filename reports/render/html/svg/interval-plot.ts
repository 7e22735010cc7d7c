import { type Markup, markup } from '../markup.ts';
import { bottomAxis, chart, type ChartText, clip, clipMiddle, marker, px, seriesClass } from './chart.ts';
import { lengthDomain, linearScale, type Scale } from './scale.ts';

export interface IntervalRow {
  readonly label: string;
  /** Decides colour and shape. */
  readonly series: number;
  readonly center: number;
  /** Ends of the interval; null is open. */
  readonly low: number | null;
  readonly high: number | null;
  /** 10th and 90th percentile of all samples. */
  readonly spread: readonly [number, number];
  /** One value a block. */
  readonly points: readonly number[];
  readonly value: string;
  readonly note: string;
}

const [WIDTH, RIGHT, TOP, ROW] = [960, 220, 10, 42];

/** Labels get the width they need, within reason: about 7.4 units a letter. */
const [LETTER, LONGEST] = [7.4, 34];

/** A row for each variant: the interval thick, the 10th to 90th percentile thin, a dot for each block, the centre as a mark. */
export function intervalPlot(text: ChartText, rows: readonly IntervalRow[], axisName: string): Markup {
  const bottom = TOP + rows.length * ROW;
  const values = rows.flatMap(({ center, spread, points, low, high }) => [center, ...spread, ...points, low ?? center, high ?? center]);
  const letters = Math.min(LONGEST, Math.max(12, ...rows.map(({ label }) => [...label].length)));
  const x = linearScale(lengthDomain(values), [Math.ceil(letters * LETTER) + 20, WIDTH - RIGHT], 6);
  return chart(text, WIDTH, bottom + 40, [
    bottomAxis(x, TOP, bottom, axisName), rows.map((row, i) => drawRow(row, x, TOP + (i + 0.5) * ROW)),
  ]);
}

function drawRow(row: IntervalRow, x: Scale, y: number): Markup {
  const [from, to] = row.spread;
  const left = x(x.ticks[0] as number);
  return markup`<g class="${seriesClass(row.series)}"><title>${row.label}: ${row.value}, ${row.note}</title>
<text class="label" x="${px(left - 14)}" y="${y + 4}" text-anchor="end">${clipMiddle(row.label, LONGEST)}</text>
${lengthBar(row, x, y)}
<line class="spread" x1="${px(x(from))}" x2="${px(x(to))}" y1="${y}" y2="${y}"/>
${intervalBar(row, x, y)}
${row.points.map((point) => markup`<circle class="point" cx="${px(x(point))}" cy="${y + 14}" r="2"/>`)}
${marker(row.series, x(row.center), y, 4)}
<text class="value" x="${WIDTH - RIGHT + 18}" y="${y}">${row.value}</text>
<text class="note" x="${WIDTH - RIGHT + 18}" y="${y + 14}">${clip(row.note, 36)}</text></g>`;
}

/** A bar from zero, on an axis that has a zero. */
function lengthBar({ center }: IntervalRow, x: Scale, y: number): Markup | null {
  if (x.ticks[0] !== 0) return null;
  const left = x(0);
  return markup`<rect class="length" x="${px(left)}" y="${y - 8}" width="${px(x(center) - left)}" height="16" rx="2"/>`;
}

function intervalBar({ low, high }: IntervalRow, x: Scale, y: number): Markup | null {
  if (low === null || high === null) return null;
  const [from, to] = [px(x(low)), px(x(high))];
  return markup`<line class="interval" x1="${from}" x2="${to}" y1="${y}" y2="${y}"/>
<path class="whisker" d="M${from} ${y - 6}v12M${to} ${y - 6}v12"/>`;
}

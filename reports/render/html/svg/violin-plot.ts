import { quantileOfSorted } from '../../../../device-harness/method/stats/index.ts';
import { type Markup, markup } from '../markup.ts';
import { bottomAxis, chart, type ChartText, clip, clipMiddle, marker, px, seriesClass } from './chart.ts';
import { lengthDomain, linearScale, type Scale } from './scale.ts';

export interface ViolinRow {
  readonly label: string;
  readonly series: number;
  /** All samples, ascending, at least one. */
  readonly sorted: Float64Array;
  readonly value: string;
}

const [WIDTH, RIGHT, TOP, ROW, HALF] = [960, 220, 10, 46, 17];
const [LETTER, LONGEST] = [7.4, 34];
const BINS = 56;
/** The axis ends where these quantiles of the widest row lie: a single outlier would press all others together. */
const [FROM, TO] = [0.005, 0.96];

/**
 * How samples are distributed, a row for each variant: density as a mirrored histogram, the 10th to 90th percentile thick, the median as a mark,
 * the 99th percentile as a tick. Quantiles are of all samples; what lies beyond the axis is counted at its end.
 */
export function violinPlot(text: ChartText, rows: readonly ViolinRow[], axisName: string): Markup {
  const bottom = TOP + rows.length * ROW;
  const letters = Math.min(LONGEST, Math.max(12, ...rows.map(({ label }) => [...label].length)));
  const ends = rows.flatMap(({ sorted }) => [quantileOfSorted(sorted, FROM), quantileOfSorted(sorted, TO)]);
  const x = linearScale(lengthDomain(ends), [Math.ceil(letters * LETTER) + 20, WIDTH - RIGHT], 6);
  return chart(text, WIDTH, bottom + 40, [bottomAxis(x, TOP, bottom, axisName), rows.map((row, i) => violin(row, x, TOP + (i + 0.5) * ROW))]);
}

function violin({ label, series, sorted, value }: ViolinRow, x: Scale, y: number): Markup {
  const [p10, p50, p90, p99] = [0.1, 0.5, 0.9, 0.99].map((share) => quantileOfSorted(sorted, share)) as [number, number, number, number];
  const last = x.ticks.at(-1) as number;
  const beyond = sorted.length - upTo(sorted, last);
  const note = beyond === 0 ? '' : `${beyond} of ${sorted.length} beyond the axis, up to ${(sorted.at(-1) as number).toPrecision(3)}`;
  return markup`<g class="${seriesClass(series)}"><title>${label}: ${value}</title>
<text class="label" x="${px(x(x.ticks[0] as number) - 14)}" y="${y + 4}" text-anchor="end">${clipMiddle(label, LONGEST)}</text>
<path class="density" d="${outline(sorted, x, y)}"/>
<line class="interval" x1="${px(x(p10))}" x2="${px(x(p90))}" y1="${y}" y2="${y}"/>
${p99 <= last && markup`<path class="whisker" d="M${px(x(p99))} ${y - 7}v14"/>`}
${marker(series, x(p50), y, 4)}
<text class="value" x="${WIDTH - RIGHT + 18}" y="${y}">${value}</text>
<text class="note" x="${WIDTH - RIGHT + 18}" y="${y + 14}">${clip(note, 38)}</text></g>`;
}

/** The density above and below the middle line, as high as the row where samples are densest. */
function outline(sorted: Float64Array, x: Scale, y: number): string {
  const [from, to] = [Math.max(sorted[0] as number, x.ticks[0] as number), Math.min(sorted.at(-1) as number, x.ticks.at(-1) as number)];
  const step = (to - from) / BINS || Number.EPSILON;
  const counts = Array.from({ length: BINS }, (_, i) => upTo(sorted, from + (i + 1) * step) - (i === 0 ? 0 : upTo(sorted, from + i * step)));
  const smooth = smoothed(smoothed(smoothed(counts)));
  const most = Math.max(1e-9, ...smooth);
  const points = smooth.map((count, i) => [x(from + (i + 0.5) * step), (count / most) * HALF] as const);
  const side = (sign: number) => points.map(([at, height]) => `${px(at)} ${px(y + sign * height)}`);
  return `M${[...side(-1), ...side(1).reverse()].join('L')}Z`;
}

/** By binomial weights 1, 2, 1. */
function smoothed(counts: readonly number[]): number[] {
  return counts.map((count, i) => ((counts[i - 1] ?? count) + 2 * count + (counts[i + 1] ?? count)) / 4);
}

/** How many samples are at most `limit`. */
function upTo(sorted: Float64Array, limit: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

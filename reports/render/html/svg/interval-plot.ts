import { type Markup, markup } from '../markup.ts';
import { bottomAxis, chart, type ChartText, clip, marker, px, seriesClass } from './chart.ts';
import { lengthDomain, linearScale } from './scale.ts';

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

const [WIDTH, LEFT, RIGHT, TOP, ROW] = [960, 170, 220, 10, 42];

/** A row for each variant: the interval thick, the 10th to 90th percentile thin, a dot for each block, the centre as a mark. */
export function intervalPlot(text: ChartText, rows: readonly IntervalRow[], axisName: string): Markup {
  const bottom = TOP + rows.length * ROW;
  const values = rows.flatMap((row) => [row.center, ...row.spread, ...row.points, ...(row.high === null ? [] : [row.high]), ...(row.low === null ? [] : [row.low])]);
  const x = linearScale(lengthDomain(values), [LEFT, WIDTH - RIGHT], 6);
  return chart(text, WIDTH, bottom + 40, [bottomAxis(x, TOP, bottom, axisName), rows.map((row, i) => {
    const y = TOP + (i + 0.5) * ROW;
    const [low, high] = [x(row.low ?? row.spread[0]), x(row.high ?? row.spread[1])];
    return markup`<g class="${seriesClass(row.series)}"><title>${row.label}: ${row.value}, ${row.note}</title>
<text class="label" x="${LEFT - 14}" y="${y + 4}" text-anchor="end">${clip(row.label, 24)}</text>
${x.ticks[0] === 0 ? markup`<rect class="length" x="${LEFT}" y="${y - 8}" width="${px(x(row.center) - LEFT)}" height="16" rx="2"/>` : null}
<line class="spread" x1="${px(x(row.spread[0]))}" x2="${px(x(row.spread[1]))}" y1="${y}" y2="${y}"/>
${row.low === null || row.high === null ? null : markup`<line class="interval" x1="${px(low)}" x2="${px(high)}" y1="${y}" y2="${y}"/>
<path class="whisker" d="M${px(low)} ${y - 6}v12M${px(high)} ${y - 6}v12"/>`}
${row.points.map((point) => markup`<circle class="point" cx="${px(x(point))}" cy="${y + 14}" r="2"/>`)}
${marker(row.series, x(row.center), y, 4)}
<text class="value" x="${WIDTH - RIGHT + 18}" y="${y}">${row.value}</text><text class="note" x="${WIDTH - RIGHT + 18}" y="${y + 14}">${clip(row.note, 36)}</text></g>`;
  })]);
}

import { type Markup, markup } from '../markup.ts';
import { bottomAxis, chart, type ChartText, clipMiddle, px, seriesClass } from './chart.ts';
import { linearScale } from './scale.ts';

/** Memory traffic of one variant, in MB. */
export interface TrafficBar {
  readonly label: string;
  readonly series: number;
  readonly read: number;
  readonly written: number;
  /** Part of both that is spills and fills. */
  readonly spilled: number;
  /** What must cross the bus at least: with its own face, and with bytes for inputs and outputs. */
  readonly limits: { readonly own: number; readonly uint8: number } | null;
  readonly value: string;
}

const [WIDTH, LEFT, RIGHT, ROW] = [960, 250, 110, 36];

/** Bytes read and written per inference, one bar a variant, with the least that each could do as marks: own face a line, uint8 face a dashed one. */
export function trafficBars(text: ChartText, bars: readonly TrafficBar[]): Markup {
  const most = Math.max(1e-3, ...bars.flatMap(({ read, written, limits }) => [read + written, limits?.own ?? 0, limits?.uint8 ?? 0]));
  const scale = linearScale([0, most], [LEFT, WIDTH - RIGHT]);
  const bottom = bars.length * ROW + 4;
  return chart(text, WIDTH, bottom + 40, [bottomAxis(scale, 0, bottom, 'MB per inference'), bars.map((bar, i) => row(bar, i * ROW, scale))]);
}

function row({ label, series, read, written, spilled, limits, value }: TrafficBar, y: number, scale: (value: number) => number): Markup {
  const [from, between, to] = [scale(0), scale(read), scale(read + written)];
  const widest = Math.max(to, ...(limits ? [scale(limits.own), scale(limits.uint8)] : []));
  return markup`<g class="${seriesClass(series)}"><text class="label" x="${LEFT - 14}" y="${y + 23}" text-anchor="end">${clipMiddle(label, 30)}</text>
<rect class="read" x="${px(from)}" y="${y + 8}" width="${px(between - from)}" height="20"><title>read: ${read.toFixed(2)} MB</title></rect>
<rect class="written" x="${px(between)}" y="${y + 8}" width="${px(to - between)}" height="20"><title>written: ${written.toFixed(2)} MB</title></rect>
${spilled > 0 && markup`<rect class="spilled" x="${px(from)}" y="${y + 30}" width="${px(scale(spilled) - from)}" height="3"><title>spills and fills: ${spilled.toFixed(2)} MB</title></rect>`}
${limits && markup`<line class="least" x1="${px(scale(limits.own))}" x2="${px(scale(limits.own))}" y1="${y + 4}" y2="${y + 32}"><title>least of its own face: ${limits.own.toFixed(2)} MB</title></line>
<line class="least bytes" x1="${px(scale(limits.uint8))}" x2="${px(scale(limits.uint8))}" y1="${y + 4}" y2="${y + 32}"><title>least of a uint8 face: ${limits.uint8.toFixed(2)} MB</title></line>`}
<text class="value" x="${px(widest + 8)}" y="${y + 23}">${value}</text></g>`;
}

import { type Markup, markup } from '../markup.ts';
import { bottomAxis, chart, type ChartText, leftAxis, marker, px, seriesClass } from './chart.ts';
import { lengthDomain, linearScale, type Scale } from './scale.ts';

export interface ScatterPoint {
  readonly label: string;
  readonly series: number;
  /** Smaller is better. */
  readonly x: number;
  /** Ends of the interval of x; null is open. */
  readonly low: number | null;
  readonly high: number | null;
  /** Larger is better. */
  readonly y: number;
  /** Of the file, in bytes: the area of the ring around the mark. Null where it is not known. */
  readonly bytes: number | null;
}

export interface ScatterAxes {
  readonly x: string;
  readonly y: string;
  /** A level drawn across, e.g. what bicubic reaches. */
  readonly level: { readonly label: string; readonly y: number } | null;
  /** Differences in y below this are none. */
  readonly resolution: number;
}

/** Radii of rings, in pixels. */
const [LEAST_RING, LARGEST_RING] = [7, 20];

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [540, 330, 62, 24, 34, 52];

/** Time against quality, with the line of the points that no other beats in both. */
export function scatterPlot(text: ChartText, points: readonly ScatterPoint[], axes: ScatterAxes): Markup {
  const ys = [...points.map((point) => point.y), ...(axes.level ? [axes.level.y] : [])];
  const pad = 0.12 * (Math.max(...ys) - Math.min(...ys));
  const x = linearScale(lengthDomain(points.flatMap((p) => [p.x, p.low ?? p.x, p.high ?? p.x])), [LEFT, WIDTH - RIGHT], 5);
  const y = linearScale([Math.min(...ys) - pad, Math.max(...ys) + pad], [HEIGHT - BOTTOM, TOP], 5);
  const largest = Math.max(1, ...points.map(({ bytes }) => bytes ?? 0));
  const front = paretoFront(points, axes.resolution).map((p) => `${px(x(p.x))},${px(y(p.y))}`).join(' ');
  return chart(text, WIDTH, HEIGHT, [
    bottomAxis(x, TOP, HEIGHT - BOTTOM, axes.x), leftAxis(y, LEFT, WIDTH - RIGHT, axes.y),
    axes.level && markup`<line class="level" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${px(y(axes.level.y))}" y2="${px(y(axes.level.y))}"/>
<text class="note" x="${WIDTH - RIGHT}" y="${px(y(axes.level.y) - 5)}" text-anchor="end">${axes.level.label}</text>`,
    markup`<polyline class="pareto" points="${front}"/>`,
    points.map((point) => markup`<g class="${seriesClass(point.series)}"><title>${point.label}</title>
${point.bytes !== null && markup`<circle class="ring" cx="${px(x(point.x))}" cy="${px(y(point.y))}" r="${px(LEAST_RING + (LARGEST_RING - LEAST_RING) * Math.sqrt(point.bytes / largest))}"/>`}
${interval(point, x, y)}
${marker(point.series, x(point.x), y(point.y), 6)}</g>`),
  ]);
}

function interval({ low, high, y: value }: ScatterPoint, x: Scale, y: Scale): Markup | null {
  if (low === null || high === null) return null;
  return markup`<line class="interval" x1="${px(x(low))}" x2="${px(x(high))}" y1="${px(y(value))}" y2="${px(y(value))}"/>`;
}

/** Points that no faster one equals or beats in y, from fast to slow. */
export function paretoFront<T extends { readonly x: number; readonly y: number }>(points: readonly T[], resolution = 0): T[] {
  const sorted = [...points].sort((a, b) => a.x - b.x || b.y - a.y);
  const front: T[] = [];
  for (const point of sorted) if (point.y > (front[front.length - 1]?.y ?? -Infinity) + resolution) front.push(point);
  return front;
}

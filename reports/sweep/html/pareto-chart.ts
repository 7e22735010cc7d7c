import { type Markup, markup } from '../../render/html/markup.ts';
import { bottomAxis, chart, clip, leftAxis, marker, px, seriesClass } from '../../render/html/svg/chart.ts';
import { lengthDomain, linearScale, type Scale } from '../../render/html/svg/scale.ts';
import { numberText } from '../format-cell.ts';
import type { ParetoChart, ParetoPoint, SweepColumn } from '../sweep-schema.ts';
import { placeLabels } from './place-labels.ts';

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [640, 380, 70, 30, 34, 54];
const LONGEST = 28;

/** One panel: every point with its interval, the front joined, and as many names as fit without covering one another; those of the front first. */
export function paretoChart(id: string, { x: xColumn, y: yColumn }: ParetoChart, { title, points }: ParetoChart['panels'][number]): Markup {
  const [xUnit, yUnit] = [axisUnit(xColumn, points.map(({ x }) => x)), axisUnit(yColumn, points.map(({ y }) => y))];
  const xs = points.flatMap(({ x, low, high }) => [x, low ?? x, high ?? x]).map((value) => value / xUnit.step);
  const ys = points.map(({ y }) => y / yUnit.step);
  const pad = 0.12 * (Math.max(...ys) - Math.min(...ys));
  const x = linearScale(lengthDomain(xs), [LEFT, WIDTH - RIGHT], 5);
  const y = linearScale([Math.min(...ys) - pad, Math.max(...ys) + pad], [HEIGHT - BOTTOM, TOP], 5);
  const placed = points.map((point, series) => {
    const end = (bound: number | null): number => x((bound ?? point.x) / xUnit.step);
    const isClosed = point.low !== null && point.high !== null;
    const bar = [end(isClosed ? point.low : null), end(isClosed ? point.high : null)] as const;
    return { point, series, at: [end(point.x), y(point.y / yUnit.step)] as const, bar };
  });
  const front = placed.filter(({ point }) => point.place === 'front').sort((a, b) => a.at[0] - b.at[0]);
  const rest = placed.filter(({ point }) => point.place !== 'front');
  const labels = placeLabels(
    [...front, ...rest].map(({ point, at, bar }) => ({ text: clip(point.label, LONGEST), at, bar, isKept: point.place === 'front' })),
    { left: LEFT, right: WIDTH - 2, top: 12, bottom: HEIGHT - BOTTOM },
  );
  const description = points.map((point) => `${point.label}: ${numberText(point.x, xColumn)}, ${numberText(point.y, yColumn)}, ${point.place}`).join('; ');
  return chart({ id, title: `${xColumn.title} against ${yColumn.title} ${title}`.trim(), description }, WIDTH, HEIGHT, [
    bottomAxis(x, TOP, HEIGHT - BOTTOM, [xColumn.title, xColumn.subtitle ?? '', xUnit.name].filter(Boolean).join(' ')),
    leftAxis(y, LEFT, WIDTH - RIGHT, yUnit.name === '' ? yColumn.title : yUnit.name),
    markup`<polyline class="pareto" points="${front.map(({ at: [px0, py0] }) => `${px(px0)},${px(py0)}`).join(' ')}"/>`,
    placed.map(({ point, series, at }) => mark(point, series, at, x, xUnit.step, xColumn, yColumn)),
    labels.map(({ text, x: left, y: baseline, isKept }) => markup`<text class="point-label ${isKept ? 'front' : ''}" x="${px(left)}" y="${px(baseline)}">${text}</text>`),
  ]);
}

function mark(point: ParetoPoint, series: number, [left, top]: readonly [number, number], x: Scale, step: number, xColumn: SweepColumn, yColumn: SweepColumn): Markup {
  const { low, high } = point;
  const at = (end: number): string => px(x(end / step));
  const bar = low === null || high === null || low === high ? null : markup`<line class="whisker" x1="${at(low)}" x2="${at(high)}" y1="${px(top)}" y2="${px(top)}"/>
${[low, high].map((end) => markup`<line class="whisker-end" x1="${at(end)}" x2="${at(end)}" y1="${px(top - 4)}" y2="${px(top + 4)}"/>`)}`;
  const text = `${point.label}: ${numberText(point.x, xColumn)}, ${numberText(point.y, yColumn)}`;
  return markup`<g class="${seriesClass(series)} ${point.place === 'front' ? '' : 'off'}"><title>${text}</title>
${bar}
${marker(series, left, top, 6)}</g>`;
}

/** A unit that keeps the numbers of an axis short. */
function axisUnit({ unit }: SweepColumn, values: readonly number[]): { name: string; step: number } {
  const most = Math.max(...values.map(Math.abs), 0);
  const steps = unit === 'bytes' ? (['B', 'kB', 'MB', 'GB'] as const) : unit === 'count' ? (['', 'k', 'M', 'G'] as const) : null;
  if (!steps) return { name: unit, step: 1 };
  const power = Math.min(steps.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, most)) / 3)));
  return { name: steps[power] as string, step: 1000 ** power };
}

import { type Markup, markup, type Piece } from '../markup.ts';
import type { Scale } from './scale.ts';

export interface ChartText {
  /** Unique in the page. */
  readonly id: string;
  readonly title: string;
  /** What the picture shows, for those who do not see it. */
  readonly description: string;
}

/** An SVG picture with a name and a description; `kind` is a class of its own. */
export function chart({ id, title, description }: ChartText, width: number, height: number, body: Piece, kind = ''): Markup {
  const size = markup`viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`;
  return markup`<svg class="chart${kind && ` ${kind}`}" ${size} role="img" aria-labelledby="${id}-t ${id}-d">
<title id="${id}-t">${title}</title><desc id="${id}-d">${description}</desc>${body}</svg>`;
}

/** Grid lines and labels of a horizontal axis at `bottom`, its name at the right end. */
export function bottomAxis(scale: Scale, top: number, bottom: number, name: string): Markup {
  const end = scale(scale.ticks[scale.ticks.length - 1] as number);
  return markup`<g class="axis">${scale.ticks.map(
    (tick) => markup`<line class="grid" x1="${px(scale(tick))}" x2="${px(scale(tick))}" y1="${top}" y2="${bottom}"/>
<text x="${px(scale(tick))}" y="${bottom + 16}" text-anchor="middle">${scale.format(tick)}</text>`,
  )}<text class="name" x="${px(end)}" y="${bottom + 32}" text-anchor="end">${name}</text></g>`;
}

/** Grid lines and labels of a vertical axis at `left`, its name on top. */
export function leftAxis(scale: Scale, left: number, right: number, name: string): Markup {
  const top = scale(scale.ticks[scale.ticks.length - 1] as number);
  return markup`<g class="axis">${scale.ticks.map(
    (tick) => markup`<line class="grid" x1="${left}" x2="${right}" y1="${px(scale(tick))}" y2="${px(scale(tick))}"/>
<text x="${left - 8}" y="${px(scale(tick) + 4)}" text-anchor="end">${scale.format(tick)}</text>`,
  )}<text class="name" x="${left - 8}" y="${px(top - 12)}" text-anchor="end">${name}</text></g>`;
}

/** A mark whose shape, like its colour, tells the series: both repeat only after eight and five. */
export function marker(series: number, x: number, y: number, size = 5): Markup {
  const at = (points: readonly (readonly [number, number])[]): Markup =>
    markup`<polygon class="mark" points="${points.map(([dx, dy]) => `${px(x + dx * size)},${px(y + dy * size)}`).join(' ')}"/>`;
  switch (series % 5) {
    case 1: return at([[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]]);
    case 2: return at([[0, -1.2], [1.1, 0.8], [-1.1, 0.8]]);
    case 3: return at([[0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0]]);
    case 4: return at([[0, 1.2], [1.1, -0.8], [-1.1, -0.8]]);
    default: return markup`<circle class="mark" cx="${px(x)}" cy="${px(y)}" r="${size}"/>`;
  }
}

/** Class that carries a series' colour. */
export function seriesClass(series: number): string {
  return `v${series % 8}`;
}

/** A coordinate, short. */
export function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** A name cut to fit a column in its middle: names of variants begin alike and differ at the end. */
export function clipMiddle(name: string, length: number): string {
  const letters = [...name];
  const tail = Math.ceil((2 * (length - 1)) / 3);
  return letters.length <= length ? name : `${letters.slice(0, length - 1 - tail).join('')}…${letters.slice(-tail).join('')}`;
}

/** Text cut to fit a column. */
export function clip(text: string, length: number): string {
  const letters = [...text];
  return letters.length <= length ? text : `${letters.slice(0, length - 1).join('')}…`;
}

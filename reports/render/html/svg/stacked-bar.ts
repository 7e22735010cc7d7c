import { type Markup, markup } from '../markup.ts';
import { chart, type ChartText, clipMiddle, px } from './chart.ts';

export interface StackedRow {
  readonly label: string;
  readonly parts: readonly StackedPart[];
}

export interface StackedPart {
  readonly name: string;
  readonly className: string;
  readonly count: number;
}

const [WIDTH, LEFT, ROW] = [960, 250, 34];

/** Counts by kind, one bar a row, all on one scale. */
export function stackedBars(text: ChartText, rows: readonly StackedRow[]): Markup {
  const largest = Math.max(1, ...rows.map(({ parts }) => total(parts)));
  const unit = (WIDTH - LEFT - 20) / largest;
  return chart(text, WIDTH, rows.length * ROW + 6, rows.map(({ label, parts }, i) => [
    markup`<text class="label" x="${LEFT - 14}" y="${i * ROW + 22}" text-anchor="end">${clipMiddle(label, 30)}</text>`,
    parts.map((part, p) => bar(part, LEFT + total(parts.slice(0, p)) * unit, i * ROW, part.count * unit)),
  ]));
}

function bar({ name, className, count }: StackedPart, x: number, y: number, width: number): Markup | null {
  if (count === 0) return null;
  const shown = Math.max(1, width - 2);
  const figure = markup`<text class="on-bar" x="${px(x + shown / 2)}" y="${y + 22}" text-anchor="middle">${count}</text>`;
  return markup`<g class="${className}"><title>${name}: ${count}</title>
<rect class="bar" x="${px(x)}" y="${y + 6}" width="${px(shown)}" height="${ROW - 10}" rx="3"/>${width > 26 && figure}</g>`;
}

function total(parts: readonly StackedPart[]): number {
  return parts.reduce((sum, part) => sum + part.count, 0);
}

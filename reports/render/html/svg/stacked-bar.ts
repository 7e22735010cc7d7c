import { type Markup, markup } from '../markup.ts';
import { chart, type ChartText, clip, px } from './chart.ts';

export interface StackedRow {
  readonly label: string;
  readonly parts: readonly { readonly name: string; readonly className: string; readonly count: number }[];
}

const [WIDTH, LEFT, ROW] = [960, 250, 34];

/** Counts by kind, one bar a row, all on one scale. */
export function stackedBars(text: ChartText, rows: readonly StackedRow[]): Markup {
  const largest = Math.max(1, ...rows.map((row) => row.parts.reduce((sum, part) => sum + part.count, 0)));
  const unit = (WIDTH - LEFT - 20) / largest;
  return chart(text, WIDTH, rows.length * ROW + 6, rows.map((row, i) => {
    let at = LEFT;
    return markup`<text class="label" x="${LEFT - 14}" y="${i * ROW + 22}" text-anchor="end">${clip(row.label, 34)}</text>${row.parts.filter((part) => part.count > 0).map((part) => {
      const width = part.count * unit;
      const bar = markup`<g class="${part.className}"><title>${part.name}: ${part.count}</title><rect class="bar" x="${px(at)}" y="${i * ROW + 6}" width="${px(Math.max(1, width - 2))}" height="${ROW - 10}" rx="3"/>
${width > 26 ? markup`<text class="on-bar" x="${px(at + width / 2 - 1)}" y="${i * ROW + 22}" text-anchor="middle">${part.count}</text>` : null}</g>`;
      at += width;
      return bar;
    })}`;
  }));
}

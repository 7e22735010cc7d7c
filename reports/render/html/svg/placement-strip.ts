import type { Place } from '../../../../models/contracts/placement.ts';
import { type Markup, markup } from '../markup.ts';
import { chart, type ChartText, clipMiddle, px } from './chart.ts';

export interface StripRow {
  readonly label: string;
  readonly operations: readonly StripOperation[];
}

export interface StripOperation {
  readonly place: Place;
  readonly work: number;
  /** What a reader is told who points at it. */
  readonly title: string;
}

const [WIDTH, LEFT, LANE, GAP, LANE_NAME] = [960, 300, 15, 18, 6];
/** Pixels of an operation without work, where there is room for that. */
const LEAST = 3;

/**
 * Operations from left to right in execution order, as wide as their work, each in the lane of the place where it runs: the lane tells the place,
 * the colour repeats it. `lanes` are those of all rows, with their names.
 */
export function placementStrip(text: ChartText, rows: readonly StripRow[], lanes: readonly { readonly place: Place; readonly name: string }[]): Markup {
  const step = lanes.length * LANE + GAP;
  return chart(text, WIDTH, rows.length * step - GAP + 8, rows.map((row, i) => oneRow(row, lanes, i * step + 4)), 'strip');
}

function oneRow({ label, operations }: StripRow, lanes: readonly { readonly place: Place; readonly name: string }[], top: number): Markup {
  const middle = top + (lanes.length * LANE) / 2;
  let x = LEFT;
  const widths = widthsOf(operations);
  return markup`<text class="label" x="0" y="${px(middle + 4)}">${clipMiddle(label, 28)}</text>
${lanes.map(({ name }, i) => markup`<line class="grid" x1="${LEFT}" x2="${WIDTH}" y1="${px(top + (i + 0.5) * LANE)}" y2="${px(top + (i + 0.5) * LANE)}"/><text class="name" x="${LEFT - LANE_NAME}" y="${px(top + (i + 0.5) * LANE + 4)}" text-anchor="end">${name}</text>`)}
${operations.map(({ place, title }, i) => {
    const [left, width] = [x, widths[i] as number];
    x += width;
    const lane = Math.max(0, lanes.findIndex((one) => one.place === place));
    return markup`<rect class="at ${place}" x="${px(left)}" y="${px(top + lane * LANE + 1)}" width="${px(Math.max(0.6, width - (width > 2 ? 0.8 : 0)))}" height="${LANE - 2}"><title>${title}</title></rect>`;
  })}`;
}

function widthsOf(operations: readonly StripOperation[]): number[] {
  const room = WIDTH - LEFT;
  const total = operations.reduce((sum, { work }) => sum + work, 0);
  const least = total > 0 ? Math.min(LEAST, (0.5 * room) / operations.length) : room / operations.length;
  return operations.map(({ work }) => least + (total > 0 ? (room - least * operations.length) * (work / total) : 0));
}

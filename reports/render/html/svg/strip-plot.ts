import { type Markup, markup } from '../markup.ts';
import { chart, type ChartText, leftAxis, px, seriesClass } from './chart.ts';
import { lengthDomain, linearScale, type Scale } from './scale.ts';

export interface StripBlock {
  readonly series: number;
  readonly label: string;
  /** Milliseconds in the order taken. */
  readonly samples: readonly number[];
  readonly median: number;
  /** What disturbed it, or a thermal state that is not nominal; null where nothing did. */
  readonly remark: string | null;
}

const [WIDTH, LEFT, TOP, HEIGHT] = [960, 56, 30, 190];

/** Blocks of one chart, evenly chosen where there are more. */
export const MOST_BLOCKS = 160;
/** Samples of one chart, and the fewest and most of a block. */
const [MOST_SAMPLES, FEWEST_OF_BLOCK, MOST_OF_BLOCK] = [3_000, 5, 60];

/** Samples further off than so many times the slowest block's median would press all others to the ground. */
const FAR = 4;

/** Every raw sample, block after block in the order of the schedule: warming, drift and disturbed blocks show themselves. */
export function stripPlot(text: ChartText, all: readonly StripBlock[]): Markup {
  const blocks = evenly(all, MOST_BLOCKS);
  const most = Math.max(FEWEST_OF_BLOCK, Math.min(MOST_OF_BLOCK, Math.floor(MOST_SAMPLES / Math.max(1, blocks.length))));
  const bottom = TOP + HEIGHT;
  const ceiling = FAR * Math.max(...blocks.map(({ median }) => median));
  const scale = linearScale(lengthDomain(blocks.flatMap(({ samples }) => samples.map((ms) => Math.min(ms, ceiling)))), [bottom, TOP], 4);
  const highest = scale.ticks.at(-1) as number;
  const y = Object.assign((ms: number) => scale(Math.min(ms, highest)), scale);
  const column = (WIDTH - LEFT - 10) / Math.max(1, blocks.length);
  return chart(text, WIDTH, bottom + 30, [
    leftAxis(y, LEFT, WIDTH, 'ms'),
    drift(blocks, y, column),
    blocks.map((block, i) => oneBlock(block, y, LEFT + (i + 0.12) * column, column * 0.76, most)),
    markup`<text class="name" x="${LEFT}" y="${bottom + 20}">blocks in the order they were taken</text>`,
  ]);
}

/** A line through the medians of each variant's blocks: how it drifts over the session. */
function drift(blocks: readonly StripBlock[], y: Scale, column: number): Markup[] {
  return [...new Set(blocks.map(({ series }) => series))].map((series) => {
    const points = blocks.flatMap((block, i) => (block.series === series ? [`${px(LEFT + (i + 0.5) * column)},${px(y(block.median))}`] : []));
    return markup`<polyline class="drift ${seriesClass(series)}" points="${points.join(' ')}"/>`;
  });
}

function evenly<T>(all: readonly T[], most: number): readonly T[] {
  return all.length <= most ? all : Array.from({ length: most }, (_, i) => all[Math.floor((i * all.length) / most)] as T);
}

function oneBlock(block: StripBlock, y: Scale, left: number, width: number, most: number): Markup {
  const at = (k: number): number => left + (block.samples.length === 1 ? width / 2 : (k / (block.samples.length - 1)) * width);
  const dots = thinned(block.samples, most).map(([k, ms]) => `M${px(at(k))} ${px(y(ms))}h0`).join('');
  const middle = px(y(block.median));
  return markup`<g class="${seriesClass(block.series)}"><title>${block.label}${block.remark !== null && `: ${block.remark}`}</title>
${block.remark !== null && flag(left, width)}<path class="samples" d="${dots}"/>
<line class="median" x1="${px(left)}" x2="${px(left + width)}" y1="${middle}" y2="${middle}"/></g>`;
}

function flag(left: number, width: number): Markup {
  return markup`<rect class="remark" x="${px(left - width * 0.1)}" y="${TOP}" width="${px(width * 1.2)}" height="${HEIGHT}"/>
<text class="flag" x="${px(left + width / 2)}" y="${TOP - 6}" text-anchor="middle">!</text>`;
}

/** Samples with their position, evenly thinned where a block has very many; the smallest and the largest stay. */
function thinned(samples: readonly number[], most: number): (readonly [number, number])[] {
  const all = samples.map((ms, k) => [k, ms] as const);
  if (all.length <= most) return all;
  const step = all.length / most;
  const extreme = (better: (a: number, b: number) => boolean): number =>
    samples.reduce((best, ms, k) => (better(ms, samples[best] as number) ? k : best), 0);
  const [low, high] = [extreme((a, b) => a < b), extreme((a, b) => a > b)];
  return all.filter(([k]) => k === low || k === high || Math.floor(k / step) !== Math.floor((k - 1) / step));
}

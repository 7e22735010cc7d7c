import { formatMs } from '../../../reports/model/format.ts';
import { median } from '../reduce-measures.ts';
import type { LastBlock } from '../ui-state.ts';
import { fitLine, type Line, span } from './line.ts';

const LEVELS = [...' ▁▂▃▄▅▆▇█'];
const STEPS = LEVELS.length - 1;
/** Columns of one sample where there are few. */
const WIDEST = 3;

/**
 * The samples of one block in the order taken, from the fastest to the slowest, `height` rows high. Where there are more samples than columns each
 * column shows the slowest of its own, so that no outlier is lost.
 */
export function sampleLines({ variant, unit, samples, count }: LastBlock, columns: number, height: number): Line[] {
  const known = samples.filter((ms) => Number.isFinite(ms));
  if (known.length < 2 || height < 1) return [];
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const said = `${count > known.length ? `last ${known.length} of ${count}` : known.length} samples, ${formatMs(low)} to ${formatMs(high)}, median ${formatMs(median(known))}`;
  const head = fitLine([span(`  last block: ${variant} on ${unit}  `, 'plain'), span(said, 'dim')], columns);
  const levels = binned(known, Math.max(1, columns - 4)).map((ms) => (high > low ? 1 + Math.round(((ms - low) / (high - low)) * (height * STEPS - 1)) : Math.ceil((height * STEPS) / 2)));
  const wide = Math.max(1, Math.min(WIDEST, Math.floor((columns - 4) / levels.length)));
  const rows = Array.from({ length: height }, (_, row): Line => {
    const below = (height - 1 - row) * STEPS;
    return [span(`  ${levels.map((level) => (LEVELS[Math.min(STEPS, Math.max(0, level - below))] as string).repeat(wide)).join('')}`, 'accent')];
  });
  return [head, ...rows];
}

function binned(samples: readonly number[], columns: number): number[] {
  if (samples.length <= columns) return [...samples];
  return Array.from({ length: columns }, (_, i) => Math.max(...samples.slice(Math.floor((i * samples.length) / columns), Math.floor(((i + 1) * samples.length) / columns))));
}

import { complexity } from './candidate.ts';
import { movedBytes, type Objective, type Row } from './figures.ts';

/** Bytes that are worth no further choice: a hundredth. */
const NEAR = 1.01;

/**
 * The order in which lines that may win are taken, of lines that are best first. Those that move hardly more than the best and spill no more come
 * first, plainest first: a rewrite that costs weights their precision is not paid for by a hundredth of the traffic. Other objectives are taken
 * at their word.
 */
export function inPreference(rows: readonly Row[], objective: Objective): Row[] {
  const [best] = rows;
  if (!best?.figures || objective === 'spill' || objective === 'size') return [...rows];
  const [most, spilled] = [movedBytes(best.figures) * NEAR, best.figures.spillFillBytes];
  const isNear = ({ figures }: Row): boolean => figures !== null && movedBytes(figures) <= most && figures.spillFillBytes <= spilled;
  const near = rows.filter(isNear).map((row, order) => ({ row, order })).sort((a, b) => complexity(a.row.candidate) - complexity(b.row.candidate) || a.order - b.order);
  return [...near.map(({ row }) => row), ...rows.filter((row) => !isNear(row))];
}

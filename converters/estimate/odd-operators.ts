import { costlyOperators, FEWEST_POINTS } from './coverage.ts';
import { holdOut } from './fit.ts';
import type { CalibrationPoint, LatencyFigures } from './point.ts';

/** Networks with an operator from which on the fit itself knows it. */
const ENOUGH = 3;

/** Measured over estimated, or the reverse, from which on an operator is held to cost something that MACs and bytes do not say. */
const ODD = 1.5;

/**
 * Operators of a network that move the error: few of the networks measured have them, and those took longer, or shorter, by half and more
 * than a fit to all others says. Sentences for people.
 */
export function oddOperators(points: readonly CalibrationPoint[], figures: LatencyFigures): string[] {
  return costlyOperators(figures).flatMap((operator) => {
    const having = points.filter((point) => costlyOperators(point).includes(operator));
    const others = points.filter((point) => !having.includes(point));
    if (having.length === 0 || having.length >= ENOUGH || others.length < FEWEST_POINTS) return [];
    const off = having.map((point) => holdOut(others, point)).filter(({ ratio }) => ratio > ODD || ratio < 1 / ODD);
    return off.map(({ model, ratio }) => `${operator} moves the error: ${model}, which has it, took ${ratio.toFixed(2)} times what a fit to networks without it says.`);
  });
}

import type { Dim } from '../types.ts';
import { polynomial } from './dim.ts';
import { callOf, floor, plus, type Polynomial, ratio, replaceAtoms, same } from './polynomial.ts';

/**
 * Fractions that must be whole when `a` and `b` are known to be equal: `3*H*W` = `12*floor(H/2)*floor(W/2)` says that H/2 and W/2 are
 * whole, because rounding down can only make the right side smaller. Null where the equation says nothing of that kind.
 */
export function wholeFractions(a: Dim, b: Dim): Polynomial[] | null {
  if (a === null || b === null || a === b || (typeof a === 'number' && typeof b === 'number')) return null;
  const [x, y] = [polynomial(a), polynomial(b)];
  return fromEquation(x, y) ?? fromEquation(y, x) ?? fromRoundings(x, y) ?? fromRoundings(y, x);
}

function fromEquation(exact: Polynomial, rounded: Polynomial): Polynomial[] | null {
  const fractions = floorsIn(rounded);
  if (fractions.length === 0 || floorsIn(exact).length > 0 || rounded.some((term) => term.num < 0)) return null;
  const unrounded = replaceAtoms(rounded, (atom) => {
    const call = callOf(atom);
    return call?.name === 'floor' ? call.arg : null;
  });
  return same(unrounded, exact) ? fractions : null;
}

/** ⌊X⌋ = ⌊X + (d − 1)/d⌋ only where X is whole: rounding down and rounding up meet. */
function fromRoundings(down: Polynomial, up: Polynomial): Polynomial[] | null {
  const [x, ...more] = floorsIn(down);
  if (!x || more.length > 0 || floorsIn(up).length !== 1) return null;
  const den = x.reduce((lcm, term) => Math.max(lcm, term.den), 1);
  const raised = replaceAtoms(down, (atom) => (callOf(atom)?.name === 'floor' ? floor(plus(x, ratio(den - 1, den))) : null));
  return same(raised, up) ? [x] : null;
}

function floorsIn(value: Polynomial): Polynomial[] {
  return value.flatMap((term) => term.atoms).flatMap((atom) => {
    const call = callOf(atom);
    return call?.name === 'floor' ? [call.arg] : [];
  });
}

import type { Dim } from '../types.ts';
import { parse } from './parse.ts';
import {
  asNumber, callOf, ceil, constant, floor, format, maximum, minimum, plus, type Polynomial, quotient, replaceAtoms, scale, times,
} from './polynomial.ts';

/**
 * Arithmetic on dimensions. Numbers stay on the fast path; text is canonical, so equal expressions are equal strings; null (unknown)
 * spreads. Symbols stand for whole numbers ≥ 1. A fraction such as `H/2` is used only where the value is known to be whole.
 */

export function addDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  if (a === 0) return b;
  if (b === 0) return a;
  return combine(a, b, plus);
}

export function subDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return b === 0 ? a : combine(a, b, (x, y) => plus(x, scale(y, -1, 1)));
}

export function mulDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  if (a === 0 || b === 0) return 0;
  if (a === 1) return b;
  if (b === 1) return a;
  return combine(a, b, times);
}

/** a / b as a fraction, e.g. `H/2`; null where it is no polynomial or b is 0. */
export function divDims(a: Dim, b: Dim): Dim {
  if (b === 0) return null;
  if (typeof a === 'number' && typeof b === 'number') return a / b;
  return b === 1 ? a : combine(a, b, quotient);
}

/** ⌊a⌋ of what `divDims` gave. `integral`: fractions known to be whole. */
export function floorDim(a: Dim, integral: readonly Polynomial[] = []): Dim {
  if (typeof a === 'number') return Math.floor(a);
  return a === null ? null : toDim(floor(polynomial(a), integral));
}

export function ceilDim(a: Dim, integral: readonly Polynomial[] = []): Dim {
  if (typeof a === 'number') return Math.ceil(a);
  return a === null ? null : toDim(ceil(polynomial(a), integral));
}

export function maxDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return Math.max(a, b);
  return combine(a, b, maximum);
}

export function minDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return Math.min(a, b);
  return combine(a, b, minimum);
}

/** Product of all dimensions: the number of elements. */
export function productOf(dims: readonly Dim[]): Dim {
  let product: Dim = 1;
  for (const dim of dims) product = mulDims(product, dim);
  return dims.includes(0) ? 0 : product;
}

/** Canonical text of a dimension as a file states it. */
export function canonicalDim(dim: Dim): Dim {
  return typeof dim === 'string' ? toDim(polynomial(dim)) : dim;
}

/** The dimension with symbols replaced; the result is a number when all are bound. Symbols that `bindings` lacks stay. */
export function evaluateDim(dim: Dim, bindings: ReadonlyMap<string, number>): Dim {
  if (typeof dim !== 'string' || bindings.size === 0) return dim;
  return toDim(replaceAtoms(polynomial(dim), (name) => (bindings.has(name) ? constant(bindings.get(name) as number) : null)));
}

/** Symbols that a dimension depends on. */
export function symbolsOf(dim: Dim): Set<string> {
  const found = new Set<string>();
  if (typeof dim === 'string') collectSymbols(polynomial(dim), found);
  return found;
}

/**
 * The polynomial of both sides. Null where a side is unknown, or a number that is no multiple of 1/1024: runtimes multiply such scales in
 * float32, where the product with a size may round up to a whole number.
 */
function combine(a: Dim, b: Dim, operation: (a: Polynomial, b: Polynomial) => Polynomial | null): Dim {
  if (a === null || b === null || !isExact(a) || !isExact(b)) return null;
  const result = operation(polynomial(a), polynomial(b));
  return result && toDim(result);
}

function isExact(dim: number | string): boolean {
  return typeof dim === 'string' || Number.isSafeInteger(dim * 1024);
}

const parsed = new Map<string, Polynomial>();

export function polynomial(dim: number | string): Polynomial {
  if (typeof dim === 'number') return constant(dim);
  let known = parsed.get(dim);
  if (!known) {
    known = parse(dim);
    parsed.set(dim, known);
  }
  return known;
}

export function toDim(value: Polynomial): Dim {
  const number = asNumber(value);
  if (number !== null) return number;
  const text = format(value);
  parsed.set(text, value);
  return text;
}

function collectSymbols(value: Polynomial, found: Set<string>): void {
  for (const name of value.flatMap((term) => term.atoms)) {
    const call = callOf(name);
    if (call) collectSymbols(call.arg, found);
    else found.add(name);
  }
}

/**
 * Canonical form of symbolic dimensions: a sum of terms, each a rational coefficient times a sorted product of atoms. An atom is a symbol,
 * or a call (`floor(p)`, `max(0,p)`) on a canonical polynomial. Equal polynomials print the same text.
 */

interface Term {
  readonly num: number;
  /** Positive, coprime to `num`. */
  readonly den: number;
  /** Texts of the atoms, sorted, repeated for powers. */
  readonly atoms: readonly string[];
}

/** Terms sorted by degree (highest first), then text; none has coefficient 0. Empty: zero. */
export type Polynomial = readonly Term[];

/** ⌊arg⌋ or max(0, arg). */
export interface Call {
  readonly name: 'floor' | 'max';
  readonly arg: Polynomial;
}

const calls = new Map<string, Call>();

/** What an atom stands for; null for a plain symbol. */
export function callOf(atom: string): Call | null {
  return calls.get(atom) ?? null;
}

/** A whole number or a multiple of 1/1024, such as the scales 2, 0.5 and 1.25. */
export function constant(value: number): Polynomial {
  return Number.isInteger(value) ? ratio(value, 1) : ratio(value * 1024, 1024);
}

export function ratio(num: number, den: number): Polynomial {
  return num === 0 ? [] : [reduce({ num, den, atoms: [] })];
}

export function atom(name: string): Polynomial {
  return [{ num: 1, den: 1, atoms: [name] }];
}

export function plus(a: Polynomial, b: Polynomial): Polynomial {
  return collect([...a, ...b]);
}

export function times(a: Polynomial, b: Polynomial): Polynomial {
  return collect(a.flatMap((x) => b.map((y) => ({ num: x.num * y.num, den: x.den * y.den, atoms: [...x.atoms, ...y.atoms].sort() }))));
}

export function scale(a: Polynomial, num: number, den: number): Polynomial {
  return collect(a.map((term) => ({ num: term.num * num, den: term.den * den, atoms: term.atoms })));
}

/** a / b where that is a polynomial again: b is one term whose atoms every term of `a` contains, or a multiple of `a`; else null. */
export function quotient(a: Polynomial, b: Polynomial): Polynomial | null {
  const [divisor] = b;
  if (!divisor) return null;
  if (b.length === 1) return divideByTerm(a, divisor);
  const [lead] = a;
  if (!lead) return [];
  const factor = divideByTerm([lead], divisor);
  return factor && same(times(factor, b), a) ? factor : null;
}

/**
 * ⌊a⌋. Whole multiples come out of the bracket, nested floors are merged, ⌊7H/8⌋ becomes H − ⌈H/8⌉: equal values print the same.
 * `integral`: fractions known to be whole.
 */
export function floor(a: Polynomial, integral: readonly Polynomial[] = []): Polynomial {
  const den = commonDenominator(a);
  if (den === 1) return a;
  const whole: Term[] = [];
  const rest: Term[] = [];
  for (const term of a) {
    const num = term.num * (den / term.den);
    const out = Math.floor(num / den);
    if (out !== 0) whole.push({ num: out, den: 1, atoms: term.atoms });
    if (num - out * den !== 0) rest.push({ num: num - out * den, den, atoms: term.atoms });
  }
  const fraction = collect(rest);
  if (asNumber(fraction) !== null) return collect(whole);
  for (const known of integral) {
    const multiple = wholeMultiple(fraction, known);
    if (multiple) return plus(plus(collect(whole), multiple), floor(plus(fraction, scale(multiple, -1, 1)), integral));
  }
  const merged = unnest(fraction);
  if (merged) return plus(collect(whole), floor(merged, integral));
  const [lead] = fraction;
  if (lead && 2 * lead.num > lead.den) return plus(collect(whole), scale(ceil(scale(fraction, -1, 1), integral), -1, 1));
  return plus(collect(whole), atom(define({ name: 'floor', arg: fraction })));
}

/** ⌈a⌉ as a floor: ⌊a + (d − 1)/d⌋ for the common denominator d. */
export function ceil(a: Polynomial, integral: readonly Polynomial[] = []): Polynomial {
  const den = commonDenominator(a);
  return floor(plus(a, ratio(den - 1, den)), integral);
}

/**
 * max(0, a). Decided where a bound says so (symbols are ≥ 1); common factors and the sign come out, so sums of maxima and minima cancel.
 */
function positivePart(a: Polynomial): Polynomial {
  if (isNonNegative(a)) return a;
  const negated = scale(a, -1, 1);
  if (isNonNegative(negated)) return [];
  if ((a[0] as Term).num < 0) return plus(positivePart(negated), a);
  const [num, den] = content(a);
  return scale(atom(define({ name: 'max', arg: scale(a, den, num) })), num, den);
}

export function maximum(a: Polynomial, b: Polynomial): Polynomial {
  return plus(b, positivePart(plus(a, scale(b, -1, 1))));
}

export function minimum(a: Polynomial, b: Polynomial): Polynomial {
  return plus(a, scale(positivePart(plus(a, scale(b, -1, 1))), -1, 1));
}

/** True where `a` ≥ 0 for all symbols ≥ 1, as far as terms and roundings alone tell. */
function isNonNegative(a: Polynomial): boolean {
  if (a.every((term) => term.num >= 0)) return true;
  const bound = a.reduce<Polynomial>((sum, term) => plus(sum, lowerBound(term)), []);
  const shifted = replaceAtoms(bound, (name) => (calls.has(name) ? atom(name) : plus(atom(name), constant(1))));
  return shifted.every((term) => term.num >= 0);
}

/** The value of a polynomial without atoms, else null. */
export function asNumber(a: Polynomial): number | null {
  if (a.length === 0) return 0;
  const [term] = a;
  return a.length === 1 && term && term.atoms.length === 0 ? term.num / term.den : null;
}

export function same(a: Polynomial, b: Polynomial): boolean {
  return a.length === b.length && format(a) === format(b);
}

/** Replaces atoms; `map` returns null to keep one. Calls are rebuilt from their replaced arguments. */
export function replaceAtoms(a: Polynomial, map: (atom: string) => Polynomial | null): Polynomial {
  let sum: Polynomial = [];
  for (const term of a) {
    let product: Polynomial = [{ num: term.num, den: term.den, atoms: [] }];
    for (const name of term.atoms) product = times(product, map(name) ?? rebuild(name, map));
    sum = plus(sum, product);
  }
  return sum;
}

/** `2*H`, `H/2`, `floor((H+1)/2)`, `H*W-3`. */
export function format(a: Polynomial): string {
  if (a.length === 0) return '0';
  return a.map((term, i) => {
    const sign = term.num < 0 ? '-' : i > 0 ? '+' : '';
    const factors = Math.abs(term.num) === 1 && term.atoms.length > 0 ? term.atoms : [String(Math.abs(term.num)), ...term.atoms];
    return `${sign}${factors.join('*')}${term.den === 1 ? '' : `/${term.den}`}`;
  }).join('');
}

function rebuild(name: string, map: (atom: string) => Polynomial | null): Polynomial {
  const call = calls.get(name);
  if (!call) return atom(name);
  const arg = replaceAtoms(call.arg, map);
  return call.name === 'floor' ? floor(arg) : positivePart(arg);
}

/** A term with its single rounding replaced by a bound from below: X for −⌊X⌋, X − (d − 1)/d for ⌊X⌋. */
function lowerBound(term: Term): Polynomial {
  const [name] = term.atoms;
  const call = term.atoms.length === 1 && name !== undefined ? calls.get(name) : undefined;
  if (call?.name !== 'floor') return [term];
  const den = commonDenominator(call.arg);
  const inside = term.num < 0 ? call.arg : plus(call.arg, ratio(1 - den, den));
  return scale(inside, term.num, term.den);
}

/** Greatest rational that divides every coefficient. */
function content(a: Polynomial): [number, number] {
  return [a.reduce((num, term) => gcd(num, term.num), 0), commonDenominator(a)];
}

/** (⌊Y⌋ + c)/d has the floor of (Y + c)/d for whole c and d. Null where `a` is not of that form. */
function unnest(a: Polynomial): Polynomial | null {
  const [first, second = { num: 0, den: 1, atoms: [] }, ...more] = a;
  if (!first || more.length > 0 || first.atoms.length !== 1 || second.atoms.length > 0 || first.num !== 1) return null;
  const call = calls.get(first.atoms[0] as string);
  const shift = (second.num * first.den) / second.den;
  if (call?.name !== 'floor' || !Number.isInteger(shift)) return null;
  return scale(plus(call.arg, constant(shift)), 1, first.den);
}

/** k·known for the whole k that cancels the leading term of `a`; null where there is none. */
function wholeMultiple(a: Polynomial, known: Polynomial): Polynomial | null {
  const factor = divideByTerm(a.slice(0, 1), known[0] as Term);
  const number = factor && asNumber(factor);
  return number !== null && Number.isInteger(number) ? scale(known, number, 1) : null;
}

function define(call: Call): string {
  const text = call.name === 'floor' ? `floor(${formatQuotient(call.arg)})` : `max(0,${format(call.arg)})`;
  calls.set(text, call);
  return text;
}

/** The argument of a floor with one common denominator: `(H+1)/2`. */
function formatQuotient(a: Polynomial): string {
  const den = commonDenominator(a);
  const numerator = format(scale(a, den, 1));
  return a.length === 1 ? `${numerator}/${den}` : `(${numerator})/${den}`;
}

function commonDenominator(a: Polynomial): number {
  return a.reduce((den, term) => (den / gcd(den, term.den)) * term.den, 1);
}

function divideByTerm(a: Polynomial, divisor: Term): Polynomial | null {
  const out: Term[] = [];
  for (const term of a) {
    const atoms = [...term.atoms];
    for (const name of divisor.atoms) {
      const at = atoms.indexOf(name);
      if (at < 0) return null;
      atoms.splice(at, 1);
    }
    out.push({ num: term.num * divisor.den, den: term.den * divisor.num, atoms });
  }
  return collect(out);
}

/** Sums like terms, reduces fractions, sorts. */
function collect(terms: readonly Term[]): Polynomial {
  const sums = new Map<string, Term>();
  for (const term of terms) {
    const key = term.atoms.join('*');
    const known = sums.get(key);
    const sum = known ? { num: known.num * term.den + term.num * known.den, den: known.den * term.den, atoms: term.atoms } : term;
    sums.set(key, reduce(sum));
  }
  return [...sums.values()].filter((term) => term.num !== 0).sort(order);
}

function reduce(term: Term): Term {
  const divisor = gcd(term.num, term.den) * (term.den < 0 ? -1 : 1);
  return divisor === 1 ? term : { num: term.num / divisor, den: term.den / divisor, atoms: term.atoms };
}

function order(a: Term, b: Term): number {
  if (a.atoms.length !== b.atoms.length) return b.atoms.length - a.atoms.length;
  return a.atoms.join('*') < b.atoms.join('*') ? -1 : 1;
}

function gcd(a: number, b: number): number {
  let [x, y] = [Math.abs(a), Math.abs(b)];
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}

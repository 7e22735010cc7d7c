import { atom, ceil, constant, floor, maximum, minimum, plus, type Polynomial, quotient, scale, times } from './polynomial.ts';

/**
 * Reads dimension text as exporters write it (`2*s0`, `(s0 - 1)//2 + 1`, `floor(H/2)`, `Max(1, s0)`). Anything else is one opaque symbol.
 */
export function parse(text: string): Polynomial {
  const tokens = text.match(TOKEN) ?? [];
  if (tokens.join('') !== text.replace(/\s+/g, '')) return atom(text);
  const reader = new Reader(tokens);
  const value = reader.sum();
  return value && reader.done && !isNumber(value) ? value : atom(text);
}

const TOKEN = /[A-Za-z_][\w.]*|\d+|\/\/|\*\*|[-+*/(),]/g;

const isNumber = (value: Polynomial): boolean => value.every((term) => term.atoms.length === 0);

/** Recursive descent; every rule returns null where the text is not of the grammar. */
class Reader {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  get done(): boolean {
    return this.#at === this.#tokens.length;
  }

  sum(): Polynomial | null {
    let left = this.#product();
    while (left && (this.#peek('+') || this.#peek('-'))) {
      const sign = this.#next() === '+' ? 1 : -1;
      const right = this.#product();
      left = right && plus(left, scale(right, sign, 1));
    }
    return left;
  }

  #product(): Polynomial | null {
    let left = this.#factor();
    while (left && (this.#peek('*') || this.#peek('/') || this.#peek('//'))) {
      const operator = this.#next();
      const right = this.#factor();
      if (!right) return null;
      if (operator === '*') left = times(left, right);
      else {
        const exact = quotient(left, right);
        left = exact && operator === '//' ? floor(exact) : exact;
      }
    }
    return left;
  }

  #factor(): Polynomial | null {
    if (this.#peek('-')) {
      this.#next();
      const value = this.#factor();
      return value && scale(value, -1, 1);
    }
    const base = this.#primary();
    if (!base || !this.#peek('**')) return base;
    this.#next();
    const power = Number(this.#next());
    if (!Number.isInteger(power) || power < 0 || power > 8) return null;
    return Array.from({ length: power }, () => base).reduce(times, constant(1));
  }

  #primary(): Polynomial | null {
    const token = this.#next();
    if (token === undefined) return null;
    if (/^\d/.test(token)) return constant(Number(token));
    if (token === '(') {
      const value = this.sum();
      return this.#next() === ')' ? value : null;
    }
    if (!/^[A-Za-z_]/.test(token)) return null;
    return this.#peek('(') ? this.#call(token.toLowerCase()) : atom(token);
  }

  #call(name: string): Polynomial | null {
    this.#next();
    const args: Polynomial[] = [];
    do {
      const arg = this.sum();
      if (!arg) return null;
      args.push(arg);
    } while (this.#peek(',') && this.#next());
    const [first] = args;
    if (this.#next() !== ')' || !first) return null;
    if (name === 'floor' && args.length === 1) return floor(first);
    if ((name === 'ceil' || name === 'ceiling') && args.length === 1) return ceil(first);
    if (name === 'max' || name === 'min') return args.reduce((a, b) => (name === 'max' ? maximum(a, b) : minimum(a, b)));
    return null;
  }

  #peek(token: string): boolean {
    return this.#tokens[this.#at] === token;
  }

  #next(): string | undefined {
    return this.#tokens[this.#at++];
  }
}

import { UserError } from '../../models/contracts/index.ts';

/** What a text with a unit measures, and the unit that its value is given in. */
export type Dimension = 'ms' | 'bytes' | 'dB' | '%' | 'similarity' | 'count';

export interface Quantity {
  readonly value: number;
  readonly dimension: Dimension;
}

const UNITS: Readonly<Record<string, readonly [Dimension, number]>> = {
  ns: ['ms', 1e-6],
  us: ['ms', 1e-3],
  µs: ['ms', 1e-3],
  μs: ['ms', 1e-3],
  ms: ['ms', 1],
  s: ['ms', 1e3],
  min: ['ms', 6e4],
  b: ['bytes', 1],
  kb: ['bytes', 1e3],
  mb: ['bytes', 1e6],
  gb: ['bytes', 1e9],
  kib: ['bytes', 1024],
  mib: ['bytes', 1024 ** 2],
  gib: ['bytes', 1024 ** 3],
  db: ['dB', 1],
  '%': ['%', 1],
  k: ['count', 1e3],
  m: ['count', 1e6],
  g: ['count', 1e9],
};

/**
 * Reads `16 ms`, `4 MB`, `0.1 dB`, `5%`, `1.2 G`, or a bare number, which is a count or a similarity. Null where it is none of these or
 * negative.
 */
export function readQuantity(text: string | number): Quantity | null {
  const match = /^\s*(\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*([a-zµμ%]*)\s*$/i.exec(String(text));
  if (!match) return null;
  const [, number, unit] = match as unknown as [string, string, string];
  if (unit === '') return { value: Number(number), dimension: 'count' };
  const known = Object.hasOwn(UNITS, unit.toLowerCase()) ? UNITS[unit.toLowerCase()] : undefined;
  return known ? { value: Number(number) * known[1], dimension: known[0] } : null;
}

/** A quantity that must have one of these dimensions; a bare number passes as `similarity` too. Throws UserError with an example. */
export function parseQuantity(text: string | number, allowed: readonly Dimension[]): Quantity {
  const quantity = readQuantity(text);
  if (quantity && allowed.includes(quantity.dimension)) return quantity;
  if (quantity?.dimension === 'count' && allowed.includes('similarity')) return { ...quantity, dimension: 'similarity' };
  throw new UserError(`"${text}" is not ${allowed.map((dimension) => NAMES[dimension]).join(' or ')}.`, [
    `Write e.g. ${allowed.map((d) => `"${EXAMPLES[d]}"`).join(' or ')}.`,
  ]);
}

const NAMES: Readonly<Record<Dimension, string>> = {
  ms: 'a duration', bytes: 'a size', dB: 'a level in dB', '%': 'a percentage', similarity: 'a similarity', count: 'a count',
};

const EXAMPLES: Readonly<Record<Dimension, string>> = {
  ms: '16 ms',
  bytes: '4 MB',
  dB: '0.1 dB',
  '%': '5%',
  similarity: '0.001',
  count: '120',
};

import { isEscaped } from './text.ts';

/** The first place where two readings of one file differ. */
export interface Difference {
  readonly path: string;
  readonly meant: string;
  readonly found: string;
}

/**
 * Compares a message with what another decoder, perhaps of an older schema, read of it. Fields that the other schema does not have are passed over;
 * what it has must be equal, and it must not have found more. `left`: byte fields whose content was not in what it read (compared elsewhere).
 * Returns null where nothing differs.
 */
export function compareMessages(meant: object, found: object, left: ReadonlySet<object>): Difference | null {
  return message(meant as Message, found as Message, left, '');
}

type Message = Record<string, unknown>;

interface Long64 {
  readonly low: number;
  readonly high: number;
}

function message(meant: Message, found: Message, left: ReadonlySet<object>, path: string): Difference | null {
  for (const key of Object.keys(meant)) {
    if (!(key in found)) continue;
    const difference = field(meant[key], found[key], left, `${path}.${key}`);
    if (difference) return difference;
  }
  if ('$unknowns' in meant) return null;
  for (const key of Object.keys(found)) {
    if (Object.hasOwn(meant, key) || isEmpty(found[key])) continue;
    return { path: `${path}.${key}`, meant: 'nothing', found: show(found[key]) };
  }
  return null;
}

function field(meant: unknown, found: unknown, left: ReadonlySet<object>, path: string): Difference | null {
  if (meant === null || meant === undefined) return isEmpty(found) ? null : { path, meant: 'nothing', found: show(found) };
  if (meant instanceof Uint8Array) return bytes(meant, found, left, path);
  if (Array.isArray(meant)) return list(meant, found, left, path);
  if (typeof meant === 'object' && !isLong(meant)) {
    return typeof found === 'object' && found !== null ? message(meant as Message, found as Message, left, path) : { path, meant: 'a message', found: show(found) };
  }
  return sameScalar(meant, found) ? null : { path, meant: show(meant), found: show(found) };
}

function bytes(meant: Uint8Array, found: unknown, left: ReadonlySet<object>, path: string): Difference | null {
  const expected = left.has(meant) ? EMPTY : meant;
  if (found instanceof Uint8Array && Buffer.compare(expected, found) === 0) return null;
  return { path, meant: `${expected.length} bytes`, found: show(found) };
}

function list(meant: readonly unknown[], found: unknown, left: ReadonlySet<object>, path: string): Difference | null {
  const expected = left.has(meant) ? [] : meant;
  const items = Array.isArray(found) ? found : [];
  if (items.length !== expected.length) return { path, meant: `${expected.length} items`, found: `${items.length} items` };
  for (let i = 0; i < expected.length; i++) {
    const difference = field(expected[i], items[i], left, `${path}[${i}]`);
    if (difference) return difference;
  }
  return null;
}

/** Numbers may have been given in float64 for a float32 field, and a decoder without Long reads int64 as number. */
function sameScalar(meant: unknown, found: unknown): boolean {
  if (meant === found) return true;
  if (isLong(meant)) return isLong(found) ? meant.low === found.low && meant.high === found.high : typeof found === 'number' && toNumber(meant) === found;
  if (typeof meant === 'number') {
    const other = isLong(found) ? toNumber(found) : found;
    return meant === other || (typeof other === 'number' && (Object.is(Math.fround(meant), other) || (Number.isNaN(meant) && Number.isNaN(other))));
  }
  return typeof meant === 'string' && typeof found === 'string' && isEscaped(meant);
}

function isLong(value: unknown): value is Long64 {
  return typeof value === 'object' && value !== null && 'low' in value && 'high' in value;
}

function toNumber({ low, high }: Long64): number {
  return high * 2 ** 32 + (low >>> 0);
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || (Array.isArray(value) && value.length === 0);
}

function show(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value)) return `${value.length} items`;
  return isLong(value) ? String(toNumber(value)) : typeof value === 'object' ? 'a message' : JSON.stringify(value);
}

const EMPTY = new Uint8Array(0);

import { isEscaped } from './text.ts';

/** The first place where two readings of one file differ. */
export interface Difference {
  readonly path: string;
  readonly meant: string;
  readonly found: string;
}

/**
 * Compares a message with what another decoder, perhaps of an older schema, read of it. Fields that the other schema does not have are
 * passed over; what it has must be equal, and it must not have found more. `left`: byte fields whose content was not in what it read
 * (compared elsewhere). Returns null where nothing differs.
 */
export function compareMessages(meant: object, found: object, left: ReadonlySet<object>): Difference | null {
  return message(meant as Message, found as Message, left);
}

type Message = Record<string, unknown>;

interface Long64 {
  readonly low: number;
  readonly high: number;
}

function message(meant: Message, found: Message, left: ReadonlySet<object>): Difference | null {
  for (const key of Object.keys(meant)) {
    const value = meant[key];
    const other = found[key];
    if (value === other || other === undefined || (isNothing(value) && !Object.hasOwn(found, key))) continue;
    const difference = field(value, other, left);
    if (difference) return within(`.${key}`, difference);
  }
  if ('$unknowns' in meant) return null;
  for (const key of Object.keys(found)) {
    if (Object.hasOwn(meant, key) || isEmpty(found[key])) continue;
    return { path: `.${key}`, meant: 'nothing', found: show(found[key]) };
  }
  return null;
}

function field(meant: unknown, found: unknown, left: ReadonlySet<object>): Difference | null {
  if (typeof meant !== 'object' && meant !== undefined) return sameScalar(meant, found) ? null : unequal(meant, found);
  if (isNothing(meant)) return isEmpty(found) ? null : unequal(meant, found);
  if (Array.isArray(meant)) return list(left.has(meant) ? [] : meant, Array.isArray(found) ? found : [], left);
  if (meant instanceof Uint8Array) return sameBytes(left.has(meant) ? EMPTY : meant, found) ? null : unequal(meant, found);
  if (isLong(meant)) return sameScalar(meant, found) ? null : unequal(meant, found);
  return typeof found === 'object' && found !== null ? message(meant as Message, found as Message, left) : unequal(meant, found);
}

function list(meant: readonly unknown[], found: readonly unknown[], left: ReadonlySet<object>): Difference | null {
  if (found.length !== meant.length) return unequal(meant, found);
  for (let i = 0; i < meant.length; i++) {
    if (meant[i] === found[i]) continue;
    const difference = field(meant[i], found[i], left);
    if (difference) return within(`[${i}]`, difference);
  }
  return null;
}

function within(step: string, { path, meant, found }: Difference): Difference {
  return { path: step + path, meant, found };
}

function unequal(meant: unknown, found: unknown): Difference {
  return { path: '', meant: show(meant), found: show(found) };
}

function sameBytes(meant: Uint8Array, found: unknown): boolean {
  return found instanceof Uint8Array && Buffer.compare(meant, found) === 0;
}

/** Numbers may have been given in float64 for a float32 field, and a decoder without Long reads int64 as number. */
function sameScalar(meant: unknown, found: unknown): boolean {
  if (meant === found) return true;
  if (isLong(meant))
    return isLong(found) ? meant.low === found.low && meant.high === found.high : typeof found === 'number' && toNumber(meant) === found;
  if (typeof meant === 'number') {
    const other = isLong(found) ? toNumber(found) : found;
    return (
      meant === other ||
      (typeof other === 'number' && (Object.is(Math.fround(meant), other) || (Number.isNaN(meant) && Number.isNaN(other))))
    );
  }
  return typeof meant === 'string' && typeof found === 'string' && isEscaped(meant);
}

function isLong(value: unknown): value is Long64 {
  return typeof value === 'object' && value !== null && 'low' in value && 'high' in value;
}

function toNumber({ low, high }: Long64): number {
  return high * 2 ** 32 + (low >>> 0);
}

function isNothing(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function isEmpty(value: unknown): boolean {
  return isNothing(value) || (Array.isArray(value) && value.length === 0);
}

function show(value: unknown): string {
  if (isNothing(value)) return 'nothing';
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value)) return `${value.length} items`;
  return isLong(value) ? String(toNumber(value)) : typeof value === 'object' ? 'a message' : JSON.stringify(value);
}

const EMPTY = new Uint8Array(0);

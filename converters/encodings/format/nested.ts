/** A nested list of numbers as a row-major array; a number alone has no dimensions. */
export interface NestedNumbers {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** Reads a number or nested lists of numbers; null where lists are ragged, empty or hold something else. */
export function readNested(value: unknown): NestedNumbers | null {
  const shape: number[] = [];
  for (let level: unknown = value; Array.isArray(level); level = level[0]) shape.push(level.length);
  const values: number[] = [];
  return shape.every((size) => size > 0) && collect(value, shape, 0, values) ? { shape, values } : null;
}

/** The nested lists of a row-major array. */
export function writeNested(values: readonly number[], shape: readonly number[]): unknown {
  const [length, ...inner] = shape;
  if (length === undefined) return values[0];
  if (inner.length === 0) return [...values];
  const run = inner.reduce((a, b) => a * b, 1);
  return Array.from({ length }, (_, i) => writeNested(values.slice(i * run, (i + 1) * run), inner));
}

function collect(value: unknown, shape: readonly number[], depth: number, into: number[]): boolean {
  if (depth === shape.length) {
    if (typeof value !== 'number' || !Number.isFinite(value)) return false;
    into.push(value);
    return true;
  }
  return Array.isArray(value) && value.length === shape[depth] && value.every((inner) => collect(inner, shape, depth + 1, into));
}

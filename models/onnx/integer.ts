import type Long from 'long';

/** A 64-bit integer field as a number, rounded beyond 2^53; 0 where it is absent. Long's own way through `Number(…)` is by its digits. */
export function toNumber(value: Long | number | null | undefined): number {
  return typeof value === 'object' && value !== null ? value.toNumber() : (value ?? 0);
}

/** A list of 64-bit integers as numbers. */
export function toNumbers(values: readonly (Long | number)[] | null | undefined): number[] {
  return (values ?? []).map(toNumber);
}

import type { ValueType } from '../../../models/graph/index.ts';

/** Which unit (a hidden channel, an attention head) each index of one axis belongs to; −1: to none, so it stays. */
export interface Track {
  readonly axis: number;
  readonly units: readonly number[];
}

/** Units that go. */
export type Removed = ReadonlySet<number>;

export function sameTrack(a: Track, b: Track): boolean {
  return a.axis === b.axis && sameUnits(a.units, b.units);
}

export function sameUnits(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((unit, i) => unit === b[i]);
}

/** Indices that stay, in order. */
export function keptIndices({ units }: Track, removed: Removed): number[] {
  return units.flatMap((unit, i) => (removed.has(unit) ? [] : [i]));
}

/** The type of a value after the removal. */
export function narrowedType({ kind, dtype, shape }: ValueType, track: Track, removed: Removed): ValueType {
  const length = keptIndices(track, removed).length;
  return { kind, dtype, shape: shape?.map((dim, axis) => (axis === track.axis ? length : dim)) ?? null };
}

import { canonicalDim, type Dim, productOf } from '../../../models/graph/index.ts';
import type { Track } from './track.ts';

/** Entries that are looked at one by one. */
const LARGEST = 2 ** 22;

/**
 * The track behind a reshape: the same elements in row-major order under another shape. Holds where the units vary along one new axis
 * alone, whatever is split or merged around them; otherwise the reason. Open dimensions may stand before or behind the axes that change.
 */
export function throughReshape(from: readonly Dim[], to: readonly Dim[], track: Track): Track | string {
  const run = alignedRun(from, to, track.axis);
  if (!run) return `${shown(from)} and ${shown(to)} do not share the elements of axis ${track.axis} in a way that is known`;
  const [inner, outer] = [from.slice(run.from, run.fromEnd) as number[], to.slice(run.to, run.toEnd) as number[]];
  const size = inner.reduce((a, b) => a * b, 1);
  if (size > LARGEST) return `an axis of ${size} elements is too long to follow`;
  const stride = inner.slice(track.axis - run.from + 1).reduce((a, b) => a * b, 1);
  const unitAt = (flat: number): number => track.units[Math.floor(flat / stride) % track.units.length] as number;
  for (const axis of outer.map((_, i) => i).sort((a, b) => (outer[b] as number) - (outer[a] as number))) {
    const units = unitsAlong(outer, axis, size, unitAt);
    if (units) return { axis: run.to + axis, units };
  }
  return `the units do not lie along one axis of ${shown(to)}`;
}

interface Run {
  readonly from: number;
  readonly fromEnd: number;
  readonly to: number;
  readonly toEnd: number;
}

/** The shortest runs of axes, the tracked one among them, that hold the same elements: of equal size, with equal products before or behind. */
function alignedRun(from: readonly Dim[], to: readonly Dim[], axis: number): Run | null {
  let best: Run | null = null;
  const length = (run: Run): number => run.fromEnd - run.from + run.toEnd - run.to;
  for (let start = axis; start >= 0; start--) {
    for (let end = axis + 1; end <= from.length; end++) {
      for (let toStart = 0; toStart < to.length; toStart++) {
        for (let toEnd = toStart + 1; toEnd <= to.length; toEnd++) {
          const run = { from: start, fromEnd: end, to: toStart, toEnd };
          if ((!best || length(run) < length(best)) && isAligned(from, to, run)) best = run;
        }
      }
    }
  }
  return best;
}

function isAligned(from: readonly Dim[], to: readonly Dim[], run: Run): boolean {
  const [a, b] = [from.slice(run.from, run.fromEnd), to.slice(run.to, run.toEnd)];
  if (![...a, ...b].every((dim) => typeof dim === 'number' && dim > 0) || productOf(a) !== productOf(b)) return false;
  return sameProduct(from.slice(0, run.from), to.slice(0, run.to)) || sameProduct(from.slice(run.fromEnd), to.slice(run.toEnd));
}

function sameProduct(a: readonly Dim[], b: readonly Dim[]): boolean {
  const [left, right] = [canonicalDim(productOf(a)), canonicalDim(productOf(b))];
  return left !== null && left !== 0 && left === right;
}

/** The units by index of one axis; null where they vary along others too. */
function unitsAlong(dims: readonly number[], axis: number, size: number, unitAt: (flat: number) => number): number[] | null {
  const [length, stride] = [dims[axis] as number, dims.slice(axis + 1).reduce((a, b) => a * b, 1)];
  const units = new Array<number | undefined>(length);
  for (let flat = 0; flat < size; flat++) {
    const index = Math.floor(flat / stride) % length;
    const unit = unitAt(flat);
    if ((units[index] ??= unit) !== unit) return null;
  }
  return units as number[];
}

function shown(dims: readonly Dim[]): string {
  return `[${dims.map((dim) => dim ?? '?').join(', ')}]`;
}

import { maxDims } from '../dims/dim.ts';
import type { Dim } from '../types.ts';

/** Is told of two dimensions that a valid model has equal. */
export interface Learner {
  learn(a: Dim, b: Dim): void;
}

/**
 * NumPy broadcasting. Null where a rank is unknown. Two different symbols give their maximum, which is right whether they are equal or one
 * is 1.
 */
export function broadcastShapes(shapes: readonly (readonly Dim[] | null)[], learner?: Learner): readonly Dim[] | null {
  let out: readonly Dim[] = [];
  for (const shape of shapes) {
    if (!shape) return null;
    out = broadcastTwo(out, shape, learner);
  }
  return out;
}

function broadcastTwo(a: readonly Dim[], b: readonly Dim[], learner: Learner | undefined): readonly Dim[] {
  if (a.length === 0) return b;
  const rank = Math.max(a.length, b.length);
  const out: Dim[] = [];
  for (let i = 0; i < rank; i++) {
    const x = i < rank - a.length ? 1 : (a[i - rank + a.length] as Dim);
    const y = i < rank - b.length ? 1 : (b[i - rank + b.length] as Dim);
    out.push(broadcastDim(x, y, learner));
  }
  return out;
}

function broadcastDim(x: Dim, y: Dim, learner: Learner | undefined): Dim {
  if (x === y) return x;
  if (x === 1) return y;
  if (y === 1) return x;
  if (typeof x === 'number') return x;
  if (typeof y === 'number') return y;
  if (x === null || y === null) return null;
  learner?.learn(x, y);
  return maxDims(x, y);
}

import type { Dim, Value } from '../../../models/graph/index.ts';
import { knownData } from '../../../models/graph/infer/index.ts';

/** One node of a plan. `dims`: the shape that it gives. */
export type Step =
  | { readonly op: 'Reshape'; readonly dims: readonly Dim[]; readonly shape?: readonly number[] | Value }
  | { readonly op: 'Identity'; readonly dims: readonly Dim[] }
  | { readonly op: 'Transpose'; readonly dims: readonly Dim[]; readonly perm: readonly number[] }
  | { readonly op: 'DepthToSpace'; readonly dims: readonly Dim[]; readonly block: number; readonly mode: 'DCR' | 'CRD' }
  | { readonly op: 'SpaceToDepth'; readonly dims: readonly Dim[]; readonly block: number }
  | { readonly op: 'Gather'; readonly dims: readonly Dim[]; readonly indices: readonly number[] }
  | { readonly op: 'Expand'; readonly dims: readonly Dim[]; readonly shape: readonly number[] }
  | { readonly op: 'Tile'; readonly dims: readonly Dim[]; readonly shape: readonly number[] };

/**
 * Drops reshapes that change nothing, merges neighbours, and writes every reshape as constant numbers (0 copies a size, one −1 takes the
 * rest). `given` is a value that already holds the shape of the end, for where constants cannot say it. Null: a shape cannot be written.
 */
export function writeReshapes(from: readonly Dim[], steps: readonly Step[], given: Value | null): Step[] | null {
  const written: Step[] = [];
  let at = from;
  for (const [i, step] of steps.entries()) {
    const merged = step.op === 'Reshape' && steps[i + 1]?.op === 'Reshape';
    if (merged || (step.op === 'Reshape' && sameDims(step.dims, at))) continue;
    if (step.op === 'Reshape') {
      const shape = reshapeVector(at, step.dims) ?? (i === steps.length - 1 && given ? given : null);
      if (!shape) return null;
      written.push({ ...step, shape });
    } else written.push(step);
    at = step.dims;
  }
  return written;
}

/** The constant shape input that reshapes `from` to `to`; null where two sizes or more are unknown and do not stay in place. */
export function reshapeVector(from: readonly Dim[], to: readonly Dim[]): number[] | null {
  let open = 0;
  const shape = to.map((dim, axis) => {
    if (typeof dim === 'number') return dim;
    if (dim !== null && dim === from[axis]) return 0;
    open++;
    return -1;
  });
  return open <= 1 ? shape : null;
}

/** The shape input of a Reshape, where it says the same for any input: computed, and without a 0 that copies. */
export function reusableShape(value: Value | null): Value | null {
  if (!value || value.constant) return null;
  return knownData(value)?.every((dim) => dim !== null && dim !== 0) ? value : null;
}

export function sameDims(a: readonly Dim[], b: readonly Dim[]): boolean {
  return a.length === b.length && a.every((dim, axis) => dim !== null && dim === b[axis]);
}

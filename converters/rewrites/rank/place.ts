import type { Dim } from '../../../models/graph/index.ts';
import type { Tensor } from '../../../models/onnx/index.ts';
import type { Link } from './chain.ts';
import { moveConstant } from './move-constant.ts';
import type { Segment } from './segment.ts';
import type { Step } from './step.ts';

/** Where the elementwise steps of a chain run: in front of the plan's step `at`, on a value of shape `dims`. */
export interface Place {
  /** Before anything is moved, or after everything is. */
  readonly side: 'input' | 'output';
  readonly at: number;
  readonly dims: readonly Dim[];
}

/** At the end of the chain on that side, or, where this is of high rank, on the other side of the reshape there. */
export function placesIn(steps: readonly Step[], side: Place['side'], { from, to }: Segment, preferredRank: number): Place[] {
  const outer: Place = side === 'input' ? { side, at: 0, dims: from } : { side, at: steps.length, dims: to };
  const [first, last] = [steps[0], steps.at(-1)];
  if (outer.dims.length <= preferredRank) return [outer];
  if (side === 'input') return first?.op === 'Reshape' ? [outer, { side, at: 1, dims: first.dims }] : [outer];
  const dims = steps.at(-2)?.dims ?? from;
  return last?.op === 'Reshape' ? [outer, { side, at: steps.length - 1, dims }] : [outer];
}

/** The constants of the elementwise steps as they are at a place; null where one cannot be written there. */
export function constantsAt({ links, layout, footprints }: Segment, { side, dims }: Place): Map<Link, Tensor> | null {
  const constants = new Map<Link, Tensor>();
  if (dims.length === 0 && links.some((link) => link.elementwise)) return null;
  for (const [link, print] of footprints) {
    const groups = print.tensor.size === 1 ? dims.map(() => []) : side === 'input' ? layout.inputGroups(dims) : layout.outputGroups(dims);
    const moved = groups && moveConstant(print, groups);
    if (!moved) return null;
    constants.set(link, moved);
  }
  return constants;
}

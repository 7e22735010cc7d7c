import type { Dim } from '../../../models/graph/index.ts';
import { Layout as Arrangement } from '../../rewrites/rank/layout.ts';
import { depthToSpace, type Movement, spaceToDepth } from '../../rewrites/rank/movement.ts';
import { normalForm, sameNormalForm } from '../../rewrites/rank/normal-form.ts';
import type { AdapterStep, Layout } from '../adapter-spec.ts';

/** Steps that do exactly what a chain of data movement does, and the layout in memory behind them. */
export interface MovementSteps {
  readonly steps: readonly AdapterStep[];
  readonly layout: Layout;
}

interface Candidate extends MovementSteps {
  readonly movements: readonly Movement[];
}

const BLOCKS = [2, 3, 4, 5, 6, 7, 8];
const TO_NHWC = [0, 2, 3, 1];
const TO_NCHW = [0, 3, 1, 2];

/**
 * Reads a movement between two images as steps, whatever its spelling: candidates are compared by layout normal form. Null where it is none
 * of layout change, unshuffle and shuffle by blocks up to 8 (any of them together with layout changes before and behind).
 */
export function readMovementSteps(from: readonly Dim[], arrangement: Arrangement, layout: Layout): MovementSteps | null {
  const to = arrangement.dims;
  if (from.length !== 4 || to.length !== 4) return null;
  const form = normalForm(arrangement);
  for (const candidate of candidates(from, layout)) {
    const tried = new Arrangement(from);
    const fits = tried.follow(candidate.movements) && tried.dims.every((dim, axis) => dim !== null && dim === to[axis]);
    if (fits && sameNormalForm(normalForm(tried), form)) return { steps: candidate.steps, layout: candidate.layout };
  }
  return null;
}

/** An unshuffle whose channels are then permuted into the other order, as one of that order; null where it is none. */
export function reorderedUnshuffle(a: AdapterStep | undefined, b: AdapterStep | undefined): AdapterStep | null {
  if (a?.kind !== 'unshuffle' || b?.kind !== 'gatherChannels') return null;
  const blocks = a.block * a.block;
  const inner = a.order === 'DCR' ? b.indices.length / blocks : blocks;
  const outer = b.indices.length / inner;
  const transposes = Number.isInteger(outer) && b.indices.every((index, k) => index === (k % outer) * inner + Math.floor(k / outer));
  return transposes ? { ...a, order: a.order === 'DCR' ? 'CRD' : 'DCR' } : null;
}

/** Fewest steps first. */
function* candidates(from: readonly Dim[], layout: Layout): Generator<Candidate> {
  const other: Layout = layout === 'NCHW' ? 'NHWC' : 'NCHW';
  yield { movements: [], steps: [], layout };
  yield { movements: [change(layout)], steps: [{ kind: 'layout', to: other }], layout: other };
  const image = layout === 'NCHW' ? from : TO_NCHW.map((axis) => from[axis] as Dim);
  const before: Movement[] = layout === 'NCHW' ? [] : [change('NHWC')];
  for (const block of BLOCKS)
    for (const order of ['CRD', 'DCR'] as const)
      for (const kind of ['unshuffle', 'shuffle'] as const) {
        const movements = kind === 'shuffle' ? depthToSpace(image, block, order) : spaceToDepth(image, block, order === 'CRD');
        if (!movements) continue;
        const step: AdapterStep = { kind, block, order };
        const planar: Candidate = { movements: [...before, ...movements], steps: [step], layout: 'NCHW' };
        const interleaved: Candidate = { movements: [...planar.movements, change('NCHW')], steps: [step], layout: 'NHWC' };
        for (const candidate of [planar, interleaved]) {
          yield candidate.layout === layout ? candidate : { ...candidate, steps: [step, { kind: 'layout', to: candidate.layout }] };
        }
      }
}

function change(from: Layout): Movement {
  return { kind: 'transpose', perm: from === 'NCHW' ? TO_NHWC : TO_NCHW };
}

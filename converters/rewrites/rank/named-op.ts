import { divDims, mulDims } from '../../../models/graph/dims/dim.ts';
import type { Dim } from '../../../models/graph/index.ts';
import { Layout } from './layout.ts';
import { depthToSpace, type Movement, spaceToDepth } from './movement.ts';
import { type NormalForm, normalForm, sameNormalForm } from './normal-form.ts';
import { sameDims, type Step } from './step.ts';

/** What a target can be given as one operator. */
export interface NamedOps {
  readonly dcr: boolean;
  readonly crd: boolean;
  readonly spaceToDepth: boolean;
}

interface NamedPlan {
  /** Name for the log. */
  readonly name: string;
  readonly steps: readonly Step[];
  /** True where the last step only permutes channels, for following convolutions to take in. */
  readonly permutesChannels: boolean;
}

/** Operators between two image tensors [N, C, H, W] that do exactly this movement, found by comparing normal forms. */
export function imageOps(from: readonly Dim[], to: readonly Dim[], form: NormalForm, ops: NamedOps): NamedPlan[] {
  if (from.length !== 4 || to.length !== 4 || form.spread) return [];
  const plans: NamedPlan[] = [];
  const is = (movements: readonly Movement[] | null): boolean => {
    const layout = new Layout(from);
    const known = movements !== null && layout.follow(movements) && sameDims(layout.dims, to);
    return known && sameNormalForm(normalForm(layout), form);
  };
  const up = ratio(to[2], from[2]);
  if (up !== null && up === ratio(to[3], from[3])) {
    for (const mode of ['CRD', 'DCR'] as const) {
      const isNative = mode === 'CRD' ? ops.crd : ops.dcr;
      if (isNative && is(depthToSpace(from, up, mode))) plans.push(single({ op: 'DepthToSpace', dims: to, block: up, mode }));
    }
  }
  const down = ratio(from[2], to[2]);
  if (down !== null && down === ratio(from[3], to[3]) && ops.spaceToDepth) {
    if (is(spaceToDepth(from, down))) plans.push(single({ op: 'SpaceToDepth', dims: to, block: down }));
    else if (typeof from[1] === 'number' && is(spaceToDepth(from, down, true))) plans.push(unshuffle(to, from[1], down));
  }
  return plans;
}

/**
 * The same operators on single-channel images, with what is not moved as batch: a·b² channels of d × e become a·1 of (d·b) × (e·b) and
 * back. Always rank 4 and one step, where a transpose would take five axes.
 */
export function singleChannelOps({ axes, perm, spread }: NormalForm, ops: NamedOps): NamedPlan[] {
  if (spread) return [];
  const order = perm.join();
  const padded: readonly Dim[] = axes.length === 4 ? [1, ...axes] : axes;
  if (order === '0,3,1,4,2' || order === '2,0,3,1') {
    const [a, b, b2, d, e] = padded as [Dim, Dim, Dim, Dim, Dim];
    if (typeof b !== 'number' || b !== b2 || !(ops.dcr || ops.crd)) return [];
    const up: Step = { op: 'DepthToSpace', dims: [a, 1, mulDims(d, b), mulDims(e, b)], block: b, mode: ops.dcr ? 'DCR' : 'CRD' };
    const pixels: Step = { op: 'Reshape', dims: [a, b * b, d, e] };
    return [{ name: `DepthToSpace(${b}) on single channels`, permutesChannels: false, steps: [pixels, up] }];
  }
  if (order === '0,2,4,1,3' || order === '1,3,0,2') {
    const [a, d, b, e, b2] = padded as [Dim, Dim, Dim, Dim, Dim];
    if (typeof b !== 'number' || b !== b2 || !ops.spaceToDepth) return [];
    const image: Step = { op: 'Reshape', dims: [a, 1, mulDims(d, b), mulDims(e, b)] };
    const down: Step = { op: 'SpaceToDepth', dims: [a, b * b, d, e], block: b };
    return [{ name: `SpaceToDepth(${b}) on single channels`, permutesChannels: false, steps: [image, down] }];
  }
  return [];
}

/** What people call a movement that stays Reshape, Transpose, Reshape. */
export function describe(from: readonly Dim[], to: readonly Dim[], { axes, perm, spread }: NormalForm): string {
  if (spread) return 'repetition';
  if (axes.length <= 1) return 'reshape';
  if (perm.join() !== '0,2,1,3' && perm.join() !== '1,0,2') return 'transpose';
  if (from.length === 4 && sameDims(from, to)) return 'channel shuffle';
  if (isWindowed(from, to)) return 'window partition';
  return isWindowed(to, from) ? 'window reverse' : 'transpose';
}

function single(step: Step & { op: 'DepthToSpace' | 'SpaceToDepth' }): NamedPlan {
  return { name: `${step.op}(${step.block}${step.op === 'DepthToSpace' ? `, ${step.mode}` : ''})`, steps: [step], permutesChannels: false };
}

/** pixel_unshuffle: channel c·b² + r of the result is channel r·C + c of SpaceToDepth's. */
function unshuffle(to: readonly Dim[], channels: number, block: number): NamedPlan {
  const blocks = block * block;
  const indices = Array.from({ length: channels * blocks }, (_, i) => (i % blocks) * channels + Math.floor(i / blocks));
  return {
    name: `pixel_unshuffle(${block})`, permutesChannels: true,
    steps: [{ op: 'SpaceToDepth', dims: to, block }, { op: 'Gather', dims: to, indices }],
  };
}

function ratio(large: Dim | undefined, small: Dim | undefined): number | null {
  if (large === undefined || small === undefined) return null;
  const quotient = divDims(large, small);
  return typeof quotient === 'number' && Number.isInteger(quotient) && quotient > 1 ? quotient : null;
}

/** Windows keep the channels last and become batches. */
function isWindowed(image: readonly Dim[], windows: readonly Dim[]): boolean {
  return image.length === 4 && image.at(-1) === windows.at(-1) && image[0] !== windows[0];
}

import { formatShape, type Node, Patch, type Value } from '../../../models/graph/index.ts';
import type { Proposal, Refusal, Rewrite, RewriteContext } from '../rewrite.ts';
import { betterForm, type Form } from './better-form.ts';
import { chainEndingAt, type Link } from './chain.ts';
import { isBitStable } from './commute.ts';
import { emitForm } from './emit.ts';
import { FREE_OPS, MOVEMENT_OPS } from './movement.ts';
import { type Segment, segmentOf, segmentsOf } from './segment.ts';

/** Rank reduction of data movement: any chain of it in the fewest steps that the target's rank allows. */
export const reduceChain: Rewrite = {
  id: 'rank/chain',
  title: 'Data movement chains in the fewest steps of low rank',
  doc: `A chain of Reshape, Transpose, Squeeze, Unsqueeze, Flatten, Identity, Einsum permutations, DepthToSpace, SpaceToDepth and Expand
or Tile of unit axes is one order of index pieces. Unit pieces are dropped, pieces that stay neighbours are merged, and what is left is
compared with DepthToSpace, SpaceToDepth and pixel_unshuffle, or done in the fewest Reshape-Transpose steps within the target's rank (the
lower, preferred rank where it takes no more steps). Elementwise steps inside move before or after the chain with their constants. A value
inside that others need ends the chain, unless all before it costs nothing to repeat. pixel_unshuffle in front of convolutions becomes
SpaceToDepth and a Gather of channels that these take in. Data movement is equal bit by bit; so are the steps that move along, but for the
last bit of functions such as Erf, which may depend on where an element lies (exactness "exact" there).`,
  opTypes: MOVEMENT_OPS,
  exactness: 'bit',
  face: 'same',
  match: matchChain,
};

function matchChain(node: Node, context: RewriteContext): Proposal | Refusal | null {
  const links = chainEndingAt(node, context.opset);
  if (!links || isPlain(links, context)) return null;
  for (const start of starts(links)) {
    for (const segment of segmentsOf(links.slice(start), context.opset)) {
      const found = improve(segment, context);
      if (found) return propose(found.segment, found.form, context);
    }
  }
  return refusalFor(links, context);
}

/** A single node within the preferred rank that moves data: nothing to gain. Saves most of the time on most graphs. */
function isPlain([link, ...more]: readonly Link[], { target }: RewriteContext): boolean {
  if (!link || more.length > 0) return !link;
  const [from, to] = [link.input.type.shape, link.output.type.shape];
  if (!from || !to || Math.max(from.length, to.length) > target.preferredRank) return false;
  if (link.node.opType === 'DepthToSpace' || link.node.opType === 'SpaceToDepth') return true;
  if (link.node.opType !== 'Transpose') return false;
  const perm = link.node.attributes.ints('perm') ?? from.map((_, axis) => from.length - 1 - axis);
  const moved = perm.filter((axis) => from[axis] !== 1);
  return moved.some((axis, i) => i > 0 && axis < (moved[i - 1] as number));
}

/** Where a chain may begin: at its very start, behind the last shared node that copies data, or at its own part. */
function starts(links: readonly Link[]): number[] {
  const own = links.findIndex((link) => link.own);
  const copying = links.findLastIndex((link, i) => i < own && !FREE_OPS.has(link.node.opType)) + 1;
  return [...new Set([0, copying, own])];
}

/** The segment as a whole, or the first part of it, that has a better form. */
function improve(whole: Segment, context: RewriteContext): { segment: Segment; form: Form } | null {
  for (const segment of [whole, ...parts(whole, context.opset)]) {
    if (!segment.links.at(-1)?.own) continue;
    const form = betterForm(segment, context);
    if (form) return { segment, form };
  }
  return null;
}

/** Parts to try where the whole does not get better: between constants that cannot move, between all steps, around native operators. */
function* parts({ links }: Segment, opset: number): Generator<Segment> {
  const cuts: ((link: Link) => boolean)[] = [
    (link) => link.elementwise?.constant != null, (link) => link.elementwise !== null,
    (link) => link.node.is('DepthToSpace', 'SpaceToDepth'),
  ];
  for (const isCut of cuts) {
    if (!links.some(isCut)) continue;
    for (const part of split(links, isCut)) {
      const segment = segmentOf(part, opset);
      if (segment) yield segment;
    }
  }
}

function split(links: readonly Link[], isCut: (link: Link) => boolean): Link[][] {
  const parts: Link[][] = [[]];
  for (const link of links) {
    if (isCut(link)) parts.push([]);
    else parts.at(-1)?.push(link);
  }
  return parts.map(trim).filter((part) => part.length > 0);
}

function trim(links: Link[]): Link[] {
  const first = links.findIndex((link) => !link.elementwise);
  return first < 0 ? [] : links.slice(first, links.findLastIndex((link) => !link.elementwise) + 1);
}

function propose(segment: Segment, form: Form, context: RewriteContext): Proposal {
  const patch = new Patch(context.graph, context.opset);
  emitForm(patch, segment, form, context);
  const ranks = segment.links.slice(0, -1).map((link) => link.output.type.shape?.length ?? 0);
  const steps = form.plan.steps.map((step) => step.op);
  const done = steps.length === 0 ? 'nothing is left to do' : steps.join(' → ');
  const count = segment.links.filter((link) => link.elementwise).length;
  const moved = count > 0 ? `, ${count} elementwise step${count > 1 ? 's' : ''} on the ${form.place.side} side of it` : '';
  const isStable = segment.links.every(({ node, elementwise }) => !elementwise || isBitStable(node));
  return {
    kind: 'proposal', patch, exactness: isStable ? 'bit' : 'exact',
    nodes: segment.links.filter((link) => link.own).map((link) => link.node),
    reason: `${form.plan.name} of ${formatShape(segment.from)} to ${formatShape(segment.to)}: ${done}${moved}`,
    facts: {
      movement: form.plan.name, 'highest rank before': Math.max(0, ...ranks),
      'highest rank after': Math.max(0, ...form.plan.steps.slice(0, -1).map((step) => step.dims.length)),
      'moves before': form.before.moves, 'moves after': form.after.moves,
    },
  };
}

/** A reason where a value above the limit stays inside the chain, or data is copied above it. */
function refusalFor(links: readonly Link[], { target }: RewriteContext): Refusal | null {
  const isHigh = (value: Value): boolean => (value.type.shape?.length ?? 0) > target.rankLimit;
  const high = links.find((link, i) => isHigh(link.output) && (i < links.length - 1 || !FREE_OPS.has(link.node.opType)));
  if (!high) return null;
  const open = links.some((link) => link.output.type.shape?.some((dim) => typeof dim !== 'number') ?? true);
  const why = open ? 'open sizes cannot be written as constant shapes: give a static shape' : 'reshapes cut across what was moved before';
  return { kind: 'refusal', nodes: links.map((link) => link.node), reason: `${formatShape(high.output.type.shape)} stays: ${why}` };
}

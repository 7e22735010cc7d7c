import { divDims, productOf } from '../../../models/graph/dims/dim.ts';
import { type Dim, formatShape, type Node, Patch, type Value } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import type { Proposal, Rewrite, RewriteContext } from '../rewrite.ts';
import { chainEndingAt, type Link } from './chain.ts';
import { addReshape, addStep } from './emit.ts';
import { type Atom, leaves } from './layout.ts';
import { FREE_OPS } from './movement.ts';
import { normalFormOf } from './normal-form.ts';
import { movesOf, type Plan, plansFor } from './plan.ts';
import { type Segment, segmentsOf } from './segment.ts';
import { reshapeVector } from './step.ts';

/** Taking slices of a moved tensor, done before it is moved. */
export const splitBeforeMoving: Rewrite = {
  id: 'rank/split',
  title: 'Selection from an axis of a moved tensor becomes a Split before the movement',
  doc: `Where a chain of data movement gives a tensor of high rank from which Gather takes single entries of one axis (queries, keys and
values of attention), the axis is split off first: it is one run of index pieces of the input, so Split takes it there, and every part is
moved on its own with one axis less. The same data is moved; no value has the extra axis.`,
  opTypes: ['Gather'],
  exactness: 'bit',
  face: 'same',
  match: matchSelection,
};

interface Selection {
  readonly segment: Segment;
  /** Atoms of the axis, split where axes of the input end. */
  readonly picked: readonly Atom[];
  readonly count: number;
  /** Entry that each Gather takes. */
  readonly entries: ReadonlyMap<Node, number>;
}

function matchSelection(node: Node, context: RewriteContext): Proposal | null {
  const selection = readSelection(node, context);
  if (!selection) return null;
  const patch = new Patch(context.graph, context.opset);
  if (!splitAndMove(patch, selection, context)) return null;
  const { segment, entries, count } = selection;
  const removed = [...segment.links.filter((link) => link.own).map((link) => link.node), ...entries.keys()];
  patch.remove(...removed);
  return {
    kind: 'proposal', patch, nodes: removed,
    reason: `${entries.size} selections from ${formatShape(segment.to)}: split into ${count} before the movement`,
    facts: { 'rank before': segment.to.length, 'rank after': Math.max(...patch.added.map((n) => n.output()?.type.shape?.length ?? 0)) },
  };
}

function readSelection(node: Node, context: RewriteContext): Selection | null {
  const moved = node.input(0);
  const shape = moved?.type.shape;
  if (!moved?.producer || !shape || !isHigh(shape.length, context) || moved.isGraphOutput) return null;
  const entries = new Map<Node, number>();
  const axis = scalarAxis(node, shape.length);
  const count = axis === null ? null : shape[axis];
  if (axis === null || typeof count !== 'number') return null;
  for (const use of moved.uses) {
    if (use.index !== 0 || !use.node.is('Gather') || scalarAxis(use.node, shape.length) !== axis) return null;
    const entry = use.node.input(1)?.constant?.numbers()[0] as number;
    entries.set(use.node, entry < 0 ? entry + count : entry);
  }
  if (!Array.from({ length: count }, (_, entry) => entry).every((entry) => [...entries.values()].includes(entry))) return null;
  const links = chainEndingAt(moved.producer, context.opset);
  const segment = links && segmentsOf(links.filter((link) => link.own), context.opset).at(-1);
  if (!segment || segment.links.at(-1)?.output !== moved || segment.links.some((link) => link.elementwise)) return null;
  const group = segment.layout.groups()?.[axis];
  segment.layout.inputGroups(segment.from);
  const picked = group && leaves(group);
  return picked && isRun(segment, picked) ? { segment, picked, count, entries } : null;
}

/** Core ML sees one axis more in a Gather of a single entry: the limit itself is too high already (ONNX Runtime, gather_op_builder.cc). */
function isHigh(rank: number, { target }: RewriteContext): boolean {
  return rank > target.preferredRank || rank >= target.rankLimit;
}

/** The axis of a Gather by one constant number; null for other ones. */
function scalarAxis(node: Node, rank: number): number | null {
  const indices = node.input(1)?.constant;
  if (indices?.dims.length !== 0) return null;
  const axis = node.attributes.int('axis', 0);
  return axis < 0 ? axis + rank : axis;
}

function isRun({ layout }: Segment, atoms: readonly Atom[]): boolean {
  const input = layout.input;
  const first = input.indexOf(atoms[0] as Atom);
  return first >= 0 && atoms.every((atom, i) => input[first + i] === atom);
}

function splitAndMove(patch: Patch, selection: Selection, context: RewriteContext): boolean {
  const { segment, entries, picked, count } = selection;
  const place = splitPlace(segment, picked, count);
  const source = segment.links[0]?.input as Value;
  const shape = reshapeVector(segment.from, place.dims);
  const piece = place.dims.map((dim, axis) => (axis === place.axis ? divDims(dim, count) : dim));
  const plans = new Map([...entries.keys()].map((node) => [node, pieceMove(selection, piece, node, context)]));
  const before = movesBefore(segment.links);
  const tooMany = [...plans.values()].some((plan) => !plan || (plan.moves > before && segment.to.length <= context.target.rankLimit));
  if (!shape || tooMany) return false;
  const like = [...entries.keys()][0] as Node;
  const whole = place.dims === segment.from ? source : addReshape(patch, source, place.dims, shape, like);
  const pieces = addSplit(patch, whole, piece, place.axis, count, like);
  for (const [node, entry] of entries) {
    const steps = plans.get(node)?.steps ?? [];
    const stem = node.name === '' ? node.opType : node.name;
    let value = pieces[entry] as Value;
    steps.forEach((step, i) => { value = addStep(patch, step, value, node, `${stem}/${step.op.toLowerCase()}${i}`, context.opset); });
    patch.replace(node.outputs[0] as Value, value);
  }
  return true;
}

/** The axis of the input whose outer part is picked, or a view [before, picked, behind]. */
function splitPlace({ layout, from }: Segment, picked: readonly Atom[], count: number): { dims: readonly Dim[]; axis: number } {
  const isOuter = (group: readonly Atom[]): boolean => picked.every((atom, i) => leaves(group)[i] === atom);
  const axis = layout.inputGroups(from)?.findIndex(isOuter) ?? -1;
  if (axis >= 0) return { dims: from, axis };
  const input = layout.input;
  const first = input.indexOf(picked[0] as Atom);
  const sizes = input.map((atom) => atom.size);
  return { dims: [productOf(sizes.slice(0, first)), count, productOf(sizes.slice(first + picked.length))], axis: 1 };
}

function pieceMove({ segment, picked }: Selection, piece: readonly Dim[], node: Node, { target }: RewriteContext): Plan | null {
  const to = node.output()?.type.shape;
  if (!to || to.includes(null)) return null;
  const rest = (atoms: readonly Atom[]): Atom[] => atoms.filter((atom) => !picked.includes(atom));
  const plans = plansFor({
    from: piece, to, form: normalFormOf(rest(segment.layout.input), rest(segment.layout.order)),
    ops: { dcr: false, crd: false, spaceToDepth: false }, ranks: [target.preferredRank, target.rankLimit], repeat: 'Expand',
    needsNode: false, beforeConvs: false, shapeOfEnd: null,
  });
  return plans.sort((a, b) => movesOf(a.steps) - movesOf(b.steps))[0] ?? null;
}

function movesBefore(links: readonly Link[]): number {
  return links.filter((link) => !FREE_OPS.has(link.node.opType)).length;
}

/** Equal parts; the sizes are an attribute up to opset 12. */
function addSplit(patch: Patch, input: Value, piece: readonly Dim[], axis: number, count: number, like: Node): Value[] {
  const size = piece[axis] as number;
  const sizes = Array.from({ length: count }, () => size);
  const byInput = patch.opset >= 13;
  const inputs = byInput ? [input, patch.constant(Tensor.of('int64', [count], sizes), `${like.name || 'Split'}_sizes`)] : [input];
  return patch.nodeWithOutputs('Split', inputs, count, {
    like, name: `${like.name || 'Gather'}/split`, attributes: { axis, split: byInput ? undefined : sizes },
    types: sizes.map(() => ({ kind: 'tensor', dtype: input.type.dtype, shape: piece })),
  });
}

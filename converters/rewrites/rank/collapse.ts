import { productOf } from '../../../models/graph/dims/dim.ts';
import { type Dim, formatShape, type Node, Patch, type Value } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import type { Proposal, Refusal, Rewrite, RewriteContext } from '../rewrite.ts';
import { addReshape } from './emit.ts';
import { type Frame, FRAME_OPS, readFrame } from './frame.ts';
import { FREE_OPS, movedValue, OLDEST_OPSET } from './movement.ts';
import { reshapeVector, sameDims } from './step.ts';

/** Computation on tensors of high rank, done on the same numbers seen with fewer axes. */
export const collapseAxes: Rewrite = {
  id: 'rank/collapse',
  title: 'Computation above the rank limit on merged axes',
  doc: `An operator that treats neighbouring axes alike (elementwise, Softmax and reductions outside of their axis, the batches of
MatMul, Concat, Split, Slice, Gather, Pad beside theirs) computes the same numbers when these axes are one. Its tensors are reshaped to
the lower rank before and back after; the reshapes then become part of the data movement around, which rank/chain shortens.`,
  opTypes: FRAME_OPS,
  exactness: 'bit',
  face: 'same',
  match: matchHighRank,
};

function matchHighRank(node: Node, context: RewriteContext): Proposal | Refusal | null {
  const rank = highestRank(node);
  const { rankLimit, preferredRank } = context.target;
  if (context.opset < OLDEST_OPSET || rank <= preferredRank || (rank <= rankLimit && !isBetweenMovements(node))) return null;
  const frame = readFrame(node, context.opset);
  const refuse = (reason: string): Refusal | null => (rank > rankLimit ? { kind: 'refusal', nodes: [node], reason } : null);
  if (!frame) return refuse(`${node.opType} of rank ${rank}: its axes or shapes are not known`);
  const most = Math.min(rankLimit, frame.kinds.length - 1);
  const groupings = groupAxes(frame, node, preferredRank).filter((groups) => groups.length <= most);
  if (groupings.length === 0) return refuse(`${node.opType} tells ${countKinds(frame)} of its ${rank} axes apart`);
  for (const groups of groupings) {
    const patch = collapse(node, frame, groups, context);
    if (patch) return propose(node, patch, rank, groups.length);
  }
  return refuse('open sizes cannot be written as constant shapes: give a static shape');
}

function propose(node: Node, patch: Patch, rankBefore: number, rankAfter: number): Proposal {
  const shape = formatShape(node.output()?.type.shape ?? null);
  return {
    kind: 'proposal', patch, nodes: [node], exactness: SUMS.test(node.opType) ? 'exact' : 'bit',
    reason: `${node.opType} of ${shape} works on ${rankAfter} merged axes`, facts: { 'rank before': rankBefore, 'rank after': rankAfter },
  };
}

/** Operators whose kernels may add in another order when axes are merged. */
const SUMS = /^(Reduce(?!Max|Min)|Softmax|LogSoftmax|MatMul|LayerNorm|BatchNorm|InstanceNorm)/;

function highestRank(node: Node): number {
  let highest = 0;
  for (const value of node.inputs) highest = Math.max(highest, value?.type.shape?.length ?? 0);
  for (const value of node.outputs) highest = Math.max(highest, value?.type.shape?.length ?? 0);
  return highest;
}

/** Reshapes around the node cost nothing where data movement lies on all sides. */
function isBetweenMovements(node: Node): boolean {
  const high = highestRank(node);
  const isMoved = (value: Value): boolean => value.producer !== null && movedValue(value.producer) !== null;
  const isRead = (value: Value): boolean => value.isGraphOutput || value.uses.size === 0;
  const movesOn = (value: Value): boolean => !isRead(value) && value.consumers.every((user) => movedValue(user) === value);
  const before = node.inputs.every((value) => !value || value.constant !== null || value.type.shape?.length !== high || isMoved(value));
  return before && node.outputs.every((value) => value !== null && movesOn(value));
}

/** The axes in groups, each to become one axis: as a neighbouring reshape has it, or merged from one end until `wanted` are left. */
function groupAxes(frame: Frame, node: Node, wanted: number): number[][][] {
  const like = neighbourShapes(node).flatMap((dims) => {
    const groups = groupsLike(frame, dims);
    return groups && groups.length <= wanted && groups.every((group) => isOneKind(frame, group)) ? [groups] : [];
  });
  return [...like, mergeFrom('left', frame, wanted), mergeFrom('right', frame, wanted)];
}

function mergeFrom(end: 'left' | 'right', frame: Frame, wanted: number): number[][] {
  const groups = mergeUnits(frame.kinds);
  const places = groups.slice(1).map((_, at) => at);
  if (end === 'left') places.reverse();
  for (let at = places.pop(); at !== undefined && groups.length > wanted; at = places.pop()) {
    const merged = [...(groups[at] as number[]), ...(groups[at + 1] as number[])];
    if (!isOneKind(frame, merged)) continue;
    groups.splice(at, 2, merged);
    if (end === 'left') places.forEach((place, i) => { places[i] = place - 1; });
  }
  return groups;
}

/** How many axes are left when all that can be one are one. */
function countKinds(frame: Frame): number {
  return mergeFrom('left', frame, 1).length;
}

/** Every axis on its own, those of size 1 with the one before. */
function mergeUnits(kinds: readonly string[]): number[][] {
  const groups: number[][] = [];
  kinds.forEach((kind, axis) => {
    const last = groups.at(-1);
    if (last && (kind === '' || last.every((at) => kinds[at] === ''))) last.push(axis);
    else groups.push([axis]);
  });
  return groups;
}

function isOneKind({ kinds }: Frame, group: readonly number[]): boolean {
  const found = new Set(group.map((axis) => kinds[axis]).filter((kind) => kind !== ''));
  return found.size <= 1 && (found.size === 0 || group.length === 1 || MERGED.test([...found][0] as string));
}

/** Kinds whose axes may be one axis; the others name a single axis. */
const MERGED = /^([1n]+|kept|reduced|space|axis)$/;

/** Shapes that the tensors had before, or get after, a reshape next to the node. */
function neighbourShapes(node: Node): (readonly Dim[])[] {
  const makers = node.inputs.flatMap((value) => value?.producer ?? []);
  const users = node.outputs.flatMap((value) => value?.consumers ?? []);
  const isReshape = (one: Node): boolean => one.isOnnx && FREE_OPS.has(one.opType);
  const values = [...makers.filter(isReshape).map((one) => one.input(0)), ...users.filter(isReshape).map((one) => one.output())];
  return values.flatMap((value) => (value?.type.shape ? [value.type.shape] : []));
}

/** Groups of axes that give the frame's largest tensor the shape `dims`; null where there are none. */
function groupsLike(frame: Frame, dims: readonly Dim[]): number[][] | null {
  const sizes = frame.kinds.map((_, axis) => frame.operands.map((operand) => operand.dims[axis] as Dim).find((dim) => dim !== 1) ?? 1);
  const groups: number[][] = [];
  let axis = 0;
  for (const dim of dims) {
    const group: number[] = [];
    while (axis < sizes.length && (group.length === 0 || productOf(group.map((at) => sizes[at] as Dim)) !== dim)) group.push(axis++);
    if (productOf(group.map((at) => sizes[at] as Dim)) !== dim || group.length === 0) return null;
    groups.push(group);
  }
  while (axis < sizes.length && sizes[axis] === 1) groups.at(-1)?.push(axis++);
  return axis === sizes.length && groups.length > 0 ? groups : null;
}

function collapse(node: Node, frame: Frame, groups: readonly (readonly number[])[], context: RewriteContext): Patch | null {
  const patch = new Patch(context.graph, context.opset);
  const merge = (dims: readonly (Dim | undefined)[]): Dim[] => groups.flatMap((group) => {
    const kept = group.map((axis) => dims[axis]).filter((dim) => dim !== undefined);
    return kept.length > 0 ? [productOf(kept)] : [];
  });
  const { attributes, inputs: constants } = frame.adapt(groups);
  const inputs = [...node.inputs];
  for (const { index, dims } of frame.operands) {
    const operand = inputs[index] as Value;
    const merged = merge(dims);
    while (merged[0] === 1 && merged.length > 1 && (operand.type.shape?.length ?? 0) < dims.length) merged.shift();
    const lower = lowerRank(patch, operand, merged, node);
    if (!lower) return null;
    inputs[index] = lower;
  }
  for (const [index, tensor] of constants ?? []) {
    while (inputs.length < index) inputs.push(null);
    inputs[index] = patch.constant(tensor, `${node.name || node.opType}_axes`);
  }
  const outputs = patch.copy(node, inputs, attributes ?? {});
  for (const [i, output] of outputs.entries()) {
    const old = node.outputs[i];
    if (!output || !old) continue;
    const dims = merge(frame.results[i] ?? []);
    const shape = reshapeVector(dims, old.type.shape ?? []);
    if (!shape) return null;
    output.type = output.stated = { kind: 'tensor', dtype: old.type.dtype, shape: dims };
    patch.replace(old, addReshape(patch, output, old.type.shape ?? [], shape, node));
  }
  return patch.remove(node);
}

/** An operand with merged axes: constants are stored anew, others reshaped. Null where the shape cannot be written. */
function lowerRank(patch: Patch, value: Value, dims: readonly Dim[], node: Node): Value | null {
  const old = value.type.shape ?? [];
  if (sameDims(old, dims)) return value;
  const tensor = value.constant;
  if (tensor) return patch.constant(Tensor.fromBytes(tensor.dtype, dims as readonly number[], tensor.bytes()), `${value.name}_merged`);
  const shape = reshapeVector(old, dims);
  return shape && addReshape(patch, value, dims, shape, node);
}

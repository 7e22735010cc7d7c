import { type DType, dtypeBits } from '../../../models/contracts/index.ts';
import type { Value } from '../../../models/graph/index.ts';
import type { Tensor } from '../../../models/onnx/index.ts';
import type { RewriteContext } from '../rewrite.ts';
import type { Link } from './chain.ts';
import { readElementwise } from './commute.ts';
import { type Cost, cheaper, costOf } from './cost.ts';
import { FREE_OPS } from './movement.ts';
import type { NamedOps } from './named-op.ts';
import { normalForm } from './normal-form.ts';
import { constantsAt, type Place, placesIn } from './place.ts';
import { type Plan, plansFor, type Task } from './plan.ts';
import type { Segment } from './segment.ts';
import { reusableShape } from './step.ts';

/** A chain written anew: movement, and all elementwise steps at one place in it. */
export interface Form {
  readonly plan: Plan;
  readonly place: Place;
  /** Constants of elementwise steps as the place needs them, by link. */
  readonly constants: ReadonlyMap<Link, Tensor>;
  readonly before: Cost;
  readonly after: Cost;
}

/** The cheapest form of a segment if it is cheaper than the present one; null otherwise. */
export function betterForm(segment: Segment, context: RewriteContext): Form | null {
  const before = presentCost(segment, context);
  const steps = segment.links.filter((link) => link.elementwise);
  let best: Form | null = null;
  for (const side of steps.length === 0 ? (['input'] as const) : (['input', 'output'] as const)) {
    for (const plan of plansFor(taskOf(segment, side, context))) {
      for (const place of placesIn(plan.steps, side, segment, context.target.preferredRank)) {
        const constants = constantsAt(segment, place);
        const after = constants && planCost(segment, plan, place, constants, context);
        if (!after || !(best ? cheaper(after, best.after) : cheaper(after, before, 'nodes'))) continue;
        best = { plan, place, constants, before, after };
      }
    }
  }
  return best && allowed(segment, best) ? best : null;
}

/** Data movement that others need is repeated only where no move is added; a native shuffle is given up only for fewer nodes. */
function allowed(segment: Segment, { before, after, plan }: Form): boolean {
  if (after.moves > before.moves && segment.links.some((link) => !link.own)) return false;
  const native = segment.links.some(({ node }) => node.opType === 'DepthToSpace' || node.opType === 'SpaceToDepth');
  const named = plan.steps.some((step) => step.op === 'DepthToSpace' || step.op === 'SpaceToDepth');
  return !native || named || after.nodes < before.nodes;
}

/** Of shared nodes only the value that the own part reads counts: so that it may lean on an earlier one of lower rank. */
function presentCost({ links }: Segment, { target }: RewriteContext): Cost {
  const own = links.filter((link) => link.own);
  const shared = own.length < links.length ? [(own[0] as Link).input] : [];
  const moved = own.slice(0, -1).filter((link) => !link.elementwise);
  const working = own.filter((link) => link.elementwise || !FREE_OPS.has(link.node.opType));
  return costOf({
    moved: [...shared, ...moved.map((link) => link.output)].map(rankOf),
    worked: working.map((link) => Math.max(rankOf(link.input), rankOf(link.output))),
    moves: working.filter((link) => !link.elementwise).length, nodes: own.length, width: 0, constants: 0,
  }, target);
}

function planCost(
  { links, from }: Segment, plan: Plan, place: Place, constants: ReadonlyMap<Link, Tensor>, { target }: RewriteContext,
): Cost {
  const steps = links.filter((link) => link.elementwise);
  const ranks = plan.steps.map((step) => step.dims.length);
  const moves = plan.steps.flatMap(({ op, dims }, i) => (FREE_OPS.has(op) ? [] : [Math.max(dims.length, ranks[i - 1] ?? from.length)]));
  return costOf({
    moved: steps.length > 0 && place.at === ranks.length ? ranks : ranks.slice(0, -1),
    worked: [...moves, ...steps.map(() => place.dims.length)], moves: plan.moves,
    nodes: plan.steps.length + steps.length, width: dtypeBits(movedType(links, place.side) ?? 'float32') ?? 0,
    constants: [...constants.values()].reduce((sum, tensor) => sum + tensor.size, 0),
  }, target);
}

function rankOf(value: Value): number {
  return value.type.shape?.length ?? 0;
}

function taskOf(segment: Segment, side: Place['side'], context: RewriteContext): Task {
  const { links, from, to, layout } = segment;
  const last = links.at(-1) as Link;
  const { target } = context;
  return {
    from, to, form: normalForm(layout), ops: namedOps(movedType(links, side), context),
    ranks: [target.preferredRank, target.rankLimit],
    repeat: links.some(({ node }) => node.opType === 'Tile') ? 'Tile' : 'Expand',
    beforeConvs: feedsConvs(last.output, 0),
    needsNode: links.every((link) => !link.elementwise) && keepsOwnValue((links[0] as Link).input, last.output),
    shapeOfEnd: last.node.opType === 'Reshape' ? reusableShape(last.node.input(1)) : null,
  };
}

/** A graph output cannot be another value that has a name of its own to keep. */
function keepsOwnValue(head: Value, end: Value): boolean {
  return (end.isGraphOutput || end.isCaptured) && (head.isGraphInput || head.isGraphOutput || head.isCaptured || head.initializer !== null);
}

/** Element type of the values that are moved; null where it is not known. */
function movedType(links: readonly Link[], side: Place['side']): DType | null {
  const steps = links.filter((link) => link.elementwise);
  const value = side === 'input' ? (steps.at(-1)?.output ?? links[0]?.input) : (steps[0]?.input ?? links[0]?.input);
  return value?.type.dtype ?? null;
}

const FLOATS: ReadonlySet<DType> = new Set(['float16', 'float32', 'float64']);
const BYTES: ReadonlySet<DType> = new Set(['int8', 'uint8']);

/** Kernels for 8-bit integers came with opset 13; other integers have none. */
function namedOps(dtype: DType | null, { target, opset }: RewriteContext): NamedOps {
  const typed = dtype !== null && (FLOATS.has(dtype) || (BYTES.has(dtype) && opset >= 13));
  return {
    dcr: typed && target.nativeOps.has('DepthToSpace:DCR'),
    crd: typed && opset >= 11 && target.nativeOps.has('DepthToSpace:CRD'),
    spaceToDepth: typed && target.nativeOps.has('SpaceToDepth'),
  };
}

const DEEPEST = 8;

/** True when every consumer is an ungrouped convolution with constant weights, perhaps behind steps that treat all channels alike. */
function feedsConvs(value: Value, depth: number): boolean {
  if (value.isGraphOutput || value.uses.size === 0 || depth > DEEPEST) return false;
  return [...value.uses].every(({ node, index }) => {
    if (node.is('Conv')) return index === 0 && node.attributes.int('group', 1) === 1 && isWeight(node.input(1));
    const step = index >= 0 ? readElementwise(node) : null;
    return step?.data === index && step.constant === null && feedsConvs(node.outputs[0] as Value, depth + 1);
  });
}

function isWeight(value: Value | null): boolean {
  const source = value?.producer?.is('DequantizeLinear') ? value.producer.input(0) : value;
  return source !== null && source.constant !== null;
}

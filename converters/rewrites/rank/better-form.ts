import { type DType, dtypeBits } from '../../../models/contracts/index.ts';
import type { Dim, Value } from '../../../models/graph/index.ts';
import type { Tensor } from '../../../models/onnx/index.ts';
import type { RewriteContext } from '../rewrite.ts';
import type { Link } from './chain.ts';
import { readElementwise } from './commute.ts';
import { type Cost, cheaper, costOf } from './cost.ts';
import type { Atom } from './layout.ts';
import { moveConstant } from './move-constant.ts';
import { FREE_OPS } from './movement.ts';
import type { NamedOps } from './named-op.ts';
import { normalForm } from './normal-form.ts';
import { type Plan, plansFor, type Task } from './plan.ts';
import type { Segment } from './segment.ts';
import { reusableShape } from './step.ts';

/** A chain written anew: the elementwise steps first and then the movement, or the other way round. */
export interface Form {
  readonly plan: Plan;
  readonly place: 'before' | 'after';
  /** Constants of elementwise steps as the place needs them, by link. */
  readonly constants: ReadonlyMap<Link, Tensor>;
  readonly before: Cost;
  readonly after: Cost;
}

/** The cheapest form of a segment if it is cheaper than the present one; null otherwise. */
export function betterForm(segment: Segment, context: RewriteContext): Form | null {
  const before = presentCost(segment, context);
  let best: Form | null = null;
  for (const place of ['before', 'after'] as const) {
    const constants = constantsAt(segment, place);
    if (!constants) continue;
    for (const plan of plansFor(taskOf(segment, place, context))) {
      const after = planCost(segment, plan, place, context);
      if (cheaper(after, best?.after ?? before, best ? 5 : 4)) best = { plan, place, constants, before, after };
    }
    if (segment.links.every((link) => !link.elementwise)) break;
  }
  return best && allowed(segment, best) ? best : null;
}

/** Values above the rank limit that the own part of the chain reads count, so that it may lean on an earlier value instead; if that adds no move. */
function allowed(segment: Segment, { before, after, plan }: Form): boolean {
  if (after[1] > before[1] && segment.links.some((link) => !link.own)) return false;
  const native = segment.links.some(({ node }) => node.opType === 'DepthToSpace' || node.opType === 'SpaceToDepth');
  const named = plan.steps.some((step) => step.op === 'DepthToSpace' || step.op === 'SpaceToDepth');
  return !native || named || after[3] < before[3];
}

function presentCost({ links }: Segment, { target }: RewriteContext): Cost {
  const own = links.filter((link) => link.own);
  const inner = own.slice(0, -1).map((link) => link.output);
  const shared = own.length < links.length ? [(own[0] as Link).input] : [];
  const ranks = [...shared, ...inner].map((value) => value.type.shape?.length ?? 0);
  const moves = own.filter((link) => !link.elementwise && !FREE_OPS.has(link.node.opType)).length;
  return costOf(ranks, moves, own.length, 0, target);
}

function planCost({ links, from, to }: Segment, plan: Plan, place: 'before' | 'after', { target }: RewriteContext): Cost {
  const steps = links.filter((link) => link.elementwise).length;
  const moved = plan.steps.map((step) => step.dims.length);
  const passed = Array.from({ length: steps }, () => (place === 'before' ? from : to).length);
  const ranks = (place === 'before' ? [...passed, ...moved] : [...moved, ...passed]).slice(0, -1);
  return costOf(ranks, plan.moves, plan.steps.length + steps, dtypeBits(movedType(links, place) ?? 'float32') ?? 0, target);
}

function taskOf(segment: Segment, place: 'before' | 'after', context: RewriteContext): Task {
  const { links, from, to, layout } = segment;
  const last = links.at(-1) as Link;
  const { target } = context;
  return {
    from, to, form: normalForm(layout), ops: namedOps(movedType(links, place), context),
    ranks: [Math.max(2, target.preferredRank), Math.max(2, target.rankLimit)],
    repeat: links.some(({ node }) => node.opType === 'Tile') ? 'Tile' : 'Expand',
    beforeConvs: feedsConvs(last.output, 0),
    shapeOfEnd: last.node.opType === 'Reshape' ? reusableShape(last.node.input(1)) : null,
  };
}

/** Element type of the values that are moved; null where it is not known. */
function movedType(links: readonly Link[], place: 'before' | 'after'): DType | null {
  const steps = links.filter((link) => link.elementwise);
  const value = place === 'before' ? (steps.at(-1)?.output ?? links[0]?.input) : (steps[0]?.input ?? links[0]?.input);
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
  return value !== null && (value.constant !== null || (value.producer?.is('DequantizeLinear') === true && value.producer.input(0)?.constant != null));
}

/** The constants on the other side of the movement; null where one cannot be written there. */
function constantsAt({ links, from, to, layout, footprints }: Segment, place: 'before' | 'after'): Map<Link, Tensor> | null {
  const constants = new Map<Link, Tensor>();
  const dims = place === 'before' ? from : to;
  const scalars = links.filter((link) => link.elementwise);
  if (scalars.length > 0 && dims.length === 0) return null;
  let groups: readonly (readonly Atom[])[] | null = null;
  for (const link of scalars) {
    const print = footprints.get(link);
    if (!print) continue;
    groups ??= print.tensor.size === 1 ? dims.map(() => []) : place === 'before' ? layout.inputGroups(from) : layout.groups();
    const moved = groups && moveConstant(print, groups);
    if (!moved) return null;
    constants.set(link, moved);
  }
  return constants;
}

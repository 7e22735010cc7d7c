import { type Dim, mulDims, type Node, type Value } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import type { Proposal, Refusal, Rewrite, RewriteContext } from '../rewrite.ts';
import { newPatch, propose, refuse, removeWithProducers } from './edit.ts';

/** Per axis of the source: how often each element is repeated in place, and how often the whole axis is. */
interface Repeats {
  readonly source: Value;
  readonly nodes: readonly Node[];
  readonly each: readonly number[];
  readonly whole: readonly number[];
}

export const repeats: Rewrite = {
  id: 'clean/repeats',
  title: 'Repetition spelled with extra axes made one step',
  doc: `Unsqueeze or Reshape puts axes of size 1 in, Expand or Tile makes them n, Reshape merges them with their neighbours. An n behind an
axis repeats each element of it n times, an n before it repeats the whole axis. Only whole axes repeated: one Tile. Height and width
by element: Resize, nearest, asymmetric, floor (opset ≥ 11). Channels by element have no operator; rank/chain lowers their rank.`,
  opTypes: ['Reshape'],
  exactness: 'bit',
  face: 'same',
  match: (node, context) => {
    const found = readRepeats(node);
    if (!found) return null;
    const { each, whole } = found;
    const repeatsEach = each.flatMap((n, axis) => (n > 1 ? [axis] : []));
    if (whole.every((n) => n === 1) && repeatsEach.length === 0) return null;
    if (repeatsEach.length === 0) return tile(found, node, context);
    if (whole.some((n) => n > 1)) return refuse(found.nodes, 'it repeats both elements and whole axes');
    return repeatsEach.every((axis) => axis >= 2) && each.length === 4 ? nearest(found, node, context) : null;
  },
};

function tile(found: Repeats, node: Node, context: RewriteContext): Proposal {
  const patch = newPatch(context);
  const counts = patch.constant(Tensor.of('int64', [found.whole.length], found.whole), `${node.output()?.name}_repeats`);
  return finish(found, node, patch.node('Tile', [found.source, counts], options(node)), patch, 'it repeats whole axes');
}

function nearest(found: Repeats, node: Node, context: RewriteContext): Proposal | Refusal {
  if (context.opset < 11) return refuse(found.nodes, 'Resize with a coordinate mode needs opset 11; --opset 11 allows it');
  const patch = newPatch(context);
  const scales = patch.constant(Tensor.of('float32', [4], found.each), `${node.output()?.name}_scales`);
  const roi = context.opset < 13 ? patch.constant(Tensor.of('float32', [0], []), `${node.output()?.name}_roi`) : null;
  const attributes = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' };
  const resized = patch.node('Resize', [found.source, roi, scales], { ...options(node), attributes });
  return finish(found, node, resized, patch, `it enlarges ${found.each[2]} × ${found.each[3]} by nearest neighbour`);
}

function options(node: Node) {
  return { like: node, types: [node.output()?.type as Value['type']] };
}

function finish(found: Repeats, node: Node, by: Value, patch: ReturnType<typeof newPatch>, reason: string): Proposal {
  return propose(removeWithProducers(patch.replace(node.output() as Value, by), node), found.nodes, reason);
}

/** Reads the chain that ends in `last`; null where it is none, or a size that matters is open. */
function readRepeats(last: Node): Repeats | null {
  const repeat = soleProducer(last, 'Expand', 'Tile');
  const insert = repeat && soleProducer(repeat, 'Unsqueeze', 'Reshape');
  const source = insert?.input(0);
  const shapes = [source, insert?.output(), repeat?.output(), last.output()].map((value) => value?.type.shape);
  const [from, ones, many, to] = shapes;
  if (!repeat || !insert || !source || !from || !ones || !many || !to || ones.length !== many.length || from.length !== to.length)
    return null;
  const counts = ones.map((dim, i) => (dim === many[i] ? 1 : dim === 1 ? many[i] : null));
  if (!counts.every((n) => typeof n === 'number')) return null;
  const owners = alignAxes(from, ones);
  const groups = owners && groupAxes(many, to);
  if (!groups) return null;
  const each = from.map(() => 1);
  const whole = from.map(() => 1);
  for (const [axis, group] of groups.entries()) {
    const owner = group.findIndex((i) => owners[i] === axis);
    if (owner < 0 || group.some((i) => owners[i] !== null && owners[i] !== axis)) return null;
    group.forEach((i, at) => {
      const counted = at > owner ? each : whole;
      counted[axis] = (counted[axis] as number) * (counts[i] as number);
    });
  }
  return { source, nodes: [insert, repeat, last], each, whole };
}

function soleProducer(node: Node, ...opTypes: string[]): Node | null {
  const producer = node.input(0)?.producer;
  return producer?.is(...opTypes) && producer.output()?.soleConsumer === node ? producer : null;
}

/** For every axis of `ones` the axis of `from` it is, or null for one put in (which of several ones makes no difference); null where axes were merged or split. */
function alignAxes(from: readonly Dim[], ones: readonly Dim[]): (number | null)[] | null {
  const owners: (number | null)[] = [];
  let at = 0;
  for (const dim of ones) {
    if (at < from.length && dim !== null && dim === from[at]) owners.push(at++);
    else if (dim === 1) owners.push(null);
    else return null;
  }
  return at === from.length ? owners : null;
}

/** Runs of axes of `many` that multiply to the dimensions of `to`, in order. */
function groupAxes(many: readonly Dim[], to: readonly Dim[]): number[][] | null {
  const groups: number[][] = [];
  let i = 0;
  for (const [axis, dim] of to.entries()) {
    const group: number[] = [];
    let product: Dim = 1;
    while (i < many.length && (product !== dim || group.length === 0 || (many[i] === 1 && axis === to.length - 1))) {
      product = mulDims(product, many[i] ?? null);
      group.push(i++);
    }
    if (product !== dim || dim === null) return null;
    groups.push(group);
  }
  return i === many.length ? groups : null;
}

import type { Dim, Node, Value } from '../../../models/graph/index.ts';
import { type Elementwise, readElementwise } from './commute.ts';
import { movedValue, OLDEST_OPSET, readMovement } from './movement.ts';

/** One node of a chain: data movement, or an elementwise step that movement can pass. */
export interface Link {
  readonly node: Node;
  readonly input: Value;
  readonly output: Value;
  readonly elementwise: Elementwise | null;
  /** False where another consumer of the output needs the node to stay. */
  readonly own: boolean;
}

/** Longer chains are looked at in pieces of this many nodes. */
const LONGEST = 64;

/**
 * The chain that ends at `tail`, first node first: single-consumer movement and elementwise steps, and before them movement whose results
 * others need too. Null where `tail` moves nothing, or the chain goes on behind it.
 */
export function chainEndingAt(tail: Node, opset: number): Link[] | null {
  if (opset < OLDEST_OPSET || !movedValue(tail) || goesOn(tail.outputs[0] as Value, opset)) return null;
  const links: Link[] = [];
  let own = true;
  for (let node: Node | null = tail; node && links.length < LONGEST;) {
    const moved = movedValue(node);
    const elementwise: Elementwise | null = moved ? null : readElementwise(node);
    const input: Value | null = moved ?? (elementwise && node.input(elementwise.data));
    if (!input || (!own && elementwise)) break;
    links.unshift({ node, input, output: node.outputs[0] as Value, elementwise, own });
    own &&= input.soleConsumer === node;
    node = input.producer;
  }
  while (links[0]?.elementwise) links.shift();
  return links;
}

/** Marks symbols that stand for a size of which nothing is known. */
export const OPEN = '?';

/** The shape with a symbol of its own for every unknown size, so that a movement can be followed all the same. */
export function dimsOf(value: Value): readonly Dim[] | null {
  return value.type.shape?.map((dim, axis) => dim ?? `${OPEN}${value.name}.${axis}`) ?? null;
}

/** True when the value's only consumer moves it on, perhaps behind elementwise steps. */
function goesOn(value: Value, opset: number): boolean {
  for (let at = value, steps = 0; steps < LONGEST; steps++) {
    const next = at.soleConsumer;
    if (!next) return false;
    if (movedValue(next) === at) return readable(next, at, opset);
    const step = readElementwise(next);
    if (!step || next.input(step.data) !== at) return false;
    at = next.outputs[0] as Value;
  }
  return false;
}

function readable(node: Node, input: Value, opset: number): boolean {
  const dims = dimsOf(input);
  return dims !== null && readMovement(node, dims, opset) !== null;
}

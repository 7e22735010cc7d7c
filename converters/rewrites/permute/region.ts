import type { Graph, Node, Value } from '../../../models/graph/index.ts';
import { type ChannelOrder, isIdentity, sameOrder } from './order.ts';
import { isParameter } from './parameter.ts';
import type { Carry, Reached } from './rule.ts';
import { isMerge } from './rules/concat-split.ts';
import { RULES } from './rules/index.ts';

/** The values that must change their order together, and what each node between them does about it. */
export interface Region {
  readonly orders: ReadonlyMap<Value, ChannelOrder>;
  readonly carries: ReadonlyMap<Node, Carry>;
}

/**
 * Follows orders from the seeds forwards and backwards until every node they reach computes the same from and to the reordered values.
 * Otherwise the reason: where a graph's face, an operator or two different demands stand in the way.
 */
export function growRegion(seeds: readonly (readonly [Value, ChannelOrder])[], graph: Graph, opset: number): Region | string {
  const growth = new Growth(graph, opset);
  for (const [value, order] of seeds) {
    const reason = growth.assign(value, order);
    if (reason !== null) return reason;
  }
  for (let node = growth.next(); node; node = growth.next()) {
    const reason = growth.visit(node);
    if (reason !== null) return reason;
  }
  return growth.repeatsMoved() ?? growth;
}

class Growth implements Region {
  readonly orders = new Map<Value, ChannelOrder>();
  readonly carries = new Map<Node, Carry>();
  readonly #graph: Graph;
  readonly #opset: number;
  readonly #waiting = new Set<Node>();
  readonly #merges = new Set<Node>();

  constructor(graph: Graph, opset: number) {
    this.#graph = graph;
    this.#opset = opset;
  }

  /** Gives a value an order. Returns why it cannot have it. */
  assign(value: Value, wanted: ChannelOrder): string | null {
    const known = this.orders.get(value);
    if (known) return agree(known, wanted) ? null : `"${value.name}" would need two channel orders`;
    if (isIdentity(wanted.order)) return null;
    const obstacle = face(value);
    if (obstacle) return obstacle;
    const size = value.type.shape?.[wanted.axis];
    if (typeof size === 'number' && size !== wanted.order.length) return `"${value.name}" has ${size} channels, not ${wanted.order.length}`;
    this.orders.set(value, wanted);
    if (value.producer) this.#waiting.add(value.producer);
    for (const node of value.consumers) this.#waiting.add(node);
    return null;
  }

  /** The next node to look at: those that wait for several parts to be known come last, in graph order. */
  next(): Node | null {
    for (const node of this.#waiting) {
      this.#waiting.delete(node);
      if (!isMerge(this.#reached(node))) {
        this.#merges.delete(node);
        return node;
      }
      this.#merges.add(node);
    }
    if (this.#merges.size === 0) return null;
    const node = this.#merges.size === 1 ? [...this.#merges][0] : [...this.#graph.nodes()].find((each) => this.#merges.has(each));
    if (node) this.#merges.delete(node);
    return node ?? null;
  }

  /** Asks the node's rule and passes on what it says. Returns why it cannot follow. */
  visit(node: Node): string | null {
    const reached = this.#reached(node);
    const rule = node.isOnnx && !node.hasSubgraph ? RULES.get(node.opType) : undefined;
    if (!rule) return `${describe(node)}: no rule carries a channel order through ${node.opType}`;
    const carry = rule(reached);
    if (typeof carry === 'string') return `${describe(node)}: ${carry}`;
    this.carries.set(node, carry);
    return this.#assignInputs(node, carry) ?? this.#assignOutputs(node, carry);
  }

  /** Why a value that is repeated instead of being reordered cannot be, if so. */
  repeatsMoved(): string | null {
    for (const [node, { taken }] of this.carries) {
      if (taken && this.orders.has(taken.from)) return `${describe(node)}: "${taken.from.name}", which it repeats, is in another order`;
    }
    return null;
  }

  #assignInputs(node: Node, carry: Carry): string | null {
    for (const [i, value] of node.inputs.entries()) {
      if (!value || isParameter(value)) continue;
      const [wanted, second] = (carry.inputs?.get(i) ?? []).filter(({ order }) => !isIdentity(order));
      if (second) return `${describe(node)} would need "${value.name}" reordered on two axes`;
      const reason = wanted ? this.assign(value, wanted) : this.#unmoved(value);
      if (reason !== null) return reason;
    }
    return null;
  }

  #assignOutputs(node: Node, carry: Carry): string | null {
    for (const [i, value] of node.outputs.entries()) {
      if (!value) continue;
      const wanted = carry.outputs?.get(i);
      const reason = wanted && !isIdentity(wanted.order) ? this.assign(value, wanted) : this.#unmoved(value);
      if (reason !== null) return reason;
    }
    return null;
  }

  #unmoved(value: Value): string | null {
    return this.orders.has(value) ? `"${value.name}" would need two channel orders` : null;
  }

  #reached(node: Node): Reached {
    const inputs = new Map<number, ChannelOrder>();
    const outputs = new Map<number, ChannelOrder>();
    for (const [values, known] of [
      [node.inputs, inputs],
      [node.outputs, outputs],
    ] as const) {
      for (const [i, value] of values.entries()) {
        const order = value && this.orders.get(value);
        if (order) known.set(i, order);
      }
    }
    return { node, opset: this.#opset, inputs, outputs };
  }
}

function face(value: Value): string | null {
  if (value.isGraphOutput) return `"${value.name}" is a graph output`;
  if (value.isCaptured) return `a subgraph uses "${value.name}"`;
  if (value.producer) return null;
  if (value.initializer) return `"${value.name}" is an initializer that callers may override`;
  return `"${value.name}" is a graph input`;
}

function agree(a: ChannelOrder, b: ChannelOrder): boolean {
  return a.axis === b.axis && sameOrder(a.order, b.order);
}

function describe(node: Node): string {
  return node.name === '' ? node.label : `${node.label} (${node.opType})`;
}

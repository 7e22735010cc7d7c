import type { Graph, Patch, Value } from '../../models/graph/index.ts';
import type { EncodingEffect } from './rewrite.ts';

/** What a tensor of a rewritten model was before. */
export interface Origin {
  /** Tensors of the model before it with the same values (but for `orders`), its own first. Empty: it is new. */
  readonly tensors: readonly string[];
  /** Axes that were permuted since, in order: entry k is what was entry `order[k]`. */
  readonly orders: readonly { readonly axis: number; readonly order: readonly number[] }[];
  /** It holds other values (folded weights) in the place of the tensors named. */
  readonly changed: boolean;
  /** It holds the same values in another layout (a step before a movement instead of behind it): axes mean something else. */
  readonly moved: boolean;
}

/**
 * Follows the values of a graph through patches. Names alone do not tell: a name that became free may be taken by a value that is something
 * else.
 */
export class Lineage {
  readonly #graph: Graph;
  readonly #origins = new WeakMap<Value, Origin>();

  /** Before the first patch. */
  constructor(graph: Graph) {
    this.#graph = graph;
    for (const value of graph.values.values())
      this.#origins.set(value, { tensors: [value.name], orders: [], changed: false, moved: false });
  }

  /** Call right before the patch is applied. What equals an old value stands for it; what was permuted, recomputed or copied comes from it. */
  follow(patch: Patch, effects: readonly EncodingEffect[]): void {
    for (const [old, by] of patch.replaced) this.#stands(old, by);
    const settled = new Set(patch.replaced.values());
    const fresh = new Map(
      [...patch.constants, ...patch.added.flatMap((node) => node.outputs)].flatMap((value) => (value ? [[value.name, value]] : [])),
    );
    for (const { tensor, as, axis, order } of effects) {
      const old = this.#graph.values.get(tensor);
      const made = fresh.get(as) ?? (old && patch.inherited.get(old));
      const before = (made && this.#origins.get(made)) ?? (old && this.#origins.get(old));
      if (made && before && !settled.has(made)) this.#origins.set(made, { ...before, orders: [...before.orders, { axis, order }] });
    }
    for (const [old, by] of patch.inherited) this.#derive(by, old, { changed: true });
    for (const [copy, old] of patch.copies) this.#derive(copy, old, { moved: true });
  }

  /** By name, of the graph as it is now. */
  origins(): Map<string, Origin> {
    const known = [...this.#graph.values.values()].map((value) => [value.name, this.#origins.get(value) ?? NEW] as const);
    return new Map(known);
  }

  #derive(value: Value, from: Value, how: Partial<Origin>): void {
    const before = this.#origins.get(from);
    if (before && !this.#origins.has(value)) this.#origins.set(value, { ...before, ...how });
  }

  /** `by` has the same values as `old`: it answers to its names, too. */
  #stands(old: Value, by: Value): void {
    const [a, b] = [this.#origins.get(old), this.#origins.get(by)];
    if (!a) return;
    if (!b) this.#origins.set(by, a);
    else if (a.changed === b.changed && a.moved === b.moved && sameOrders(a, b))
      this.#origins.set(by, { ...b, tensors: [...new Set([...b.tensors, ...a.tensors])] });
  }
}

const NEW: Origin = { tensors: [], orders: [], changed: false, moved: false };

function sameOrders(a: Origin, b: Origin): boolean {
  return JSON.stringify(a.orders) === JSON.stringify(b.orders);
}

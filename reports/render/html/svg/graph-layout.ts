/** A node to be placed, in pixels. */
export interface LayoutNode {
  readonly id: string;
  readonly width: number;
  readonly height: number;
}

export interface LayoutEdge {
  readonly from: string;
  readonly to: string;
}

export interface Layout<E extends LayoutEdge> {
  /** Centre of each node by id. */
  readonly at: ReadonlyMap<string, Point>;
  /** Points of each edge from the lower side of its source to the upper side of its target. */
  readonly routes: readonly { readonly edge: E; readonly points: readonly Point[] }[];
  readonly width: number;
  readonly height: number;
}

export type Point = readonly [x: number, y: number];

/** Between neighbours of a layer, and between layers: room for the label of an edge. */
const [GAP, LAYER_GAP] = [22, 40];
const MARGIN = 6;
const SWEEPS = 6;

/** A place in a layer: a node, or a bend of an edge that passes through. */
interface Slot {
  readonly key: string;
  readonly layer: number;
  readonly width: number;
  readonly height: number;
  readonly up: Slot[];
  readonly down: Slot[];
  x: number;
}

/**
 * Places a small directed acyclic graph in layers from top to bottom (Sugiyama, Tagawa and Toda 1981): longest path for layers, barycentres for
 * the order within a layer, least squares under a minimal distance for coordinates. Nodes come producers first; edges to or from unknown ids and
 * edges against that order are left out. Deterministic.
 */
export function layoutGraph<E extends LayoutEdge>(nodes: readonly LayoutNode[], all: readonly E[]): Layout<E> {
  const place = new Map(nodes.map(({ id }, i) => [id, i]));
  const edges = all.filter(({ from, to }) => (place.get(from) ?? Infinity) < (place.get(to) ?? -1));
  const layers = layersOf(nodes, edges);
  const slots = new Map(nodes.map((node): [string, Slot] => [node.id, slot(node.id, layers.get(node.id) as number, node.width, node.height)]));
  const chains = edges.map((edge) => ({ edge, chain: bends(edge, slots) }));
  const rows = rowsOf(nodes, slots, chains.map(({ chain }) => chain));
  for (let sweep = 0; sweep < SWEEPS; sweep++) order(rows, sweep % 2 === 0);
  spread(rows);
  for (let sweep = 0; sweep < SWEEPS; sweep++) settle(rows, sweep % 2 === 0);
  return drawn(nodes, slots, chains, rows);
}

function slot(key: string, layer: number, width: number, height: number): Slot {
  return { key, layer, width, height, up: [], down: [], x: 0 };
}

/** Longest path from above; what only leads down comes right above where it leads. */
function layersOf(nodes: readonly LayoutNode[], edges: readonly LayoutEdge[]): Map<string, number> {
  const layers = new Map(nodes.map(({ id }) => [id, 0]));
  for (const { id } of nodes)
    for (const { from, to } of edges) if (to === id) layers.set(id, Math.max(layers.get(id) as number, (layers.get(from) as number) + 1));
  for (const { id } of [...nodes].reverse()) {
    const below = edges.filter(({ from }) => from === id).map(({ to }) => layers.get(to) as number);
    const isSource = !edges.some(({ to }) => to === id);
    if (isSource && below.length > 0) layers.set(id, Math.min(...below) - 1);
  }
  return layers;
}

/** The slots that an edge leads through, ends included, linked to one another. */
function bends({ from, to }: LayoutEdge, slots: ReadonlyMap<string, Slot>): Slot[] {
  const [source, target] = [slots.get(from) as Slot, slots.get(to) as Slot];
  const between = Array.from({ length: target.layer - source.layer - 1 }, (_, i) => slot(`${from}>${to}`, source.layer + 1 + i, 4, 0));
  const chain = [source, ...between, target];
  for (let i = 1; i < chain.length; i++) {
    (chain[i - 1] as Slot).down.push(chain[i] as Slot);
    (chain[i] as Slot).up.push(chain[i - 1] as Slot);
  }
  return chain;
}

function rowsOf(nodes: readonly LayoutNode[], slots: ReadonlyMap<string, Slot>, chains: readonly (readonly Slot[])[]): Slot[][] {
  const rows: Slot[][] = [];
  const put = (one: Slot): void => {
    (rows[one.layer] ??= []).push(one);
  };
  for (const { id } of nodes) put(slots.get(id) as Slot);
  for (const chain of chains) chain.slice(1, -1).forEach(put);
  return rows.filter((row) => row !== undefined);
}

/** Sorts each layer by the mean place of its neighbours in the one before it. */
function order(rows: readonly Slot[][], downward: boolean): void {
  for (const row of downward ? rows : [...rows].reverse()) {
    const mean = new Map(row.map((one, i) => [one, meanOf((downward ? one.up : one.down).map(({ x }) => x)) ?? i]));
    row.sort((a, b) => (mean.get(a) as number) - (mean.get(b) as number));
    row.forEach((one, i) => {
      one.x = i;
    });
  }
}

/** First coordinates: each layer centred at 0. */
function spread(rows: readonly Slot[][]): void {
  for (const row of rows) {
    const width = row.reduce((sum, one) => sum + one.width + GAP, -GAP);
    let left = -width / 2;
    for (const one of row) {
      one.x = left + one.width / 2;
      left += one.width + GAP;
    }
  }
}

/** Moves each layer as near to its neighbours as distances allow: isotonic regression on what is left after the least distances (pool adjacent violators). */
function settle(rows: readonly Slot[][], downward: boolean): void {
  for (const row of downward ? rows : [...rows].reverse()) {
    let offset = 0;
    const offsets = row.map((one, i) => (offset += i === 0 ? 0 : ((row[i - 1] as Slot).width + one.width) / 2 + GAP));
    const wished = row.map((one, i) => (meanOf((downward ? one.up : one.down).map(({ x }) => x)) ?? one.x) - (offsets[i] as number));
    const pools: { sum: number; count: number }[] = [];
    for (const wish of wished) {
      pools.push({ sum: wish, count: 1 });
      while (pools.length > 1 && level(pools.at(-1)) < level(pools.at(-2))) {
        const last = pools.pop() as { sum: number; count: number };
        const before = pools.at(-1) as { sum: number; count: number };
        before.sum += last.sum;
        before.count += last.count;
      }
    }
    const levels = pools.flatMap((pool) => Array.from({ length: pool.count }, () => level(pool)));
    row.forEach((one, i) => {
      one.x = (levels[i] as number) + (offsets[i] as number);
    });
  }
}

function level(pool: { readonly sum: number; readonly count: number } | undefined): number {
  return pool ? pool.sum / pool.count : -Infinity;
}

function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length;
}

/** Coordinates with the upper left corner at 0. */
function drawn<E extends LayoutEdge>(
  nodes: readonly LayoutNode[], slots: ReadonlyMap<string, Slot>, chains: readonly { edge: E; chain: readonly Slot[] }[], rows: readonly (readonly Slot[])[],
): Layout<E> {
  const every = rows.flat();
  const left = Math.min(0, ...every.map(({ x, width }) => x - width / 2)) - MARGIN;
  const right = Math.max(0, ...every.map(({ x, width }) => x + width / 2)) + MARGIN;
  const heights = rows.map((row) => Math.max(...row.map(({ height }) => height)));
  const tops = heights.map((_, i) => MARGIN + heights.slice(0, i).reduce((sum, height) => sum + height + LAYER_GAP, 0));
  const middle = (one: Slot): number => (tops[one.layer] as number) + (heights[one.layer] as number) / 2;
  const point = (one: Slot, side: -1 | 0 | 1): Point => [one.x - left, middle(one) + (side * one.height) / 2];
  return {
    at: new Map(nodes.map(({ id }) => [id, point(slots.get(id) as Slot, 0)])),
    routes: chains.map(({ edge, chain }) => ({
      edge, points: chain.map((one, i) => point(one, i === 0 ? 1 : i === chain.length - 1 ? -1 : 0)),
    })),
    width: right - left,
    height: (tops.at(-1) ?? 0) + (heights.at(-1) ?? 0) + MARGIN,
  };
}

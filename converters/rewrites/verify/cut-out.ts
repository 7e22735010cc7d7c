import type { Dim, Graph, Node, Patch, Value } from '../../../models/graph/index.ts';
import { cloneMessage, type NodeProto, type Tensor } from '../../../models/onnx/index.ts';
import type { InputSpec } from '../../../models/run/index.ts';
import { producersFirst } from '../producers-first.ts';
import type { RewriteContext } from '../rewrite.ts';
import { borderReach } from './border-reach.ts';
import { contractRange } from './contract-range.ts';
import { roundingError } from './tolerance.ts';

/** One side of a patch as it would stand in a model of its own. */
export interface Side {
  readonly nodes: readonly NodeProto[];
  /** Names of the values to compare, in the order of the patch. */
  readonly outputs: readonly string[];
}

/** The part of a graph that a patch replaces, with the smallest surroundings that make old and new computable from the same inputs. */
export interface CutOut {
  readonly inputs: readonly InputSpec[];
  readonly constants: ReadonlyMap<string, Tensor>;
  readonly before: Side;
  readonly after: Side;
  /** Expected relative rounding error of both sides together, see `roundingError`. */
  readonly rounding: number;
  /** How far a convolution's border reaches on the old side, in elements. */
  readonly reach: number;
}

const MOST_CONTEXT = 64;

/** Copies what a patch will replace. Call before it is applied. Null where the place cannot be run by itself: subgraphs, unknown element types, too far apart. */
export function captureCutOut(patch: Patch, context: RewriteContext): CutOut | null {
  const region = new Region(patch);
  for (let round = 0; round <= MOST_CONTEXT; round++) {
    const expand = region.toExpand();
    if (!expand) return cutOut(region, context);
    region.context.add(expand);
  }
  return null;
}

class Region {
  readonly patch: Patch;
  /** Untouched nodes that both sides need. */
  readonly context = new Set<Node>();

  constructor(patch: Patch) {
    this.patch = patch;
  }

  get before(): Set<Node> {
    return new Set([...this.context, ...this.patch.removed]);
  }

  get after(): Set<Node> {
    return new Set([...[...this.context].filter((node) => !this.patch.removed.has(node)), ...this.patch.added]);
  }

  /** The next producer to take in, or null when the inputs of the new side are inputs of the old side and can be fed. */
  toExpand(): Node | null {
    const before = leaves(this.before, this.patch.replaced.keys());
    const after = leaves(this.after, this.patch.replaced.values());
    const all = new Set([...before, ...after]);
    for (const value of all) if (value.producer && !isFeedable(value)) return value.producer;
    for (const value of this.patch.replaced.keys()) if (before.has(value) && value.producer) return value.producer;
    if ([...after].every((value) => before.has(value))) return null;
    return latest(this.patch.graph, all);
  }
}

/** Values that a set of nodes and targets needs from outside. */
function leaves(nodes: ReadonlySet<Node>, targets: Iterable<Value>): Set<Value> {
  const needed = [...[...nodes].flatMap((node) => node.inputs), ...targets];
  return new Set(
    needed.filter((value): value is Value => value !== null && value.constant === null && !(value.producer && nodes.has(value.producer))),
  );
}

/** Whole numbers that a node computed are mostly shapes and indices: random ones would mean nothing. */
function isFeedable({ type }: Value): boolean {
  return type.dtype !== null && type.shape !== null && !['int64', 'int32', 'bool', 'string'].includes(type.dtype);
}

function latest(graph: Graph, values: ReadonlySet<Value>): Node | null {
  const producers = new Set([...values].map((value) => value.producer));
  let found: Node | null = null;
  for (const node of graph.nodes()) if (producers.has(node)) found = node;
  return found;
}

function cutOut(region: Region, { contracts }: RewriteContext): CutOut | null {
  const { before, after, patch } = region;
  const inputs = new Set([...leaves(before, patch.replaced.keys()), ...leaves(after, patch.replaced.values())]);
  if ([...before, ...after].some((node) => node.hasSubgraph) || [...inputs].some(({ type }) => type.dtype === null || type.shape === null))
    return null;
  const constants = new Map<string, Tensor>();
  for (const value of [...[...before, ...after].flatMap((node) => node.inputs), ...patch.replaced.keys(), ...patch.replaced.values()]) {
    if (value?.constant?.dtype === 'string') return null;
    if (value?.constant) constants.set(value.name, value.constant);
  }
  return {
    inputs: [...inputs].map((value) => inputSpec(value, contractRange(contracts.get(value.name)))),
    constants,
    before: side(before, patch.replaced.keys()),
    after: side(after, patch.replaced.values()),
    rounding: roundingError([...before, ...after]),
    reach: borderReach(before),
  };
}

function inputSpec(value: Value, range: readonly [number, number] | null): InputSpec {
  const dims = (value.type.shape ?? []).map((dim: Dim, axis) => dim ?? `${value.name}:${axis}`);
  return { name: value.name, dtype: value.type.dtype ?? 'float32', dims, ...(range ? { range } : {}) };
}

function side(nodes: ReadonlySet<Node>, targets: Iterable<Value>): Side {
  const computed = [...nodes].filter((node) => !node.outputs.some((value) => value?.constant));
  return { nodes: producersFirst(computed).map(asWired), outputs: [...targets].map((value) => value.name) };
}

/** The node's message with the names that its values have now. */
function asWired({ proto, inputs, outputs }: Node): NodeProto {
  const names = (values: readonly (Value | null)[]): string[] => values.map((value) => value?.name ?? '');
  return cloneMessage(proto, { input: names(inputs), output: names(outputs) });
}

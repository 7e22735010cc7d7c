import type { Graph } from '../graph.ts';
import { format, type Polynomial } from '../dims/polynomial.ts';
import type { Model } from '../model.ts';
import type { Node } from '../node.ts';
import { type Dim, UNKNOWN_TYPE, type ValueType } from '../types.ts';
import type { Value } from '../value.ts';
import { bindInputs, evaluateType, type SymbolBindings } from './bindings.ts';
import { inferOutputs } from './infer-node.ts';

export interface InferOptions {
  /** Shapes of graph inputs for this run, by name; null keeps a dimension as it is. Symbols bound here are bound everywhere. */
  readonly bind?: ReadonlyMap<string, readonly (number | null)[]>;
}

/**
 * Fills in the types of all values of a model. What follows from the operators wins over what the file states about intermediate values
 * (stale value infos are common); what the file states fills the gaps. Safe to call again: only what patches touched since is looked at,
 * unless sizes are bound, now or the time before.
 */
export function inferShapes(model: Model, options: InferOptions = {}): void {
  const { graph } = model;
  const bindings = bindInputs(graph, options.bind ?? new Map());
  if (bindings.changed) restart(graph);
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const learned = settle(graph, model.opset, bindings);
    if (learned.length === 0) break;
    graph.integral.push(...learned);
    for (const node of graph.nodes()) graph.touched.add(node);
  }
}

/** Facts about symbols that one pass proves may prove more in the next. */
const MAX_PASSES = 6;

function restart(graph: Graph): void {
  graph.integral.length = 0;
  for (const node of graph.nodes()) graph.touched.add(node);
}

/** Infers touched nodes and whatever depends on a type that changed. Returns new facts. The budget ends this on cyclic graphs. */
function settle(graph: Graph, opset: number, bindings: SymbolBindings): Polynomial[] {
  const facts = { integral: graph.integral, learned: [] as Polynomial[] };
  let budget = 20 * (graph.nodeCount + 10);
  for (const node of graph.touched) {
    graph.touched.delete(node);
    if (!node.attached || budget-- < 0) continue;
    const types = inferOutputs(node, opset, node.outputs.length, facts);
    node.outputs.forEach((value, i) => {
      if (value && assign(value, types[i] ?? UNKNOWN_TYPE, bindings)) touchConsumers(graph, value, node);
    });
  }
  const known = new Set(graph.integral.map(format));
  return [...new Map(facts.learned.map((fact) => [format(fact), fact])).values()].filter((fact) => !known.has(format(fact)));
}

/** Sets the merged type; true where it differs from the one before. */
function assign(value: Value, inferred: ValueType, bindings: SymbolBindings): boolean {
  const type = merge(inferred, value.stated, bindings);
  if (sameType(type, value.type)) return false;
  value.type = type;
  return true;
}

function touchConsumers(graph: Graph, value: Value, self: Node): void {
  for (const use of value.uses) if (use.node !== self) graph.touched.add(use.node);
}

/** What was inferred, with the gaps filled by what is stated: element type and unknown dimensions. */
function merge(inferred: ValueType, stated: ValueType, bindings: SymbolBindings): ValueType {
  if (stated === UNKNOWN_TYPE) return inferred;
  if (inferred === UNKNOWN_TYPE) return bindings.contradictsFile ? { ...stated, shape: null } : evaluateType(stated, bindings);
  const dtype = inferred.dtype ?? stated.dtype;
  const complete = inferred.shape !== null && !inferred.shape.includes(null);
  if (bindings.contradictsFile || complete) return dtype === inferred.dtype ? inferred : { ...inferred, dtype };
  return { ...inferred, dtype, shape: fillShape(inferred.shape, evaluateType(stated, bindings).shape) };
}

function fillShape(inferred: readonly Dim[] | null, stated: readonly Dim[] | null): readonly Dim[] | null {
  if (!inferred || !stated) return inferred ?? stated;
  return inferred.length === stated.length ? inferred.map((dim, axis) => dim ?? stated[axis] ?? null) : inferred;
}

function sameType(a: ValueType, b: ValueType): boolean {
  return a === b || (a.kind === b.kind && a.dtype === b.dtype && sameDims(a.shape, b.shape) && sameDims(a.elements, b.elements));
}

function sameDims(a: readonly Dim[] | null | undefined, b: readonly Dim[] | null | undefined): boolean {
  if (!a || !b) return (a ?? null) === (b ?? null);
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}

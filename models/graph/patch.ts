import { cloneMessage } from '../onnx/message.ts';
import type { Tensor } from '../onnx/tensor.ts';
import { type AttributeValue, attributeProtos } from './attributes.ts';
import type { Graph } from './graph.ts';
import { inferOutputs } from './infer/infer-node.ts';
import { Node } from './node.ts';
import { UNKNOWN_TYPE, type ValueType } from './types.ts';
import { Value } from './value.ts';

/** Why a patch cannot be applied; a reason for the log, not an error of the program. */
export class PatchRefused extends Error {}

export interface NodeOptions {
  readonly attributes?: Readonly<Record<string, AttributeValue | undefined>>;
  readonly domain?: string;
  /** Node whose name and metadata the new one inherits. */
  readonly like?: Node;
  readonly name?: string;
  /** Types of the outputs where the caller knows better than inference. */
  readonly types?: readonly ValueType[];
}

/** An edit of a graph as a value: built beside the graph, checked as a whole, applied at once. */
export class Patch {
  readonly graph: Graph;
  readonly opset: number;
  readonly removed = new Set<Node>();
  readonly added: Node[] = [];
  readonly constants: Value[] = [];
  readonly replaced = new Map<Value, Value>();
  readonly inherited = new Map<Value, Value>();
  /** Outputs of copied nodes, and of which outputs they are copies. */
  readonly copies = new Map<Value, Value>();
  readonly #names = new Set<string>();
  readonly #nodeNames = new Set<string>();

  constructor(graph: Graph, opset: number) {
    this.graph = graph;
    this.opset = opset;
  }

  /** Adds a node with one output and returns that output, typed by inference. */
  node(opType: string, inputs: readonly (Value | null)[], options: NodeOptions = {}): Value {
    return this.nodeWithOutputs(opType, inputs, 1, options)[0] as Value;
  }

  nodeWithOutputs(opType: string, inputs: readonly (Value | null)[], outputs: number, options: NodeOptions = {}): Value[] {
    const stem = options.name ?? options.like?.name ?? '';
    const metadata = options.like?.proto.metadataProps;
    const node = new Node({
      name: stem, opType, ...(options.domain ? { domain: options.domain } : {}),
      attribute: attributeProtos(options.attributes ?? {}), ...(metadata?.length ? { metadataProps: metadata } : {}),
    }, -1);
    node.attached = false;
    node.inputs = [...inputs];
    const types = options.types ?? inferOutputs(node, this.opset, outputs, { integral: this.graph.integral, learned: [] });
    node.outputs = Array.from({ length: outputs }, (_, i) => {
      const value = new Value(this.#fresh(`${stem || opType}_out${i || ''}`));
      value.type = types[i] ?? UNKNOWN_TYPE;
      value.stated = options.types?.[i] ?? UNKNOWN_TYPE;
      value.producer = node;
      return value;
    });
    this.#add(node);
    return node.outputs as Value[];
  }

  /**
   * Adds a copy of a node on other inputs, with some attributes changed (undefined: taken out). Everything else of its message, unknown
   * fields too, comes along; outputs keep their types, so the copy must compute values of the same types.
   */
  copy(
    node: Node, inputs: readonly (Value | null)[], attributes: Readonly<Record<string, AttributeValue | undefined>> = {},
  ): (Value | null)[] {
    const kept = node.attributes.protos.filter((attribute) => !Object.hasOwn(attributes, attribute.name ?? ''));
    const copy = new Node(cloneMessage(node.proto, { attribute: [...kept, ...attributeProtos(attributes)], input: [], output: [] }), -1);
    copy.attached = false;
    copy.inputs = [...inputs];
    copy.outputs = node.outputs.map((old) => {
      if (!old) return null;
      const value = new Value(this.#fresh(old.name));
      value.type = value.stated = old.type;
      value.producer = copy;
      this.copies.set(value, old);
      return value;
    });
    this.#add(copy);
    return copy.outputs;
  }

  /** Adds an initializer. */
  constant(tensor: Tensor, hint: string): Value {
    const value = new Value(this.#fresh(hint));
    value.initializer = tensor;
    value.type = value.stated = { kind: 'tensor', dtype: tensor.dtype, shape: tensor.dims };
    this.constants.push(value);
    return value;
  }

  /**
   * Every consumer of `old` outside this patch takes `by` instead; `by` takes over the name where the old producer goes or the name is
   * seen outside.
   */
  replace(old: Value, by: Value): this {
    this.replaced.set(old, by);
    return this;
  }

  /** `by`, a fresh value that differs from `old` (other weights, another channel order), takes the name if `old` goes. */
  inherit(old: Value, by: Value): this {
    this.inherited.set(old, by);
    return this;
  }

  remove(...nodes: readonly Node[]): this {
    for (const node of nodes) this.removed.add(node);
    return this;
  }

  /** Checks everything that can be checked before applying. Throws PatchRefused. */
  check(): void {
    for (const node of this.removed) {
      if (!node.attached) throw new PatchRefused(`node ${node.label} is gone already`);
      for (const value of node.outputs) if (value && !this.replaced.has(value)) this.#checkUnused(value);
    }
    const fresh = new Set(this.#freshValues());
    for (const node of this.added) {
      for (const value of node.inputs) if (value && !fresh.has(value)) this.#checkAlive(value);
    }
    for (const [old, by] of this.replaced) {
      if (this.graph.values.get(old.name) !== old) throw new PatchRefused(`"${old.name}" is gone already`);
      if (!fresh.has(by)) this.#checkAlive(by);
      checkTypes(old, by);
      this.#checkName(old, by, fresh.has(by));
    }
  }

  /** Checks and applies. The graph is untouched when this throws PatchRefused. */
  apply(): void {
    this.check();
    const anchor = this.#anchor();
    for (const value of this.#freshValues()) if (this.graph.values.has(value.name)) value.name = this.#fresh(value.name);
    for (const value of this.constants) this.graph.addInitializer(value);
    for (const node of this.added) this.graph.insert(node, anchor);
    const inserted = new Set(this.added);
    for (const [old, by] of this.replaced) this.#rewire(old, by, inserted);
    const orphans = new Set<Value>();
    for (const node of this.removed) {
      for (const value of node.inputs) if (value?.initializer) orphans.add(value);
      this.graph.detach(node);
    }
    this.#takeNames();
    for (const node of this.added) this.graph.settleName(node);
    for (const value of orphans) {
      if (value.uses.size === 0 && !value.isGraphOutput && (!value.isGraphInput || !value.overridable)) this.graph.dropInitializer(value);
    }
    for (const [old, by] of this.inherited) if (!by.isGraphOutput && !this.graph.values.has(old.name)) this.graph.rename(by, old.name);
    this.graph.revision++;
  }

  /** Node names are unique within the patch, and `apply` makes them so in the graph. */
  #add(node: Node): void {
    const name = node.name;
    for (let i = 2; node.name !== '' && this.#nodeNames.has(node.name); i++) node.rename(`${name}_${i}`);
    this.#nodeNames.add(node.name);
    this.added.push(node);
  }

  #freshValues(): Value[] {
    return [...this.constants, ...this.added.flatMap((node) => node.outputs.filter((value) => value !== null))];
  }

  #fresh(hint: string): string {
    let name = this.graph.freshName(hint);
    for (let i = 2; this.#names.has(name); i++) name = this.graph.freshName(`${hint}_${i}`);
    this.#names.add(name);
    return name;
  }

  #checkUnused(value: Value): void {
    if (value.isGraphOutput) throw new PatchRefused(`"${value.name}" is a graph output`);
    for (const use of value.uses) {
      if (!this.removed.has(use.node)) throw new PatchRefused(`"${value.name}" is still used by ${use.node.label}`);
    }
  }

  #checkAlive(value: Value): void {
    if (value.producer && (!value.producer.attached || this.removed.has(value.producer))) {
      throw new PatchRefused(`"${value.name}" is produced by a node that goes`);
    }
    if (this.graph.values.get(value.name) !== value) throw new PatchRefused(`"${value.name}" is gone already`);
  }

  #checkName(old: Value, by: Value, isFresh: boolean): void {
    if (!isSeen(old)) return;
    if (old.isGraphInput) throw new PatchRefused(`graph input "${old.name}" is seen outside the graph`);
    const taken = !isFresh && (isSeen(by) || by.isGraphInput || by.initializer !== null);
    if (taken) throw new PatchRefused(`"${by.name}" cannot take over the name "${old.name}"`);
    const sharers = [...this.replaced].filter(([other, to]) => to === by && isSeen(other));
    if (sharers.length > 1) throw new PatchRefused(`"${by.name}" cannot take over two names`);
  }

  #anchor(): Node | null {
    let anchor: Node | null = null;
    for (const node of this.removed) anchor = node;
    if (anchor) return this.#lastOf(anchor);
    for (const old of this.replaced.keys()) if (old.producer) return old.producer.next;
    return this.graph.first;
  }

  /** The removed node that comes last in the order, found by walking on from one of them. */
  #lastOf(start: Node): Node {
    let last = start;
    let left = this.removed.size - 1;
    for (let node = start.next; node && left > 0; node = node.next) {
      if (this.removed.has(node)) {
        last = node;
        left--;
      }
    }
    return last;
  }

  #rewire(old: Value, by: Value, inserted: ReadonlySet<Node>): void {
    for (const use of [...old.uses]) {
      if (use.index >= 0 && !inserted.has(use.node) && !this.removed.has(use.node)) this.graph.rewire(use, by);
    }
  }

  /** Names that are seen outside go first; of the others, the first that a new value replaces. */
  #takeNames(): void {
    const named = new Set<Value>();
    for (const [old, by] of this.replaced) {
      if (!isSeen(old)) continue;
      this.#handDown(old, by);
      named.add(by);
    }
    for (const [old, by] of this.replaced) {
      const gone = old.producer !== null && this.removed.has(old.producer);
      if (!gone || named.has(by) || !this.#isFresh(by)) continue;
      this.graph.rename(by, old.name);
      by.stated = merge(by.stated, old.stated);
      named.add(by);
    }
  }

  #handDown(old: Value, by: Value): void {
    const { graph } = this;
    const name = old.name;
    if (graph.values.get(name) === old) graph.rename(old, graph.freshName(`${name}_before`));
    graph.rename(by, name);
    by.stated = old.isGraphOutput ? old.stated : merge(old.stated, by.stated);
    by.type = merge(by.type, old.type);
    for (const use of [...old.uses]) if (use.index < 0) { old.uses.delete(use); by.uses.add(use); }
    if (!old.isGraphOutput) return;
    old.isGraphOutput = false;
    by.isGraphOutput = true;
    graph.outputs.forEach((value, i) => { if (value === old) graph.outputs[i] = by; });
  }

  #isFresh(value: Value): boolean {
    return value.producer !== null && this.added.includes(value.producer);
  }
}

/** Known by name outside of the nodes' inputs: a graph output, or captured by a subgraph. */
function isSeen(value: Value): boolean {
  return value.isGraphOutput || value.isCaptured;
}

function merge(type: ValueType, gaps: ValueType): ValueType {
  if (type === UNKNOWN_TYPE) return gaps;
  return { ...type, dtype: type.dtype ?? gaps.dtype, shape: type.shape ?? gaps.shape };
}

function checkTypes(old: Value, by: Value): void {
  const [a, b] = [old.type, by.type];
  if (a.dtype && b.dtype && a.dtype !== b.dtype) throw new PatchRefused(`"${old.name}" is ${a.dtype}, its replacement ${b.dtype}`);
  if (!a.shape || !b.shape) return;
  const [from, to] = [a.shape, b.shape];
  const fits = from.length === to.length && from.every((dim, i) => typeof dim !== 'number' || typeof to[i] !== 'number' || dim === to[i]);
  if (!fits) throw new PatchRefused(`"${old.name}" is [${a.shape}], its replacement [${b.shape}]`);
}

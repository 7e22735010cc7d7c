import { UserError } from '../contracts/errors.ts';
import type { GraphProto } from '../onnx/proto.ts';
import { Tensor } from '../onnx/tensor.ts';
import { capturedNames } from './captures.ts';
import type { Polynomial } from './dims/polynomial.ts';
import { Node } from './node.ts';
import { isSorted, stableOrder } from './order.ts';
import { readType } from './type-proto.ts';
import { UNKNOWN_TYPE, type ValueType } from './types.ts';
import { type Use, Value } from './value.ts';

/** A graph in memory: values with producer and uses, nodes as a linked list in file order. */
export class Graph {
  readonly proto: GraphProto;
  readonly inputs: Value[] = [];
  readonly outputs: Value[] = [];
  readonly values = new Map<string, Value>();
  /** Initializers in file order, then those that patches added. */
  readonly initializers = new Set<Value>();
  first: Node | null = null;
  last: Node | null = null;
  nodeCount = 0;
  /** Bumped by every applied patch. */
  revision = 0;
  /** Nodes put in or rewired since shapes were last inferred. */
  readonly touched = new Set<Node>();
  /** Fractions of symbolic dimensions that are known to be whole, e.g. `H/2`. */
  readonly integral: Polynomial[] = [];
  #fresh = 0;
  #serials = 0;
  readonly #nodeNames = new Map<string, number>();
  readonly #reserved: Set<string>;

  /** Before IR 4 weights are graph inputs too; where a file keeps to that, new ones are declared alike. */
  readonly #declaresWeights: boolean;

  /**
   * Builds the graph. Throws UserError for duplicate definitions, undefined values and cycles. `overridable`: initializers that are inputs
   * too may be fed (IR 4 on).
   */
  constructor(proto: GraphProto, overridable: boolean) {
    this.proto = proto;
    this.#readInputs();
    this.#readInitializers(overridable);
    this.#readNodes();
    for (const info of proto.output ?? []) {
      const value = this.#existing(info.name ?? '', 'graph output');
      value.isGraphOutput = true;
      state(value, readType(info));
      this.outputs.push(value);
    }
    for (const info of proto.valueInfo ?? []) {
      const value = this.values.get(info.name ?? '');
      if (value && !value.isGraphInput && !value.isGraphOutput) state(value, readType(info));
    }
    this.#declaresWeights = !overridable && this.initializers.size > 0 && [...this.initializers].every((value) => value.isGraphInput);
    if (!isSorted(this)) stableOrder(this);
    this.#reserved = new Set(proto.node?.flatMap((node) => capturedInside(node.attribute)) ?? []);
  }

  /** Nodes in order. Safe while patches take nodes out or put nodes in. */
  *nodes(): IterableIterator<Node> {
    for (let node = this.first; node; node = node.next) if (node.attached) yield node;
  }

  /** A name that no value or captured name has; `hint` itself where it is free. */
  freshName(hint: string): string {
    if (hint !== '' && !this.values.has(hint) && !this.#reserved.has(hint)) return hint;
    for (;;) {
      const name = `${hint === '' ? 'dyno' : hint}_${++this.#fresh}`;
      if (!this.values.has(name) && !this.#reserved.has(name)) return name;
    }
  }

  /** Renames a node whose name another one has: runtimes refuse two nodes of one name. */
  settleName(node: Node): void {
    if (node.name === '' || this.#nodeNames.get(node.name) === 1) return;
    const name = node.name;
    countName(this.#nodeNames, name, -1);
    for (let i = 2; this.#nodeNames.has(node.name); i++) node.rename(`${name}_${i}`);
    countName(this.#nodeNames, node.name, 1);
  }

  /** Appends a node, or puts it before `anchor`. Registers uses and producers. */
  insert(node: Node, anchor: Node | null): void {
    node.attached = true;
    node.serial = this.#serials++;
    this.touched.add(node);
    countName(this.#nodeNames, node.name, 1);
    node.next = anchor;
    node.previous = anchor ? anchor.previous : this.last;
    if (node.previous) node.previous.next = node;
    else this.first = node;
    if (anchor) anchor.previous = node;
    else this.last = node;
    this.nodeCount++;
    node.inputs.forEach((value, index) => {
      value?.uses.add({ node, index });
    });
    for (const name of capturedNames(node)) this.values.get(name)?.uses.add({ node, index: -1 });
    for (const value of node.outputs) {
      if (!value) continue;
      value.producer = node;
      this.values.set(value.name, value);
    }
  }

  /** Takes a node out; its outputs leave the value table. */
  detach(node: Node): void {
    if (node.previous) node.previous.next = node.next;
    else this.first = node.next;
    if (node.next) node.next.previous = node.previous;
    else this.last = node.previous;
    node.attached = false;
    this.touched.delete(node);
    countName(this.#nodeNames, node.name, -1);
    this.nodeCount--;
    for (const value of new Set(node.inputs)) if (value) dropUses(value, node);
    for (const name of capturedNames(node)) {
      const value = this.values.get(name);
      if (value) dropUses(value, node);
    }
    for (const value of node.outputs) if (value && this.values.get(value.name) === value) this.values.delete(value.name);
  }

  /** Points one use at another value. */
  rewire(use: Use, to: Value): void {
    const from = use.node.inputs[use.index];
    from?.uses.delete(use);
    use.node.inputs[use.index] = to;
    this.touched.add(use.node);
    to.uses.add(use);
  }

  rename(value: Value, name: string): void {
    if (this.values.get(value.name) === value) this.values.delete(value.name);
    value.name = name;
    this.values.set(name, value);
  }

  addInitializer(value: Value): void {
    this.initializers.add(value);
    this.values.set(value.name, value);
    if (!this.#declaresWeights) return;
    value.isGraphInput = true;
    this.inputs.push(value);
  }

  dropInitializer(value: Value): void {
    this.initializers.delete(value);
    this.values.delete(value.name);
    if (value.isGraphInput) this.inputs.splice(this.inputs.indexOf(value), 1);
  }

  /** Puts nodes after their producers with the least movement; nothing moves where they are. Throws UserError naming nodes on a cycle. */
  sort(): void {
    if (isSorted(this)) return;
    const order = stableOrder(this);
    this.first = this.last = null;
    for (const node of order) {
      node.previous = this.last;
      node.next = null;
      if (this.last) this.last.next = node;
      else this.first = node;
      this.last = node;
    }
  }

  #readInputs(): void {
    for (const info of this.proto.input ?? []) {
      const value = this.#define(info.name ?? '', 'graph input');
      value.isGraphInput = true;
      state(value, readType(info));
      this.inputs.push(value);
    }
  }

  #readInitializers(overridable: boolean): void {
    for (const proto of this.proto.initializer ?? []) {
      const name = proto.name ?? '';
      const known = this.values.get(name);
      const value = known ?? this.#define(name, 'initializer');
      if (known?.initializer) throw new UserError(`Initializer "${name}" is defined twice.`);
      const tensor = Tensor.fromProto(proto);
      value.initializer = tensor;
      value.overridable = value.isGraphInput && overridable;
      if (!value.overridable) value.type = { kind: 'tensor', dtype: tensor.dtype, shape: tensor.dims };
      if (!value.isGraphInput) value.stated = value.type;
      this.initializers.add(value);
    }
    for (const sparse of this.proto.sparseInitializer ?? []) {
      const name = sparse.values?.name ?? '';
      if (!this.values.has(name)) this.#define(name, 'sparse initializer');
    }
  }

  #readNodes(): void {
    const nodes = (this.proto.node ?? []).map((proto, index) => new Node(proto, index));
    for (const node of nodes) {
      node.outputs = (node.proto.output ?? []).map((name) => {
        if (name === '') return null;
        const value = this.#define(name, `output of node ${node.label}`);
        value.producer = node;
        return value;
      });
    }
    for (const node of nodes) {
      node.inputs = (node.proto.input ?? []).map((name) => (name === '' ? null : this.#existing(name, `input of node ${node.label}`)));
      this.insert(node, null);
    }
  }

  #define(name: string, what: string): Value {
    if (this.values.has(name)) throw new UserError(`Value "${name}" is defined twice (the second time as ${what}).`);
    const value = new Value(name);
    this.values.set(name, value);
    return value;
  }

  #existing(name: string, what: string): Value {
    const value = this.values.get(name);
    if (!value) throw new UserError(`Value "${name}" (${what}) is never defined.`);
    return value;
  }
}

function countName(names: Map<string, number>, name: string, by: 1 | -1): void {
  const count = (names.get(name) ?? 0) + by;
  if (count > 0) names.set(name, count);
  else names.delete(name);
}

/** Takes over what a value info states; what an initializer or an earlier info said stays. */
function state(value: Value, stated: ValueType): void {
  const known = value.stated;
  const merged = { kind: known.kind, dtype: known.dtype ?? stated.dtype, shape: known.shape ?? stated.shape };
  value.type = value.stated = known === UNKNOWN_TYPE ? stated : merged;
}

function dropUses(value: Value, node: Node): void {
  for (const use of value.uses) if (use.node === node) value.uses.delete(use);
}

function capturedInside(attributes: NonNullable<GraphProto['node']>[number]['attribute']): string[] {
  return (attributes ?? []).flatMap((a) => [...(a.g ? [a.g] : []), ...(a.graphs ?? [])]).flatMap(namesInside);
}

/** Every value name defined inside a subgraph: a new outer value of that name would be shadowed or clash. */
function namesInside(graph: GraphProto): string[] {
  return [
    ...(graph.input ?? []).map((v) => v.name ?? ''), ...(graph.initializer ?? []).map((v) => v.name ?? ''),
    ...(graph.node ?? []).flatMap((n) => [...(n.output ?? []), ...capturedInside(n.attribute)]),
  ];
}

import { type AttributeValue, attributeProtos } from '../../../models/graph/index.ts';
import type { DType } from '../../../models/contracts/index.ts';
import { Tensor, type NodeProto, type TensorProto } from '../../../models/onnx/index.ts';

/** Collects the nodes and initializers of the ONNX graph. Names of inner values are made of the operation's first result. */
export class Emitter {
  readonly nodes: NodeProto[] = [];
  readonly initializers: TensorProto[] = [];
  readonly #taken = new Set<string>();
  readonly #shared = new Map<string, string>();
  #stem = 'value';
  #first = 0;

  /** A new operation: inner values are named after `stem` from now on. */
  begin(stem: string): void {
    this.#stem = stem;
    this.#first = this.nodes.length;
  }

  /** Keeps a name from being made up. */
  reserve(name: string): void {
    this.#taken.add(name);
  }

  /** A node with one result, which is named here. */
  node(opType: string, inputs: readonly string[], attributes: Readonly<Record<string, AttributeValue>> = {}): string {
    return this.nodeOf(1, opType, inputs, attributes)[0] as string;
  }

  /** A node with several results. */
  nodeOf(results: number, opType: string, inputs: readonly string[], attributes: Readonly<Record<string, AttributeValue>> = {}): string[] {
    const output = Array.from({ length: results }, () => this.fresh(this.#stem));
    this.nodes.push({ opType, name: output[0] as string, input: [...inputs], output, attribute: attributeProtos(attributes) });
    return output;
  }

  constant(dtype: DType, dims: readonly number[], values: readonly number[]): string {
    const key = `${dtype}[${dims}]${values.map((value) => (Object.is(value, -0) ? '-0' : value))}`;
    const known = values.length <= MOST_SHARED ? this.#shared.get(key) : undefined;
    if (known !== undefined) return known;
    const name = this.tensor('constant', Tensor.of(dtype, dims, values));
    this.#shared.set(key, name);
    return name;
  }

  /** A float32 scalar. */
  scalar(value: number): string {
    return this.constant('float32', [], [value]);
  }

  /** An int64 vector, as shapes and axes are. */
  vector(values: readonly number[]): string {
    return this.constant('int64', [values.length], values);
  }

  tensor(stem: string, tensor: Tensor): string {
    const name = this.fresh(stem);
    this.initializers.push(tensor.toProto(name));
    return name;
  }

  fresh(stem: string): string {
    let name = '';
    for (let i = 1; name === '' || this.#taken.has(name); i++) name = `${stem}.${i}`;
    this.#taken.add(name);
    return name;
  }

  /** Gives a value of this operation another name; false where it is another's, or used already. */
  rename(from: string, to: string): boolean {
    const own = this.nodes.slice(this.#first);
    const producer = own.find((node) => node.output?.includes(from));
    if (!producer || own.some((node) => node.input?.includes(from))) return false;
    producer.output = (producer.output ?? []).map((name) => (name === from ? to : name));
    return true;
  }
}

/** Longer constants are not looked for among those that are there. */
const MOST_SHARED = 16;

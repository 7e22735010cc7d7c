import { cloneMessage } from '../onnx/message.ts';
import { Tensor } from '../onnx/tensor.ts';
import type { NodeProto } from '../onnx/proto.ts';
import { Attributes } from './attributes.ts';
import type { Value } from './value.ts';

/** One operator call. Inputs that are omitted (`""`) and outputs that are not named are null. Edited only by patches. */
export class Node {
  proto: NodeProto;
  name: string;
  readonly opType: string;
  /** `""` for ai.onnx (its long name is folded into the empty one). */
  readonly domain: string;
  readonly attributes: Attributes;
  inputs: (Value | null)[] = [];
  outputs: (Value | null)[] = [];
  /** Position in the file it was read from, or −1 for nodes a patch made. */
  readonly index: number;
  /** Number of the node in its graph, in order of arrival; −1 before. */
  serial = -1;
  /** Neighbours in graph order. */
  previous: Node | null = null;
  next: Node | null = null;
  /** False once a patch has taken it out. */
  attached = true;
  #constant: Tensor | null | undefined;

  constructor(proto: NodeProto, index: number) {
    this.proto = proto;
    this.index = index;
    this.name = proto.name ?? '';
    this.opType = proto.opType ?? '';
    const domain = proto.domain ?? '';
    this.domain = domain === 'ai.onnx' ? '' : domain;
    this.attributes = new Attributes(proto.attribute);
  }

  /** Gives the node another name; for nodes that a patch made. */
  rename(name: string): void {
    this.name = name;
    this.proto = cloneMessage(this.proto, { name });
  }

  /** True for operators of the ai.onnx domain. */
  get isOnnx(): boolean {
    return this.domain === '';
  }

  is(...opTypes: string[]): boolean {
    return this.isOnnx && opTypes.includes(this.opType);
  }

  /** Name for people: the node's own, or `#index OpType`. */
  get label(): string {
    return this.name !== '' ? this.name : `#${this.index} ${this.opType}`;
  }

  input(index: number): Value | null {
    return this.inputs[index] ?? null;
  }

  output(index = 0): Value | null {
    return this.outputs[index] ?? null;
  }

  get hasSubgraph(): boolean {
    return this.attributes.graphs().length > 0;
  }

  /** Tensor of a Constant node in any of its forms; null for sparse and string forms. */
  constantOutput(): Tensor | null {
    if (this.#constant === undefined) this.#constant = readConstant(this);
    return this.#constant;
  }
}

function readConstant({ attributes: a }: Node): Tensor | null {
  if (a.hasReferences()) return null;
  const tensor = a.tensor('value');
  if (tensor) return tensor.dtype === 'string' ? null : tensor;
  if (a.has('value_float')) return Tensor.of('float32', [], [a.float('value_float', 0)]);
  if (a.has('value_int')) return Tensor.of('int64', [], [BigInt(String(a.get('value_int')?.i ?? 0))]);
  const floats = a.floats('value_floats');
  if (floats) return Tensor.of('float32', [floats.length], floats);
  const ints = a.get('value_ints')?.ints;
  if (ints) return Tensor.of('int64', [ints.length], ints.map((v) => BigInt(v.toString())));
  return null;
}

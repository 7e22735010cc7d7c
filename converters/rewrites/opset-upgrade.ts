import type { DType } from '../../models/contracts/index.ts';
import { type AttributeValue, attributeProtos, Attributes, type Node } from '../../models/graph/index.ts';
import { type AttributeProto, cloneMessage, type NodeProto, Tensor, type TensorProto } from '../../models/onnx/index.ts';

/** One node on its way to a newer version of ai.onnx. */
export class Upgrade {
  readonly node: Node;
  readonly inputs: string[];
  readonly added: TensorProto[] = [];
  readonly #freshName: (hint: string) => string;
  #opType: string;
  #attribute: readonly AttributeProto[];
  #changed = false;

  constructor(node: Node, freshName: (hint: string) => string) {
    this.node = node;
    this.inputs = [...(node.proto.input ?? [])];
    this.#freshName = freshName;
    this.#opType = node.opType;
    this.#attribute = node.attributes.protos;
  }

  get opType(): string {
    return this.#opType;
  }

  get attributes(): Attributes {
    return new Attributes(this.#attribute);
  }

  get outputs(): number {
    return this.node.outputs.length;
  }

  /** Rank and element type of the first input, null where unknown. */
  get rank(): number | null {
    return this.node.input(0)?.type.shape?.length ?? null;
  }

  get dtype(): DType | null {
    return this.node.input(0)?.type.dtype ?? null;
  }

  drop(...names: readonly string[]): void {
    this.#attribute = this.#attribute.filter(({ name }) => !names.includes(name ?? ''));
    this.#changed = true;
  }

  set(name: string, value: AttributeValue): void {
    this.drop(name);
    this.#attribute = [...this.#attribute, ...attributeProtos({ [name]: value })];
  }

  /** Sets an input to a new initializer; missing ones before it become `""`. */
  feed(index: number, tensor: Tensor): void {
    while (this.inputs.length < index) this.inputs.push('');
    const name = this.#freshName(`${this.node.output()?.name ?? this.#opType}_${index}`);
    this.added.push(tensor.toProto(name));
    this.inputs[index] = name;
    this.#changed = true;
  }

  rename(opType: string): void {
    this.#opType = opType;
    this.#changed = true;
  }

  /** The node's message: its own where nothing was edited. */
  toProto(): NodeProto {
    if (!this.#changed) return this.node.proto;
    return cloneMessage(this.node.proto, { opType: this.#opType, input: this.inputs, attribute: [...this.#attribute] });
  }
}

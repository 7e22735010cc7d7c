import { type AttributeValue, attributeProtos } from '../../models/graph/index.ts';
import { cloneMessage, type NodeProto, Tensor } from '../../models/onnx/index.ts';
import type { AttributeProto } from '../../models/onnx/index.ts';

/** Adds an initializer to the graph that a node is in, and returns its name. */
export type AddConstant = (tensor: Tensor, hint: string) => string;

export function attributeOf(node: NodeProto, name: string): AttributeProto | undefined {
  return node.attribute?.find((a) => a.name === name);
}

/** A copy without some attributes, with others set. */
export function withAttributes(node: NodeProto, without: readonly string[], set: Readonly<Record<string, AttributeValue>> = {}): NodeProto {
  const kept = (node.attribute ?? []).filter((a) => !without.includes(a.name ?? '') && !Object.hasOwn(set, a.name ?? ''));
  return cloneMessage(node, { attribute: [...kept, ...attributeProtos(set)] });
}

/** A copy whose input at `index` is `name`; inputs that are skipped on the way are left empty. */
export function withInput(node: NodeProto, index: number, name: string): NodeProto {
  const input = [...(node.input ?? [])];
  while (input.length < index) input.push('');
  input[index] = name;
  return cloneMessage(node, { input });
}

/** Moves an INTS or INT attribute to an int64 input; the node itself where it has no such attribute. */
export function intsToInput(node: NodeProto, name: string, index: number, add: AddConstant): NodeProto {
  const attribute = attributeOf(node, name);
  if (!attribute) return node;
  const values = attribute.ints?.length ? attribute.ints.map((v) => BigInt(v.toString())) : attribute.type === 2 ? [BigInt(String(attribute.i ?? 0))] : [];
  const constant = add(Tensor.of('int64', [values.length], values), `${node.output?.[0] ?? node.opType}_${name}`);
  return withInput(withAttributes(node, [name]), index, constant);
}

import type { Node, Patch, Value } from '../../../models/graph/index.ts';
import type { Tensor } from '../../../models/onnx/index.ts';
import type { EncodingEffect } from '../rewrite.ts';
import { takeAlong } from '../weights/index.ts';
import { type ChannelOrder, isPermutation } from './order.ts';
import { shapeOf } from './rule.ts';
import { scaleOrder } from './rules/quantize.ts';

/** True for a constant, also behind Q, DQ, Cast or Identity: its data can be permuted instead of its producer's. */
export function isParameter(value: Value): boolean {
  if (value.constant) return true;
  const { producer } = value;
  if (!producer?.is('QuantizeLinear', 'DequantizeLinear', 'Cast', 'Identity')) return false;
  return producer.inputs.every((input) => input === null || isParameter(input));
}

/** Permuted copies of constants, made once for each way they are needed. */
export class Parameters {
  readonly effects: EncodingEffect[] = [];
  readonly #patch: Patch;
  readonly #made = new Map<string, Value>();

  constructor(patch: Patch) {
    this.#patch = patch;
  }

  /** A parameter in other orders, one per axis; the reason where its data cannot be reordered. */
  permuted(value: Value, orders: readonly ChannelOrder[]): Value | string {
    if (orders.length === 0) return value;
    if (!isParameter(value)) return `"${value.name}" is not constant`;
    const key = `${value.name}\n${orders.map(({ axis, order }) => `${axis}:${order.join()}`).join('\n')}`;
    const known = this.#made.get(key);
    if (known) return known;
    const made = value.constant ? this.#permutedConstant(value, orders) : this.#permutedNode(value, orders);
    if (typeof made !== 'string') this.#made.set(key, made);
    return made;
  }

  #permutedConstant(value: Value, orders: readonly ChannelOrder[]): Value | string {
    let tensor = value.constant as Tensor;
    for (const { axis, order } of orders) {
      if (tensor.dims[axis] !== order.length || !isPermutation(order, order.length)) {
        return `"${value.name}" [${tensor.dims}] has not ${order.length} entries along axis ${axis}`;
      }
      tensor = takeAlong(tensor, axis, order);
    }
    const made = this.#patch.constant(tensor, value.name);
    this.#patch.inherit(value, made);
    for (const { axis, order } of orders) this.effects.push({ tensor: value.name, as: made.name, axis, order });
    return made;
  }

  #permutedNode(value: Value, orders: readonly ChannelOrder[]): Value | string {
    const node = value.producer as Node;
    const inputs: (Value | null)[] = [...node.inputs];
    const data = this.permuted(node.inputs[0] as Value, orders);
    if (typeof data === 'string') return data;
    inputs[0] = data;
    for (const order of node.is('QuantizeLinear', 'DequantizeLinear') ? orders : []) {
      const moved = scaleOrder(node, order, shapeOf(node.input(1)) ?? []);
      if (typeof moved === 'string') return `"${value.name}": ${moved}`;
      for (const slot of moved ? [1, 2] : []) {
        const old = inputs[slot];
        const made = old && moved ? this.permuted(old, [moved]) : null;
        if (typeof made === 'string') return made;
        if (made) inputs[slot] = made;
      }
    }
    const made = this.#patch.copy(node, inputs)[0] as Value;
    this.#patch.inherit(value, made);
    return made;
  }
}

import type { Node, Patch, Value } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import type { EncodingEffect } from '../rewrite.ts';
import { isIdentity } from './order.ts';
import { Parameters } from './parameter.ts';
import type { Region } from './region.ts';
import type { Carry } from './rule.ts';

export interface Emitted {
  readonly nodes: readonly Node[];
  /** Parameters that were permuted. */
  readonly effects: readonly EncodingEffect[];
  /** Activations that were, under the names that they have while the patch is built. */
  readonly reordered: readonly EncodingEffect[];
  /** Equal in real arithmetic only: last bits may differ. */
  readonly lastBits: boolean;
}

/** Writes a region into a patch: every node anew on reordered values, parameters permuted, names kept. Or why a parameter cannot follow. */
export function emitRegion(region: Region, patch: Patch): Emitted | string {
  const parameters = new Parameters(patch);
  const made = new Map<Value, Value>();
  const nodes = inOrder(region);
  for (const node of nodes) {
    const reason = emitNode(node, region.carries.get(node) as Carry, { patch, parameters, made });
    if (reason !== null) return `${node.label}: ${reason}`;
  }
  const reordered = nodes.flatMap((node) => handOver(node, region, patch, made));
  removeLeftovers(nodes, patch);
  const lastBits = nodes.some((node) => region.carries.get(node)?.lastBits === true || isHalf(node));
  return { nodes, effects: namedAsApplied(parameters.effects, patch), reordered, lastBits };
}

/** CPU runtimes compute half precision in float32 and round where their own Casts happen to lie, which any edit of the graph may move. */
function isHalf(node: Node): boolean {
  return node.outputs.some((value) => value?.type.dtype === 'float16' || value?.type.dtype === 'bfloat16');
}

interface Emission {
  readonly patch: Patch;
  readonly parameters: Parameters;
  readonly made: Map<Value, Value>;
}

function emitNode(node: Node, carry: Carry, { patch, parameters, made }: Emission): string | null {
  const [output] = node.outputs;
  const now = (value: Value | null): Value | null => (value ? (made.get(value) ?? value) : null);
  if (carry.bypass || carry.taken) {
    const { taken } = carry;
    const from = now(taken ? taken.from : node.input(0)) as Value;
    if (output) made.set(output, taken ? take(node, { ...taken, from }, patch) : from);
    return null;
  }
  const inputs: (Value | null)[] = [];
  for (const i of carry.inputSequence ?? node.inputs.keys()) {
    const value = node.input(i);
    const input = value && !made.has(value) ? newInput({ value, slot: i }, carry, patch, parameters) : now(value);
    if (typeof input === 'string') return input;
    inputs.push(input);
  }
  const outputs = patch.copy(node, inputs, carry.attributes);
  const sequence = carry.outputSequence ?? node.outputs.map((_, i) => i);
  for (const [k, value] of outputs.entries()) {
    const old = node.outputs[sequence[k] as number];
    if (old && value) made.set(old, value);
  }
  return null;
}

interface Slot {
  readonly value: Value;
  readonly slot: number;
}

function newInput({ value, slot }: Slot, carry: Carry, patch: Patch, parameters: Parameters): Value | string {
  const tensor = carry.constants?.get(slot);
  if (tensor) {
    const constant = patch.constant(tensor, value.name);
    patch.inherit(value, constant);
    return constant;
  }
  const orders = (carry.inputs?.get(slot) ?? []).filter(({ order }) => !isIdentity(order));
  return parameters.permuted(value, orders);
}

/** `from[indices]` along the axis: whole copies laid end to end where that is what the indices say, else a Gather. */
function take(node: Node, { from, axis, indices }: NonNullable<Carry['taken']>, patch: Patch): Value {
  const types = node.outputs.map((value) => value?.type ?? from.type);
  const length = from.type.shape?.[axis] as number;
  if (indices.every((index, k) => index === k % length)) {
    return patch.node('Concat', new Array<Value>(indices.length / length).fill(from), { like: node, attributes: { axis }, types });
  }
  const constant = patch.constant(Tensor.of('int64', [indices.length], indices), `${node.name}_channels`);
  return patch.node('Gather', [from, constant], { like: node, attributes: { axis }, types });
}

/** Producers before consumers. */
function inOrder({ carries }: Region): Node[] {
  const consumers = new Map<Node, Node[]>();
  const missing = new Map<Node, number>();
  for (const [node, { taken }] of carries) {
    const values = [...node.inputs, taken?.from];
    const producers = new Set(values.flatMap((value) => (value?.producer && carries.has(value.producer) ? [value.producer] : [])));
    missing.set(node, producers.size);
    for (const producer of producers) consumers.set(producer, [...(consumers.get(producer) ?? []), node]);
  }
  const ready = [...carries.keys()].filter((node) => missing.get(node) === 0);
  for (const node of ready) {
    for (const consumer of consumers.get(node) ?? []) {
      const left = (missing.get(consumer) as number) - 1;
      missing.set(consumer, left);
      if (left === 0) ready.push(consumer);
    }
  }
  return ready;
}

/** Hands names and consumers over; says which values come in another order. */
function handOver(node: Node, { orders }: Region, patch: Patch, made: ReadonlyMap<Value, Value>): EncodingEffect[] {
  patch.remove(node);
  return node.outputs.flatMap((old) => {
    const by = old && made.get(old);
    if (!old || !by) return [];
    const order = orders.get(old);
    if (!order) {
      patch.replace(old, by);
      return [];
    }
    if (!by.producer || !patch.added.includes(by.producer)) return [];
    if (!patch.inherited.has(old)) patch.inherit(old, by);
    return [{ tensor: old.name, as: by.name, ...order }];
  });
}

/** Takes out constants, their Q and DQ, and repeat chains that nothing uses once `nodes` are gone. */
export function removeLeftovers(nodes: readonly Node[], patch: Patch): void {
  const candidates = nodes.flatMap(producersOf);
  const reused = new Set(patch.added.flatMap((node) => node.inputs));
  for (const node of candidates) {
    if (patch.removed.has(node) || !isIdle(node, patch.removed, reused)) continue;
    patch.remove(node);
    candidates.push(...producersOf(node));
  }
}

function producersOf(node: Node): Node[] {
  return node.inputs.flatMap((value) => (value?.producer ? [value.producer] : []));
}

function isIdle(node: Node, removed: ReadonlySet<Node>, reused: ReadonlySet<Value | null>): boolean {
  return node.outputs.every((value) => {
    if (!value) return true;
    return !value.isGraphOutput && !value.isCaptured && !reused.has(value) && [...value.uses].every((use) => removed.has(use.node));
  });
}

/** A constant that only removed nodes used leaves its name to its permuted copy. */
function namedAsApplied(effects: readonly EncodingEffect[], patch: Patch): EncodingEffect[] {
  return effects.map((effect) => {
    const old = patch.graph.values.get(effect.tensor);
    const goes = old && !old.isGraphInput && !old.isGraphOutput && [...old.uses].every((use) => patch.removed.has(use.node));
    const heir = old && patch.inherited.get(old);
    return goes && heir?.name === effect.as ? { ...effect, as: effect.tensor } : effect;
  });
}

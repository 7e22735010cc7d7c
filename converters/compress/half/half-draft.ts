import { BugError, DTYPE_CODES } from '../../../models/contracts/index.ts';
import type { Node, Patch, Value } from '../../../models/graph/index.ts';
import type { Tensor } from '../../../models/onnx/index.ts';
import { removeLeftovers } from '../../rewrites/permute/emit.ts';
import { staysFloat } from './half-operators.ts';

/** Float values in two widths: what was float32 has a float16 form, a float32 form, or both with one Cast between them. */
export class HalfDraft {
  readonly #patch: Patch;
  readonly #rounded: ReadonlyMap<Value, Tensor | string>;
  readonly #half = new Map<Value, Value>();
  readonly #full = new Map<Value, Value>();
  /** Outputs of converted nodes, by what they were. */
  readonly #made = new Map<Value, Value>();
  /** Inputs of the model that are float16 from now on. */
  #inputs: readonly Value[] = [];
  /** Values that nodes which stay as they are take in float32. */
  readonly #wanted = new Set<Value>();

  constructor(patch: Patch, rounded: ReadonlyMap<Value, Tensor | string>) {
    this.#patch = patch;
    this.#rounded = rounded;
  }

  /** Inputs of the model that become float16. */
  takeInputs(inputs: readonly Value[]): void {
    this.#inputs = inputs;
    for (const input of inputs) this.#half.set(input, input);
  }

  /** The node in float16. */
  convert(node: Node): void {
    const inputs = node.inputs.map((value, slot) => {
      if (!value) return null;
      if (value.type.dtype !== 'float32') return this.#made.get(value) ?? value;
      return staysFloat(node, slot) ? this.#fullOf(value) : this.#halfOf(value);
    });
    const toFloat = node.is('Cast') && node.output()?.type.dtype === 'float32';
    const copies = this.#patch.copy(node, inputs, toFloat ? { to: DTYPE_CODES.float16 } : {});
    for (const [i, old] of node.outputs.entries()) {
      const copy = copies[i];
      if (!old || !copy) continue;
      this.#made.set(old, copy);
      if (old.type.dtype !== 'float32') continue;
      copy.type = copy.stated = { kind: 'tensor', dtype: 'float16', shape: old.type.shape };
      this.#half.set(old, copy);
    }
    this.#patch.remove(node);
  }

  /** A node that stays as it is: what it takes stays float32. */
  keep(node: Node): void {
    for (const value of node.inputs) if (value) this.#wanted.add(value);
  }

  /** Hands over names and uses, and applies everything. `faces`: outputs of the model that become float16. */
  finish(faces: ReadonlySet<Value>): void {
    const patch = this.#patch;
    const widened = this.#inputs.filter((input) => this.#wanted.has(input)).map((input) => [input, this.#fullOf(input)] as const);
    for (const [old, made] of this.#made) {
      const isFloat = old.type.dtype === 'float32';
      if (faces.has(old)) old.type = old.stated = { kind: 'tensor', dtype: 'float16', shape: old.type.shape };
      if (isFloat && !this.#isSeen(old)) patch.inherit(old, made);
      else patch.replace(old, isFloat && !faces.has(old) ? this.#fullOf(old) : made);
    }
    removeLeftovers([...patch.removed], patch);
    patch.apply();
    for (const [input, full] of widened) {
      for (const use of [...input.uses]) if (!patch.added.includes(use.node)) patch.graph.rewire(use, full);
    }
    for (const input of this.#inputs) input.type = input.stated = { kind: 'tensor', dtype: 'float16', shape: input.type.shape };
    for (const [old, half] of this.#half) this.#takeName(old, half);
  }

  #isSeen(value: Value): boolean {
    return value.isGraphOutput || value.isCaptured || this.#wanted.has(value);
  }

  #halfOf(value: Value): Value {
    const known = this.#half.get(value);
    if (known) return known;
    const rounded = this.#rounded.get(value);
    if (typeof rounded === 'string') throw new BugError(`"${value.name}" has no float16 form`);
    const half = rounded ? this.#patch.constant(rounded, `${value.name}_half`) : this.#cast(value, 'float16');
    this.#half.set(value, half);
    return half;
  }

  /** The float32 form: the value itself where it was not converted. */
  #fullOf(value: Value): Value {
    const half = this.#made.get(value) ?? (this.#inputs.includes(value) ? value : null);
    if (!half) return value;
    const known = this.#full.get(value) ?? this.#cast(half, 'float32');
    this.#full.set(value, known);
    return known;
  }

  #cast(value: Value, to: 'float16' | 'float32'): Value {
    return this.#patch.node('Cast', [value], { name: `${value.name}_to_${to}`, attributes: { to: DTYPE_CODES[to] }, types: [{ kind: 'tensor', dtype: to, shape: value.type.shape }] });
  }

  /** A weight that nothing takes in float32 any more gives its name to its float16 form. */
  #takeName(old: Value, half: Value): void {
    const { graph } = this.#patch;
    if (!this.#rounded.has(old) || old === half || old.isGraphOutput || old.uses.size > 0) return;
    const { name } = old;
    if (graph.initializers.has(old)) graph.dropInitializer(old);
    if (!graph.values.has(name)) graph.rename(half, name);
  }
}

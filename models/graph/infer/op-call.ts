import type { DType } from '../../contracts/dtype.ts';
import type { Tensor } from '../../onnx/tensor.ts';
import type { Attributes } from '../attributes.ts';
import { polynomial } from '../dims/dim.ts';
import { wholeFractions } from '../dims/facts.ts';
import type { Polynomial } from '../dims/polynomial.ts';
import type { Node } from '../node.ts';
import type { Dim, ValueType } from '../types.ts';
import { elementsOf } from './elements.ts';

/** What is known of a model's symbols, and what its nodes add to that. */
export interface SymbolFacts {
  /** Fractions that are known to be whole. */
  readonly integral: readonly Polynomial[];
  /** Fractions that nodes prove whole. */
  readonly learned: Polynomial[];
}

/** What an operator's rule sees of one node: types, known elements and attributes, nothing to edit. */
export class OpCall {
  readonly node: Node;
  /** Version of the ai.onnx operator set. */
  readonly opset: number;
  /** Number of outputs asked for. */
  readonly outputs: number;
  readonly #facts: SymbolFacts;

  constructor(node: Node, opset: number, outputs: number, facts: SymbolFacts) {
    this.node = node;
    this.opset = opset;
    this.outputs = outputs;
    this.#facts = facts;
  }

  /** Fractions of symbols that are known to be whole in this model, e.g. `H/2`. */
  get integral(): readonly Polynomial[] {
    return this.#facts.integral;
  }

  /** Takes note that a valid model has these dimensions equal. */
  learn(a: Dim, b: Dim): void {
    if (typeof a === 'string' && typeof b === 'string') this.#facts.learned.push(...(wholeFractions(a, b) ?? []));
  }

  /** A dimension that a valid model has whole, such as the rest that −1 stands for; null where it is a fraction of numbers. */
  whole(dim: Dim): Dim {
    if (typeof dim === 'number') return Number.isInteger(dim) ? dim : null;
    if (dim?.includes('/')) {
      const value = polynomial(dim);
      if (value.some((term) => term.den !== 1)) this.#facts.learned.push(value);
    }
    return dim;
  }

  get attributes(): Attributes {
    return this.node.attributes;
  }

  get inputCount(): number {
    return this.node.inputs.length;
  }

  has(index: number): boolean {
    return this.node.input(index) !== null;
  }

  type(index: number): ValueType | null {
    return this.node.input(index)?.type ?? null;
  }

  dtype(index: number): DType | null {
    return this.type(index)?.dtype ?? null;
  }

  shape(index: number): readonly Dim[] | null {
    return this.type(index)?.shape ?? null;
  }

  constant(index: number): Tensor | null {
    return this.node.input(index)?.constant ?? null;
  }

  /** Known elements of a small tensor input in row-major order; single ones may be null. */
  elements(index: number): readonly Dim[] | null {
    const value = this.node.input(index);
    return value && elementsOf(value);
  }

  /** Elements of an input when every one is a number. */
  numbers(index: number): number[] | null {
    const elements = this.elements(index);
    return elements?.every((e) => typeof e === 'number') ? (elements as number[]) : null;
  }

  /** Axes from the attribute (older opsets) or the input (newer ones). `absent`: neither is there; `unknown`: the input is not constant. */
  axes(input: number, attribute = 'axes'): number[] | 'absent' | 'unknown' {
    const stated = this.attributes.ints(attribute);
    if (stated) return stated;
    if (!this.has(input)) return 'absent';
    return this.numbers(input) ?? 'unknown';
  }
}

/** Output types of one operator; a single type stands for the first output. Null: nothing is known. */
export type OpRule = (call: OpCall) => ValueType | readonly (ValueType | null)[] | null;

export type OpTable = Readonly<Record<string, OpRule>>;

export function tensor(dtype: DType | null, shape: readonly Dim[] | null): ValueType {
  return { kind: 'tensor', dtype, shape };
}

/** Dimensions all unknown, for a known rank. */
export function unknownDims(rank: number): Dim[] {
  return Array.from({ length: rank }, () => null);
}

/** An axis counted from the front; null where it lies outside of the rank. */
export function fromFront(axis: number, rank: number): number | null {
  const front = axis < 0 ? axis + rank : axis;
  return front >= 0 && front < rank ? front : null;
}

import type { Polynomial } from '../dims/polynomial.ts';
import type { Node } from '../node.ts';
import { UNKNOWN_TYPE, type ValueType } from '../types.ts';
import { OpCall } from './op-call.ts';
import { elementsOfOutput } from './propagate.ts';
import { ruleOf } from './registry.ts';

export interface Inferred {
  readonly types: ValueType[];
  /** Fractions of symbols that this node proves whole. */
  readonly learned: readonly Polynomial[];
}

/** Types of a node's outputs from the types (and constants) of its inputs; unknown where the operator or its inputs say too little. Never throws. */
export function inferNode(node: Node, opset: number, outputs: number): ValueType[] {
  return inferOutputs(node, opset, outputs, []).types;
}

/** The same under what is known of the model's symbols. */
export function inferOutputs(node: Node, opset: number, outputs: number, integral: readonly Polynomial[]): Inferred {
  const rule = ruleOf(node);
  const types = Array.from({ length: outputs }, () => UNKNOWN_TYPE);
  if (!rule) return { types, learned: [] };
  const call = new OpCall(node, opset, outputs, integral);
  const result = attempt(() => rule(call));
  const list = result === null ? [] : 'kind' in result ? [result] : result;
  for (let i = 0; i < outputs; i++) types[i] = list[i] ?? UNKNOWN_TYPE;
  const [first] = types;
  const elements = first && attempt(() => elementsOfOutput(call, first));
  if (elements) types[0] = { ...first, elements };
  return { types, learned: call.learned };
}

/** A malformed node (a constant that holds no data, an attribute of another type) says nothing about its outputs. */
function attempt<T>(compute: () => T): T | null {
  try {
    return compute();
  } catch {
    return null;
  }
}

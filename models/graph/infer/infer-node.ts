import type { Node } from '../node.ts';
import { UNKNOWN_TYPE, type ValueType } from '../types.ts';
import { OpCall, type SymbolFacts } from './op-call.ts';
import { elementsOfOutput } from './propagate.ts';
import { ruleOf } from './registry.ts';

/**
 * Types of a node's outputs from the types (and constants) of its inputs; unknown where the operator or its inputs say too little. Never
 * throws.
 */
export function inferNode(node: Node, opset: number, outputs: number): ValueType[] {
  return inferOutputs(node, opset, outputs, { integral: [], learned: [] });
}

/** The same with what is known of the model's symbols; what the node proves of them is added to `facts.learned`. */
export function inferOutputs(node: Node, opset: number, outputs: number, facts: SymbolFacts): ValueType[] {
  const rule = ruleOf(node);
  const types = Array.from({ length: outputs }, () => UNKNOWN_TYPE);
  if (!rule) return types;
  const call = new OpCall(node, opset, outputs, facts);
  const result = attempt(() => rule(call));
  const list = result === null ? [] : 'kind' in result ? [result] : result;
  for (let i = 0; i < outputs; i++) types[i] = list[i] ?? UNKNOWN_TYPE;
  const [first] = types;
  const elements = first && attempt(() => elementsOfOutput(call, first));
  if (elements) types[0] = { ...first, elements };
  return types;
}

/** A malformed node (a constant that holds no data, an attribute of another type) says nothing about its outputs. */
function attempt<T>(compute: () => T): T | null {
  try {
    return compute();
  } catch {
    return null;
  }
}

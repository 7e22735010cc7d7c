import type { Dim } from '../types.ts';
import type { Value } from '../value.ts';

/** Tensors above this many elements are not looked into: shapes, axes, pads and scales are smaller. */
export const MAX_ELEMENTS = 256;

/** Known elements of a small tensor: propagated ones, or the constant's. Null: not known, or too large. */
export function elementsOf(value: Value): readonly Dim[] | null {
  if (value.type.elements) return value.type.elements;
  if (!value.initializer && value.producer?.opType !== 'Constant') return null;
  const constant = value.constant;
  if (!constant || constant.size > MAX_ELEMENTS || constant.dtype === 'string') return null;
  return Array.from(constant.numbers());
}

/**
 * Elements of a small tensor, as numbers or symbolic expressions; null entries are not known, nor are whole numbers beyond 2^53. Null:
 * nothing is.
 */
export function knownData(value: Value): (number | string | null)[] | null {
  const elements = elementsOf(value)?.map((e) => (isInexact(e) ? null : e)) ?? null;
  return elements && elements.length > 0 && elements.every((e) => e === null) ? null : elements;
}

function isInexact(element: Dim): boolean {
  return typeof element === 'number' && Number.isInteger(element) && !Number.isSafeInteger(element);
}

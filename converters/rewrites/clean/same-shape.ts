import type { Dim, Value, ValueType } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';

/** True when two shapes are known and equal in every dimension, symbols by their text. */
export function sameShape(a: ValueType | null | undefined, b: ValueType | null | undefined): boolean {
  if (!a?.shape || !b?.shape || a.shape.length !== b.shape.length) return false;
  return a.shape.every((dim, axis) => dim !== null && dim === b.shape?.[axis]);
}

/**
 * A constant target for Reshape that gives `shape` to a tensor of shape `from`: numbers; 0 where a symbol stays at its axis; −1 for one more
 * symbol. Null where that does not say it, or where a dimension is 0, which 0 and −1 cannot express.
 */
export function reshapeTarget(shape: readonly Dim[] | null, from: readonly Dim[] | null): number[] | null {
  if (!shape || !from || shape.includes(0) || from.includes(0)) return null;
  const target = shape.map((dim, axis) => (typeof dim === 'number' ? dim : dim !== null && dim === from[axis] ? 0 : -1));
  return target.filter((dim) => dim === -1).length <= 1 ? target : null;
}

/** The one number that all elements of a constant have, −0 told from 0; null for several, for large ones and for what is no constant. */
export function uniformValue(value: Value | null): number | null {
  const constant = value?.constant;
  if (!constant || constant.size === 0 || constant.size > MOST_ELEMENTS || constant.dtype === 'string') return null;
  const bytes = constant.bytes();
  const width = bytes.length / constant.size;
  if (width < 1) return onlyNumber(constant.numbers());
  const repeats = Buffer.compare(bytes.subarray(width), bytes.subarray(0, bytes.length - width)) === 0;
  return repeats ? onlyNumber(Tensor.fromBytes(constant.dtype, [], bytes.subarray(0, width)).numbers()) : null;
}

function onlyNumber(numbers: Float64Array): number | null {
  const first = numbers[0] as number;
  return numbers.every((number) => Object.is(number, first)) ? first : null;
}

const MOST_ELEMENTS = 4096;

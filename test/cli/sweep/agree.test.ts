import { expect, test } from 'vitest';
import { signalToDifference } from '../../../cli/sweep/steps/agree.ts';
import type { NamedArrays } from '../../../models/contracts/executor.ts';
import type { NdArray } from '../../../models/contracts/ndarray.ts';
import { numberToHalf } from '../../../models/onnx/half.ts';

const floats = (...values: number[]): NdArray => ({ dtype: 'float32', dims: [values.length], data: Float32Array.from(values) });
const halves = (...values: number[]): NdArray => ({ dtype: 'float16', dims: [values.length], data: Uint16Array.from(values, numberToHalf) });
const named = (...arrays: NdArray[]): NamedArrays => new Map(arrays.map((array, i) => [`output ${i}`, array]));

test('a difference of a tenth is 20 dB, over all outputs together and whatever their names', () => {
  expect(signalToDifference(named(floats(10, -10)), named(floats(11, -9)))).toBeCloseTo(20, 12);
  const other = new Map([['renamed', floats(3)], ['also', floats(4, 1)]]);
  expect(signalToDifference(named(floats(3), floats(4, 0)), other)).toBeCloseTo(10 * Math.log10(25), 12);
});

test('halves are numbers, not the bits that hold them', () => expect(signalToDifference(named(floats(1, 2)), named(halves(1, 1)))).toBeCloseTo(10 * Math.log10(5), 12));

test('what is equal has no difference; against zeros anything is 0 dB', () => {
  expect(signalToDifference(named(floats(1, 0)), named(floats(1, -0)))).toBeNull();
  expect(signalToDifference(named(floats(0, 0)), named(floats(1, 1)))).toBe(0);
});

test.each([
  ['not finite', floats(1, Number.NaN), floats(1, 1)], ['not finite', floats(1, 1), floats(1, Number.POSITIVE_INFINITY)], ['another size', floats(1, 1), floats(1)],
] as const)('%s is said and is no figure', (message, reference, other) => expect(() => signalToDifference(named(reference), named(other))).toThrow(message));

test('an output too few is said', () => expect(() => signalToDifference(named(floats(1), floats(2)), named(floats(1)))).toThrow('another size'));

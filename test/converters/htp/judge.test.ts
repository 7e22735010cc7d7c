import { expect, test } from 'vitest';
import { floorDb, judge } from '../../../converters/htp/index.ts';
import { halfToNumber, numberToHalf } from '../../../models/onnx/half.ts';
import { Prng } from '../../../models/run/index.ts';
import { ndarray } from '../../support/ort.ts';

const size = 4096;
const prng = new Prng(7);
const reference = Array.from({ length: size }, () => prng.normal());
const array = (values: readonly number[]) => ndarray('float32', [values.length], values);
const half = (value: number): number => halfToNumber(numberToHalf(value));

/** A chain of affine steps, each rounded to fp16, against the same chain in double precision. */
function chain(depth: number): [exact: number[], rounded: number[]] {
  let exact = [...reference];
  let rounded = exact.map(half);
  for (let step = 0; step < depth; step++) {
    const [a, b] = [0.5 + prng.uniform(), prng.normal()];
    exact = exact.map((v) => a * v + b);
    rounded = rounded.map((v) => half(half(half(a) * v) + half(b)));
  }
  return [exact, rounded];
}

test.each([1, 2, 5, 10, 30])('%i fp16 steps in a row are explained', (depth) => {
  const [exact, rounded] = chain(depth);
  const { verdict, db, floor } = judge(array(exact), array(rounded), 'fp16', depth);
  expect(verdict).toBe('explained');
  expect(db).toBeGreaterThan(floor + 5);
});

test.each([
  ['one value in 256 replaced', (v: number, i: number) => (i % 256 === 0 ? -v : v)],
  ['a shift by one element', (_: number, i: number) => reference[(i + 1) % size] as number],
  ['bounds ignored', (v: number) => Math.max(v, -3)],
  ['a hundredth too much', (v: number) => v * 1.01],
  ['zeros', () => 0],
])('%s is not', (_, spoil) => {
  const expected = reference.map((v) => Math.max(-1, Math.min(1, v)));
  const actual = spoil.length === 1 && spoil(5, 0) === 5 ? reference : expected.map(spoil);
  expect(judge(array(expected), array(actual), 'fp16', 3).verdict).toBe('wrong');
});

test('int8: results one level off are explained, five levels are not', () => {
  const levels = reference.map((v) => Math.round(v * 30) / 30);
  const off = (steps: number) => levels.map((v, i) => v + ((i % 2) * steps) / 30);
  expect(judge(array(levels), array(off(1)), 'int8', 4).verdict).toBe('explained');
  expect(judge(array(levels), array(off(5)), 'int8', 4).verdict).toBe('wrong');
});

test('pixels may be one level off everywhere, two nowhere near everywhere', () => {
  const pixels = Array.from({ length: 300 }, (_, i) => i % 200);
  const plus = (n: number) => ndarray('uint8', [300], pixels.map((v) => v + n));
  expect(judge(plus(0), plus(1), 'fp16', 1).verdict).toBe('explained');
  expect(judge(plus(0), plus(2), 'fp16', 1).verdict).toBe('wrong');
});

test('infinities: beyond 65504 an overflow, elsewhere wrong; NaN is NaN', () => {
  const of = (...values: number[]) => array(values);
  expect(judge(of(1, 1e6), of(1, Number.POSITIVE_INFINITY), 'fp16', 1).verdict).toBe('overflow');
  expect(judge(of(1, 1e6), of(1, 65504), 'fp16', 1).verdict).toBe('overflow');
  expect(judge(of(1, 1e6), of(1, 1.0002e6), 'fp16', 1).verdict).toBe('explained');
  expect(judge(of(1, 10), of(1, Number.POSITIVE_INFINITY), 'fp16', 1).verdict).toBe('wrong');
  expect(judge(of(1, 10), of(1, Number.NaN), 'fp16', 1).verdict).toBe('wrong');
  expect(judge(of(1, Number.NaN), of(1, Number.NaN), 'fp16', 1)).toMatchObject({ verdict: 'explained', maxAbs: 0 });
});

test('constants and zeros: equal is explained, a stray value among zeros is not; other shapes and types never', () => {
  const zeros = Array.from({ length: 64 }, () => 0);
  expect(judge(array(zeros), array(zeros), 'fp16', 1).verdict).toBe('explained');
  expect(judge(array(zeros), array(zeros.map((_, i) => Number(i === 9))), 'fp16', 1).verdict).toBe('wrong');
  expect(judge(ndarray('float32', [8, 8], zeros), ndarray('float32', [4, 16], zeros), 'fp16', 1).verdict).toBe('wrong');
  expect(judge(array(zeros), ndarray('int32', [64], zeros), 'fp16', 1).verdict).toBe('wrong');
});

test('the floor sinks with depth, and not below what means something', () => {
  expect([1, 10, 100].map((depth) => floorDb('fp16', depth))).toEqual([60, 50, 40]);
  expect(floorDb('fp16', 1e9)).toBe(35);
  expect(floorDb('int8', 10)).toBe(35);
});

test('steps in floats may flip where rounding moves a value over the edge, a few of them and by one step', () => {
  const steps = Array.from({ length: 200 }, (_, i) => (i % 7) - 3);
  const flipped = (count: number, by: number) => array(steps.map((v, i) => (i < count ? v + by : v * (1 + 2 ** -22))));
  expect(judge(array(steps), flipped(2, 1), 'fp16', 1).verdict).toBe('explained');
  expect(judge(array(steps), flipped(12, 1), 'fp16', 1).verdict).toBe('wrong');
  expect(judge(array(steps), flipped(2, 2), 'fp16', 1).verdict).toBe('wrong');
  expect(judge(array(steps), flipped(2, 0.5), 'fp16', 1).verdict).toBe('wrong');
});

test('infinity that comes out as the largest number is an overflow', () => {
  expect(judge(array([1, Number.NEGATIVE_INFINITY, 2]), array([1, -65536, 2]), 'fp16', 1).verdict).toBe('overflow');
});

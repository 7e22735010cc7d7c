import { describe, expect, test } from 'vitest';
import {
  broadcastKind,
  energy,
  expandGroups,
  quantizationNoise,
  roundTo,
  snrDb,
  takeAlong,
} from '../../../../converters/rewrites/weights/index.ts';
import { Tensor } from '../../../../models/onnx/index.ts';
import { Prng } from '../../../../models/run/prng.ts';

describe('per channel is a matter of the broadcast axis', () => {
  const of = (dims: number[]) => broadcastKind(dims, 4, 1, 8);
  test.each([[[8, 1, 1]], [[1, 8, 1, 1]]])('[%s] is per channel of NCHW with 8 channels', (dims) => expect(of(dims)).toBe('channel'));
  test.each([[[]], [[1]], [[1, 1, 1, 1]]])('[%s] is one value', (dims) => expect(of(dims)).toBe('scalar'));
  test.each([[[8]], [[1, 1, 1, 8]], [[8, 1, 1, 1]], [[8, 8, 1]], [[4, 1, 1]], [[1, 1, 8, 1, 1]], [[8, 1]]])('[%s] is neither', (dims) => {
    expect(of(dims)).toBe('other');
  });
});

test('groups as one: the same sums', () => {
  const random = new Prng(3);
  const [out, ins, group, taps] = [6, 9, 3, 4];
  const weights = Float64Array.from({ length: (out * ins * taps) / group }, () => random.uniform());
  const x = Float64Array.from({ length: ins * taps }, () => random.uniform());
  const dense = expandGroups(weights, out, ins, group);
  for (let o = 0; o < out; o++) {
    let [want, got] = [0, 0];
    const first = Math.floor(o / (out / group)) * (ins / group);
    for (let i = 0; i < ins / group; i++)
      for (let t = 0; t < taps; t++) {
        want += (weights[(o * (ins / group) + i) * taps + t] as number) * (x[(first + i) * taps + t] as number);
      }
    for (let k = 0; k < ins * taps; k++) got += (dense[o * ins * taps + k] as number) * (x[k] as number);
    expect(got).toBeCloseTo(want, 12);
  }
});

describe('takeAlong', () => {
  test('moves bits, NaN payloads and infinities included', () => {
    const bits = Uint32Array.of(0x7fc00001, 0xff800000, 0x80000000, 0x00000001, 0x7f800001, 0x3f800000);
    const tensor = Tensor.fromBytes('float32', [2, 3], new Uint8Array(bits.buffer));
    const taken = takeAlong(tensor, 1, [2, 0, 1]);
    expect([...new Uint32Array(taken.bytes().slice().buffer)]).toEqual([
      0x80000000, 0x7fc00001, 0xff800000, 0x3f800000, 0x00000001, 0x7f800001,
    ]);
  });

  test('repacks nibbles', () => {
    const tensor = Tensor.of('int4', [3, 1], [-8, 7, 1]);
    expect([...takeAlong(tensor, 0, [2, 0, 1]).numbers()]).toEqual([1, -8, 7]);
  });

  test('an empty axis stays empty', () => expect(takeAlong(Tensor.of('float32', [0, 2], []), 0, []).dims).toEqual([0, 2]));
});

test('roundTo rounds once and refuses what does not fit', () => {
  const rounded = roundTo('float32', [1], Float64Array.of(0.1 + 1e-12), 'w');
  expect(typeof rounded === 'string' ? rounded : rounded.numbers()[0]).toBe(Math.fround(0.1 + 1e-12));
  expect(roundTo('float32', [1], Float64Array.of(1e39), 'w')).toBe('w would leave the range of float32');
  expect(roundTo('float64', [1], Float64Array.of(Infinity), 'w')).toBe('w would hold a value that is not finite');
});

describe('what folding a skip costs int8 weights (onnx-tools §5.9: 16×16×3×3, published to 0.1 dB from another seed)', () => {
  test.each([
    [0.02, 56.2, 31.6, 79.8],
    [0.05, 50.1, 32.8, 81.0],
    [0.1, 45.7, 35.5, 83.8],
    [0.2, 44.2, 39.2, 87.5],
  ])('sigma %f', (sigma, kept, folded, wide) => {
    const random = new Prng(11);
    const weights = Float64Array.from({ length: 16 * 16 * 9 }, () => sigma * random.normal());
    const withSkip = weights.map((w, k) => (k % (16 * 9) === Math.floor(k / (16 * 9)) * 9 + 4 ? w + 1 : w));
    const signal = energy(withSkip);
    expect(Math.abs(snrDb(signal, quantizationNoise(weights, 16)) - kept)).toBeLessThan(1.5);
    expect(Math.abs(snrDb(signal, quantizationNoise(withSkip, 16)) - folded)).toBeLessThan(1.5);
    expect(Math.abs(snrDb(signal, quantizationNoise(withSkip, 16, 16)) - wide)).toBeLessThan(1.5);
  });

  test('weights that int8 holds exactly have no noise', () => {
    expect(quantizationNoise(Float64Array.of(0, 0, 127, -127, 127, 1), 3)).toBe(0);
    expect(snrDb(1, 0)).toBe(Number.POSITIVE_INFINITY);
  });
});

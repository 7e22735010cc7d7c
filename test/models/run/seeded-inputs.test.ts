import { describe, expect, it } from 'vitest';
import type { DType } from '../../../models/contracts/dtype.ts';
import { UserError } from '../../../models/contracts/errors.ts';
import { halfToNumber } from '../../../models/onnx/half.ts';
import { type InputKind, seededInputs } from '../../../models/run/seeded-inputs.ts';

const KINDS: readonly InputKind[] = ['normal', 'unit', 'zeros', 'ramp', 'large'];
const image = { name: 'x', dtype: 'float32' as DType, dims: ['batch', 3, null, 4] };

function values(dtype: DType, kind: InputKind, range?: readonly [number, number]): number[] {
  const [feed] = seededInputs([{ name: 'x', dtype, dims: [1000], ...(range ? { range } : {}) }], { seed: 5, kinds: [kind] });
  return Array.from(feed?.get('x')?.data as ArrayLike<number | bigint>, Number);
}

describe('seeded inputs', () => {
  it('repeats for a seed, and an input does not depend on the others', () => {
    const options = { seed: 1, kinds: KINDS, bindings: { batch: 2 }, defaultDim: 5 };
    const alone = seededInputs([image], options);
    const beside = seededInputs([{ name: 'first', dtype: 'int64', dims: [] }, image], options);
    expect(alone.map((f) => f.get('x'))).toEqual(beside.map((f) => f.get('x')));
    expect(alone[0]?.get('x')?.dims).toEqual([2, 3, 5, 4]);
    expect(alone[0]).not.toEqual(seededInputs([image], { ...options, seed: 2 })[0]);
  });

  it('asks for a size that nothing binds', () => {
    expect(() => seededInputs([image], { seed: 1, bindings: { batch: 1 } })).toThrow(UserError);
    expect(() => seededInputs([image], { seed: 1, bindings: { batch: 1 } })).toThrow(
      'Dimension 2 of input "x" [batch, 3, ?, 4] has no size.',
    );
  });

  it.each<DType>([
    'uint8',
    'int8',
    'uint16',
    'int16',
    'int32',
    'uint32',
    'int64',
    'uint64',
    'bool',
    'float16',
    'float32',
    'float64',
    'bfloat16',
  ])('%s: whole numbers in the type and in the range', (dtype) => {
    const limits: Partial<Record<DType, [number, number]>> = {
      uint8: [0, 255],
      int8: [-128, 127],
      bool: [0, 1],
      uint16: [0, 65535],
      uint32: [0, 2 ** 32],
      uint64: [0, 2 ** 53],
    };
    for (const kind of KINDS) {
      const [low, high] = limits[dtype] ?? [-1e5, 1e5];
      const all = values(dtype, kind);
      expect(all).toHaveLength(1000);
      if (!dtype.includes('float')) expect(all.every((v) => Number.isInteger(v) && v >= low && v <= high)).toBe(true);
      if (kind === 'zeros') expect(new Set(all)).toEqual(new Set([0]));
      else expect(new Set(all).size).toBeGreaterThan(1);
    }
  });

  it('keeps to a given range, both ends for large, evenly for ramp', () => {
    expect(values('float32', 'unit', [10, 20]).every((v) => v >= 10 && v <= 20)).toBe(true);
    expect(new Set(values('uint8', 'large', [3, 9]))).toEqual(new Set([3, 9]));
    expect(new Set(values('float32', 'zeros', [3, 9]))).toEqual(new Set([3]));
    const ramp = values('float64', 'ramp', [0, 999]);
    expect(ramp[0]).toBe(0);
    expect(ramp[500]).toBeCloseTo(500, 9);
    expect(ramp[999]).toBe(999);
  });

  it('float16 holds bits', () => {
    const numbers = values('float16', 'unit').map(halfToNumber);
    expect(Math.max(...numbers)).toBeLessThanOrEqual(1);
    expect(numbers.reduce((a, b) => a + b) / 1000).toBeCloseTo(0.5, 1);
  });

  it('makes scalars and empty arrays, refuses strings', () => {
    const [feed] = seededInputs(
      [
        { name: 's', dtype: 'float32', dims: [] },
        { name: 'e', dtype: 'float32', dims: [0, 3] },
      ],
      { seed: 1 },
    );
    expect(feed?.get('s')?.data).toHaveLength(1);
    expect(feed?.get('e')?.data).toHaveLength(0);
    for (const dtype of ['string', null] as const) {
      expect(() => seededInputs([{ name: 't', dtype, dims: [1] }], { seed: 1 })).toThrow(/cannot be made up/);
    }
  });
});

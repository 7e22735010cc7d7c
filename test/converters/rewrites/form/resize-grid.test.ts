import { describe, expect, test } from 'vitest';
import { formRewrites } from '../../../../converters/rewrites/form/index.ts';
import type { NdArray } from '../../../../models/contracts/index.ts';
import { Tensor } from '../../../../models/onnx/index.ts';
import { seededInputs } from '../../../../models/run/index.ts';
import { applyRewrites } from '../../../support/apply-rewrites.ts';
import { buildModel, type ModelSpec, toBytes } from '../../../support/build-model.ts';
import { bitEqual, relativeToRange } from '../../../support/compare.ts';
import { runOrtAll } from '../../../support/ort.ts';

const rewrites = formRewrites.filter(({ id }) => id === 'form/resize-grid');
const SHAPE = [1, 2, 5, 8];

/** A Resize of [1, 2, 5, 8] by sizes or by scales. */
function resize(attributes: Record<string, unknown>, by: { sizes: readonly number[] } | { scales: readonly number[] }, opset = 19): ModelSpec {
  const [name, tensor] = 'sizes' in by ? (['sizes', Tensor.of('int64', [by.sizes.length], by.sizes.map(BigInt))] as const) : (['scales', Tensor.of('float32', [by.scales.length], by.scales)] as const);
  const inputs = 'sizes' in by ? ['x', 'none', 'none', name] : ['x', 'none', name];
  return {
    opset, inputs: { x: ['float32', SHAPE] }, outputs: { y: ['float32', null] }, initializers: { [name]: tensor, ...(opset < 13 ? { none: Tensor.of('float32', [0], []) } : {}) },
    nodes: [['Resize', opset < 13 ? inputs : inputs.map((input) => (input === 'none' ? '' : input)), ['y'], attributes as never]],
  };
}

/** Operators after rewriting, and how far ONNX Runtime's outputs are apart; -1 where they are the same bits. */
async function rewritten(spec: ModelSpec): Promise<{ ops: string[]; apart: number; fired: number }> {
  const proto = buildModel(spec);
  const done = applyRewrites(proto, rewrites);
  const feeds = seededInputs([{ name: 'x', dtype: 'float32', dims: SHAPE }], { seed: 3, kinds: ['normal'] });
  const [[before], [after]] = [await runOrtAll(toBytes(proto), feeds), await runOrtAll(toBytes(done.model.toProto()), feeds)];
  const [a, b] = [before?.get('y'), after?.get('y')] as [NdArray, NdArray];
  expect(applyRewrites(done.model.toProto(), rewrites).fired).toEqual([]);
  return { ops: [...done.model.graph.nodes()].map(({ opType }) => opType), apart: bitEqual(a, b) ? -1 : relativeToRange(a, b), fired: done.fired.length };
}

describe('form/resize-grid', () => {
  const coordinates = ['asymmetric', 'half_pixel', 'align_corners', 'pytorch_half_pixel', 'half_pixel_symmetric'];
  const roundings = ['floor', 'ceil', 'round_prefer_floor', 'round_prefer_ceil'];
  test.each(coordinates.flatMap((c) => roundings.map((n) => [c, n])))('nearest, %s, %s: the same elements', async (coordinate_transformation_mode, nearest_mode) => {
    // From 5 to 3 the middle lies on a whole number, which ONNX Runtime misses by a rounding in its symmetric form.
    const uneven = coordinate_transformation_mode === 'half_pixel_symmetric' ? [[1, 2, 5, 3]] : [[1, 2, 5, 3], [1, 2, 3, 4]];
    for (const sizes of [[1, 2, 10, 16], [1, 2, 7, 11], [1, 2, 1, 1], [2, 6, 5, 8], ...uneven]) {
      expect([sizes, (await rewritten(resize({ mode: 'nearest', coordinate_transformation_mode, nearest_mode }, { sizes }))).apart]).toEqual([sizes, -1]);
    }
  });
  test('where another statement takes the same elements it is one operator still, else a Gather an axis', async () => {
    const half = { mode: 'nearest', coordinate_transformation_mode: 'half_pixel' };
    expect((await rewritten(resize({ ...half, nearest_mode: 'ceil' }, { sizes: [1, 2, 5, 4] }))).ops).toEqual(['Resize']);
    expect((await rewritten(resize({ ...half, nearest_mode: 'floor' }, { sizes: [1, 2, 10, 16] }))).ops).toEqual(['Gather', 'Gather']);
    expect((await rewritten(resize({ ...half, nearest_mode: 'floor' }, { sizes: [1, 2, 5, 16] }))).ops).toEqual(['Gather']);
  });
  test('forms that HTP computes stay as they are', async () => {
    for (const [mode, coordinate_transformation_mode, nearest_mode] of [['nearest', 'asymmetric', 'floor'], ['nearest', 'half_pixel', 'round_prefer_ceil'], ['linear', 'half_pixel', 'floor'], ['cubic', 'half_pixel', 'floor']]) {
      expect((await rewritten(resize({ mode, coordinate_transformation_mode, nearest_mode }, { sizes: [1, 2, 10, 16] }))).fired).toBe(0);
    }
  });
  test('scales that are not the ratio of the sizes: as stated', async () => {
    for (const coordinate_transformation_mode of ['asymmetric', 'half_pixel']) {
      const nearest = await rewritten(resize({ mode: 'nearest', coordinate_transformation_mode, nearest_mode: 'floor' }, { scales: [1, 1, 0.6, 0.55] }));
      expect([nearest.fired, nearest.apart]).toEqual([1, -1]);
      const linear = await rewritten(resize({ mode: 'linear', coordinate_transformation_mode }, { scales: [1, 1, 0.6, 0.55] }));
      expect(linear.ops).toEqual(['MatMul', 'MatMul']);
      expect(linear.apart).toBeLessThan(1e-5);
    }
  });
  test.each([['linear', 'half_pixel_symmetric', {}], ['cubic', 'asymmetric', { exclude_outside: 1 }], ['cubic', 'half_pixel', { cubic_coeff_a: { float: -0.5 }, exclude_outside: 1 }]])('%s, %s, %o: matrix products with the same weights', async (mode, coordinate_transformation_mode, more) => {
    for (const sizes of [[1, 2, 10, 16], [1, 2, 3, 5], [1, 2, 5, 11]]) {
      const done = await rewritten(resize({ mode, coordinate_transformation_mode, ...more }, { sizes }));
      expect(done.fired).toBe(1);
      expect(done.apart).toBeLessThan(1e-5);
    }
  });
  test('pytorch_half_pixel to one row', async () => {
    const done = await rewritten(resize({ mode: 'linear', coordinate_transformation_mode: 'pytorch_half_pixel' }, { sizes: [1, 2, 1, 16] }));
    expect(done.ops).toEqual(['MatMul', 'MatMul']);
    expect(done.apart).toBeLessThan(1e-5);
  });
  test('opset 11, with its region of interest; axes and the aspect ratio', async () => {
    const old = await rewritten(resize({ mode: 'nearest', coordinate_transformation_mode: 'half_pixel', nearest_mode: 'ceil' }, { sizes: [1, 2, 5, 4] }, 11));
    expect([old.ops, old.apart]).toEqual([['Resize'], -1]);
    for (const policy of ['stretch', 'not_larger', 'not_smaller']) {
      const some = await rewritten(resize({ mode: 'nearest', axes: [2, 3], keep_aspect_ratio_policy: policy, nearest_mode: 'floor' }, { sizes: [7, 9] }));
      expect([policy, some.fired, some.apart]).toEqual([policy, 1, -1]);
    }
  });
  test('antialiasing is refused', () => {
    const { fired, refused } = applyRewrites(buildModel(resize({ mode: 'linear', antialias: 1 }, { sizes: [1, 2, 3, 4] })), rewrites);
    expect([fired.length, refused[0]?.reason]).toEqual([0, expect.stringContaining('antialiasing')]);
  });
});

import { describe, expect, test } from 'vitest';
import { readPackage, summariseFunction } from '../../../../converters/coreml/index.ts';
import { fixture } from '../../../support/paths.ts';

const summary = (path: string) => summariseFunction(readPackage(fixture(path)).program?.functions.get('main') ?? expect.fail(path));
const quick = (form: string) => summary(`coreml-witnesses/quicksrnet_small_x2_${form}.mlpackage`).weights;
/** 3·32·9 + 2·(32·32·9) + 12·32·9 weights, and 3·32 + 12 biases. */
const WEIGHTS = 22752;
const BIASES = 108;

describe('weights by how they are stored', () => {
  test('fp16 and fp32', () => {
    expect(quick('fp16')).toEqual({ fp16: { tensors: 8, elements: WEIGHTS + BIASES, bytes: 2 * (WEIGHTS + BIASES) } });
    expect(summary('coreml-witnesses/quicksrnet_small_x2.mlpackage').weights).toEqual({ fp32: { tensors: 8, elements: WEIGHTS + BIASES, bytes: 4 * (WEIGHTS + BIASES) } });
  });

  test.each(['iOS16', 'iOS18'])('int8 with a scale for each of 108 output channels (%s)', (system) => {
    // iOS 16 stores a zero point beside each scale
    const scales = BIASES * (system === 'iOS16' ? 3 : 2);
    expect(quick(`w8_${system}`)['int8']).toEqual({ tensors: 4, elements: WEIGHTS, bytes: WEIGHTS + scales + (system === 'iOS16' ? 4 * 4 : 0) });
  });

  test.each(['iOS16', 'iOS18'])('palettes of 16 fp16 values, 4 bits an index (%s)', (system) => {
    // iOS 16 stores the shape, four uint32, beside the indices
    expect(quick(`pal4_${system}`)['4-bit palette']).toEqual({ tensors: 4, elements: WEIGHTS, bytes: WEIGHTS / 2 + 4 * 16 * 2 + (system === 'iOS16' ? 4 * 16 : 0) });
  });

  test('a mask of one bit and the values that are left', () => {
    const { bytes } = quick('prune50_iOS18')['fp16, sparse'] ?? expect.fail();
    expect(bytes).toBeGreaterThan(WEIGHTS / 8 + WEIGHTS - 20);
    expect(bytes).toBeLessThan(WEIGHTS / 8 + WEIGHTS + 20);
  });

  test('every form of iOS 18 is named', () => {
    expect(Object.keys(summary('coreml-operators/constexpr-ios18.mlpackage').weights).sort()).toEqual([
      '1-bit palette', '2-bit palette', '2-bit palette, sparse', '3-bit palette', '4-bit palette', '4-bit palette, sparse', '6-bit palette', '8-bit palette',
      'fp32, sparse', 'int4 in blocks', 'int8 in blocks', 'int8, sparse', 'uint4', 'uint4 in blocks', 'uint8', 'uint8 in blocks',
    ]);
  });
});

test('operators, ranks, types and precision', () => {
  expect(summary('coreml-packages/islands.mlpackage')).toMatchObject({
    opset: 'CoreML6', operations: 8, operators: { cast: 4, conv: 2, exp: 1, softmax: 1 }, ranks: { 4: 8 }, dtypes: { fp16: 5, fp32: 3 }, precision: 'mixed',
    fp32Islands: [{ name: 'island', type: 'exp' }],
  });
  expect(summary('coreml-packages/plain.mlpackage')).toMatchObject({ precision: 'fp16', fp32Islands: [] });
  expect(summary('coreml-packages/fp32.mlpackage')).toMatchObject({ precision: 'fp32', fp32Islands: [] });
});

import { describe, expect, test } from 'vitest';
import type { Tensor } from '../../../../models/onnx/index.ts';
import type { ModelSpec, NodeSpec } from '../../../support/build-model.ts';
import { checkFold, ops, reasons, weights } from './check.ts';

type Attributes = NonNullable<NodeSpec[3]>;

/** x [2, 3, 10, 9] → A (3 → 16) → B (16 → 5). */
function series(ka: number[], a: Attributes, kb: number[], b: Attributes, { biasA = true, biasB = true, ga = 1, gb = 1, channels = 3 } = {}): ModelSpec {
  return {
    inputs: { x: ['float32', [2, channels, 10, 9]] }, outputs: { y: ['float32', null] },
    initializers: { wa: weights(16, channels / ga, ...ka), wb: weights(6, 16 / gb, ...kb), ...(biasA ? { ba: weights(16) } : {}), ...(biasB ? { bb: weights(6) } : {}) },
    nodes: [['Conv', ['x', 'wa', ...(biasA ? ['ba'] : [])], ['m'], { group: ga, ...a }], ['Conv', ['m', 'wb', ...(biasB ? ['bb'] : [])], ['y'], { group: gb, ...b }]],
  };
}

const PAD1 = { pads: [1, 1, 1, 1] };

describe('exact everywhere', () => {
  test.each<[string, ModelSpec]>([
    ['3×3 padded with bias → 1×1 (SESR)', series([3, 3], PAD1, [1, 1], {})],
    ['5×5 uneven pads, no bias → 1×1', series([5, 5], { pads: [2, 0, 1, 2] }, [1, 1], {}, { biasA: false, biasB: false })],
    ['1×1 without bias → 3×3 padded', series([1, 1], {}, [3, 3], PAD1, { biasA: false })],
    ['1×1 with bias → 3×3 unpadded', series([1, 1], {}, [3, 3], {})],
    ['3×3 padded → 3×3 unpadded', series([3, 3], PAD1, [3, 3], {})],
    ['strided 3×3 → 1×1', series([3, 3], { strides: [2, 2], ...PAD1 }, [1, 1], {})],
    ['3×3 → strided 1×1', series([3, 3], PAD1, [1, 1], { strides: [2, 2] })],
    ['dilated 3×3 → 1×1', series([3, 3], { dilations: [2, 2], pads: [2, 2, 2, 2] }, [1, 1], {})],
    ['1×1 without bias → dilated 3×3', series([1, 1], {}, [3, 3], { dilations: [2, 1], pads: [2, 1, 2, 1] }, { biasA: false })],
    ['auto_pad', series([3, 3], { auto_pad: 'SAME_UPPER' }, [1, 1], {})],
    ['equal groups stay', series([3, 3], PAD1, [1, 1], {}, { ga: 2, gb: 2, channels: 4 })],
  ])('%s', async (_, spec) => {
    const done = await checkFold(spec, ['fold/serial'], { tolerance: 1e-5 });
    expect(ops(done)).toEqual(['Conv']);
    expect(done.fired.every((f) => f.exactness === 'exact')).toBe(true);
  });
});

describe('right in the interior only', () => {
  test.each<[string, ModelSpec]>([
    ['1×1 with bias → 3×3 padded', series([1, 1], {}, [3, 3], PAD1)],
    ['3×3 padded → 3×3 padded, no bias', series([3, 3], PAD1, [3, 3], PAD1, { biasA: false, biasB: false })],
  ])('%s: refused unasked, border differs when allowed', async (_, spec) => {
    const refused = await checkFold(spec, ['fold/serial']);
    expect(refused.fired).toEqual([]);
    expect(reasons(refused)).toContain('border');
    const allowed = await checkFold(spec, ['fold/serial'], { allow: ['border'], tolerance: 1 });
    expect(allowed.fired.map((f) => f.exactness)).toEqual(['border']);
    expect(allowed.error).toBeGreaterThan(1e-3);
  });
});

describe('refused with the reason', () => {
  test.each<[string, ModelSpec, string]>([
    ['bottleneck that would cost more', { ...series([1, 1], {}, [1, 1], {}), initializers: { wa: weights(2, 3, 1, 1), ba: weights(2), wb: weights(16, 2, 1, 1), bb: weights(16) } }, 'multiply-accumulates'],
    ['dilated kernels', series([3, 3], { dilations: [2, 2] }, [3, 3], {}), 'dilated'],
    ['strided point', series([1, 1], { strides: [2, 2] }, [3, 3], {}, { biasA: false }), 'strided'],
  ])('%s', async (_, spec, reason) => {
    const done = await checkFold(spec, ['fold/serial'], { tolerance: 1e-5 });
    expect(done.fired).toEqual([]);
    expect(reasons(done)).toContain(reason);
  });
  test('the value between is a graph output or has two consumers', async () => {
    const spec = series([3, 3], PAD1, [1, 1], {});
    expect(reasons(await checkFold({ ...spec, outputs: { y: ['float32', null], m: ['float32', null] } }, ['fold/serial']))).toContain('graph output');
    expect(reasons(await checkFold({ ...spec, nodes: [...spec.nodes, ['Relu', ['m'], ['z']]], outputs: { y: ['float32', null], z: ['float32', null] } }, ['fold/serial']))).toContain('other consumers');
  });
});

describe('matrix layers and transposed convolutions', () => {
  const matrix = (nodes: NodeSpec[], initializers: Record<string, Tensor>): ModelSpec => ({ inputs: { x: ['float32', [5, 4]] }, outputs: { y: ['float32', null] }, initializers, nodes });
  test('Gemm → Gemm with transB, alpha, beta', async () => {
    const spec = matrix([['Gemm', ['x', 'a', 'ba'], ['m'], { transB: 1, alpha: { float: 0.5 } }], ['Gemm', ['m', 'b', 'bb'], ['y'], { beta: { float: 2 } }]], { a: weights(9, 4), ba: weights(9), b: weights(9, 3), bb: weights(1, 3) });
    expect(ops(await checkFold(spec, ['fold/serial'], { tolerance: 1e-5 }))).toEqual(['Gemm']);
  });
  test('MatMul → MatMul, Gemm → MatMul', async () => {
    expect(ops(await checkFold(matrix([['MatMul', ['x', 'a'], ['m']], ['MatMul', ['m', 'b'], ['y']]], { a: weights(4, 9), b: weights(9, 3) }), ['fold/serial'], { tolerance: 1e-5 }))).toEqual(['MatMul']);
    expect(ops(await checkFold(matrix([['Gemm', ['x', 'a', 'c'], ['m']], ['MatMul', ['m', 'b'], ['y']]], { a: weights(4, 9), c: weights(9), b: weights(9, 3) }), ['fold/serial'], { tolerance: 1e-5 }))).toEqual(['Gemm']);
  });
  const transposed = (nodes: NodeSpec[], biasA: boolean): ModelSpec => ({
    inputs: { x: ['float32', [1, 4, 5, 6]] }, outputs: { y: ['float32', null] }, nodes,
    initializers: { p: weights(8, 4, 1, 1), t: weights(8, 3, 3, 3), q: weights(2, 3, 1, 1), bt: weights(3), bq: weights(2), ...(biasA ? { bp: weights(8) } : {}) },
  });
  const T: Attributes = { strides: [2, 2], pads: [1, 0, 1, 1], output_padding: [1, 0] };
  test('1×1 → ConvTranspose, ConvTranspose → 1×1', async () => {
    expect(ops(await checkFold(transposed([['Conv', ['x', 'p'], ['m']], ['ConvTranspose', ['m', 't', 'bt'], ['y'], T]], false), ['fold/serial'], { tolerance: 1e-5 }))).toEqual(['ConvTranspose']);
    const behind = transposed([['ConvTranspose', ['m', 't', 'bt'], ['u'], T], ['Conv', ['u', 'q', 'bq'], ['y']]], false);
    expect(ops(await checkFold({ ...behind, inputs: { m: ['float32', [1, 8, 5, 6]] } }, ['fold/serial'], { tolerance: 1e-5 }))).toEqual(['ConvTranspose']);
  });
  test('a bias before a transposed convolution reaches the border unevenly: refused', async () => {
    const done = await checkFold(transposed([['Conv', ['x', 'p', 'bp'], ['m']], ['ConvTranspose', ['m', 't', 'bt'], ['y'], T]], true), ['fold/serial']);
    expect(reasons(done)).toContain('unevenly');
  });
});

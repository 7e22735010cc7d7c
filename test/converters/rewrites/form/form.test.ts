import { describe, expect, test } from 'vitest';
import { formRewrites } from '../../../../converters/rewrites/form/index.ts';
import type { NdArray } from '../../../../models/contracts/index.ts';
import { Tensor } from '../../../../models/onnx/index.ts';
import { seededInputs } from '../../../../models/run/index.ts';
import { applyRewrites } from '../../../support/apply-rewrites.ts';
import { buildModel, type ModelSpec, toBytes } from '../../../support/build-model.ts';
import { bitEqual, relativeToRange } from '../../../support/compare.ts';
import { runOrtAll } from '../../../support/ort.ts';

const f = (value: number): { float: number } => ({ float: value });
const X = ['float32', [1, 3, 6, 5]] as const;
const Y = ['float32', null] as const;

/** Rewrites to a fixed point and compares in ONNX Runtime; returns the op types and the reasons of refusals. */
async function check(spec: ModelSpec, id: string, tolerance = 0): Promise<{ ops: string[]; reasons: string; exactness: unknown }> {
  const proto = buildModel(spec);
  const rewrites = formRewrites.filter((r) => r.id === id);
  const done = applyRewrites(proto, rewrites);
  const feeds = seededInputs(Object.entries(spec.inputs).map(([name, [dtype, dims]]) => ({ name, dtype, dims: dims ?? [] })), { seed: 4, defaultDim: 6, kinds: ['normal', 'zeros', 'large'] });
  const [before, after] = [await runOrtAll(toBytes(proto), feeds), await runOrtAll(toBytes(done.model.toProto()), feeds)];
  before.forEach((outputs, i) => {
    for (const [name, array] of outputs) {
      const other = after[i]?.get(name) as NdArray;
      if (tolerance === 0) expect(bitEqual(other, array)).toBe(true);
      else expect(relativeToRange(other, array)).toBeLessThanOrEqual(tolerance);
    }
  });
  expect(applyRewrites(done.model.toProto(), rewrites).fired).toEqual([]);
  return { ops: [...done.model.graph.nodes()].map((n) => n.opType), reasons: done.refused.map((r) => r.reason).join(), exactness: done.fired[0]?.exactness };
}

describe('form/clip-bounds', () => {
  test.each([[{ min: f(-0.5), max: f(0.5) }, ['Max', 'Min']], [{ min: f(0) }, ['Max']], [{ max: f(6) }, ['Min']]])('%o', async (attributes, ops) => {
    expect((await check({ opset: 10, inputs: { x: X }, outputs: { y: Y }, nodes: [['Clip', ['x'], ['y'], attributes]] }, 'form/clip-bounds')).ops).toEqual(ops);
  });
  test('opset 7 is refused', async () => {
    const done = await check({ opset: 7, inputs: { x: X }, outputs: { y: Y }, nodes: [['Clip', ['x'], ['y'], { min: f(0) }]] }, 'form/clip-bounds');
    expect(done.reasons).toContain('--opset 8');
  });
});

describe('form/cast-uint8 and form/uint8-transpose', () => {
  const U8 = ['uint8', [1, 6, 5, 3]] as const;
  test('all 256 values, and as graph output', async () => {
    expect((await check({ inputs: { x: ['uint8', [16, 16]] }, outputs: { y: Y }, nodes: [['Cast', ['x'], ['y'], { to: 1 }]] }, 'form/cast-uint8')).ops).toEqual(['DequantizeLinear']);
  });
  test('Transpose → Cast, Transpose → DequantizeLinear', async () => {
    const nodes: ModelSpec['nodes'] = [['Transpose', ['x'], ['t'], { perm: [0, 3, 1, 2] }], ['Cast', ['t'], ['y'], { to: 1 }]];
    expect((await check({ inputs: { x: U8 }, outputs: { y: Y }, nodes }, 'form/uint8-transpose')).ops).toEqual(['Cast', 'Transpose']);
    const quantized: ModelSpec = { inputs: { x: U8 }, outputs: { y: Y }, initializers: { s: Tensor.of('float32', [], [0.1]), z: Tensor.of('uint8', [], [7]) }, nodes: [['Transpose', ['x'], ['t']], ['DequantizeLinear', ['t', 's', 'z'], ['y']]] };
    expect((await check(quantized, 'form/uint8-transpose')).ops).toEqual(['DequantizeLinear', 'Transpose']);
  });
  test('Cast → Transpose at the output', async () => {
    const spec: ModelSpec = { inputs: { x: X }, outputs: { y: ['uint8', null] }, initializers: { lo: Tensor.of('float32', [], [0]), hi: Tensor.of('float32', [], [255]) }, nodes: [['Clip', ['x', 'lo', 'hi'], ['c']], ['Cast', ['c'], ['u'], { to: 2 }], ['Transpose', ['u'], ['y'], { perm: [0, 2, 3, 1] }]] };
    expect((await check(spec, 'form/uint8-transpose')).ops).toEqual(['Clip', 'Transpose', 'Cast']);
  });
  test('a value in between that others use stays', async () => {
    const spec: ModelSpec = { inputs: { x: U8 }, outputs: { y: Y, t: ['uint8', null] }, nodes: [['Transpose', ['x'], ['t'], { perm: [0, 3, 1, 2] }], ['Cast', ['t'], ['y'], { to: 1 }]] };
    expect((await check(spec, 'form/uint8-transpose')).ops).toEqual(['Transpose', 'Cast']);
  });
});

describe('form/non-negative-indices', () => {
  test('Gather, GatherElements', async () => {
    await check({ inputs: { x: X }, outputs: { y: Y }, initializers: { i: Tensor.of('int64', [3], [-1, 0, -3]) }, nodes: [['Gather', ['x', 'i'], ['y'], { axis: 1 }]] }, 'form/non-negative-indices');
    await check({ inputs: { x: X }, outputs: { y: Y }, initializers: { i: Tensor.of('int64', [1, 3, 6, 1], Array.from({ length: 18 }, (_, k) => -1 - (k % 5))) }, nodes: [['GatherElements', ['x', 'i'], ['y'], { axis: -1 }]] }, 'form/non-negative-indices');
  });
  test('an axis of unknown size is refused with the flag', async () => {
    const done = await check({ inputs: { x: ['float32', [1, 3, 'H', 4]] }, outputs: { y: Y }, initializers: { i: Tensor.of('int64', [], [-1]) }, nodes: [['Gather', ['x', 'i'], ['y'], { axis: 2 }]] }, 'form/non-negative-indices');
    expect(done.reasons).toContain('--static');
  });
});

describe('form/explicit-pool-padding', () => {
  const id = 'form/explicit-pool-padding';
  test.each([['pads', { pads: [1, 0, 2, 1] }], ['SAME_UPPER', { auto_pad: 'SAME_UPPER', strides: [2, 2] }]])('%s, counted', async (_, attributes) => {
    for (const opset of [10, 17]) {
      const done = await check({ opset, inputs: { x: X }, outputs: { y: Y }, nodes: [['AveragePool', ['x'], ['y'], { kernel_shape: [3, 3], count_include_pad: 1, ...attributes }]] }, id, 1e-6);
      expect(done.ops).toEqual(['Conv']);
    }
  });
  test.each<[string, Record<string, unknown>]>([
    ['pads', { pads: [1, 1, 1, 1] }], ['uneven pads and strides', { pads: [0, 2, 1, 0], strides: [2, 3] }], ['SAME_UPPER', { auto_pad: 'SAME_UPPER' }], ['SAME_LOWER', { auto_pad: 'SAME_LOWER', strides: [2, 1] }],
    ['ceil_mode', { strides: [2, 2], ceil_mode: 1 }], ['ceil_mode with pads', { strides: [2, 2], ceil_mode: 1, pads: [1, 0, 0, 1] }], ['dilations', { pads: [2, 2, 2, 2], dilations: [2, 2] }],
  ])('%s, not counted: a map of divisors', async (_, attributes) => {
    const spec: ModelSpec = { opset: 19, inputs: { x: ['float32', [2, 3, 6, 8]] }, outputs: { y: Y }, nodes: [['AveragePool', ['x'], ['y'], { kernel_shape: [3, 3], ...attributes } as never]] };
    expect((await check(spec, id, 1e-6)).ops).toEqual(['Conv', 'Mul']);
  });
  test('three spatial axes, and one', async () => {
    for (const [shape, kernel] of [[[1, 2, 4, 5, 3], [2, 2, 2]], [[2, 3, 9], [2]]] as const) {
      const pads = [...kernel.map(() => 1), ...kernel.map(() => 1)];
      expect((await check({ inputs: { x: ['float32', shape] }, outputs: { y: Y }, nodes: [['AveragePool', ['x'], ['y'], { kernel_shape: [...kernel], pads }]] }, id, 1e-6)).ops).toEqual(['Conv', 'Mul']);
    }
  });
  test('a norm with auto_pad; one without stays; a window that fits stays', async () => {
    expect((await check({ inputs: { x: X }, outputs: { y: Y }, nodes: [['LpPool', ['x'], ['y'], { kernel_shape: [2, 3], auto_pad: 'SAME_LOWER' }]] }, id, 1e-6)).ops).toEqual(['Pad', 'LpPool']);
    expect((await check({ inputs: { x: X }, outputs: { y: Y }, nodes: [['LpPool', ['x'], ['y'], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }]] }, id)).ops).toEqual(['LpPool']);
    expect((await check({ inputs: { x: ['float32', [1, 3, 6, 6]] }, outputs: { y: Y }, nodes: [['AveragePool', ['x'], ['y'], { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 }]] }, id)).ops).toEqual(['AveragePool']);
  });
  test('a Pad of zeros before it', async () => {
    const spec: ModelSpec = { inputs: { x: X }, outputs: { y: Y }, initializers: { p: Tensor.of('int64', [8], [0, 0, 1, 0, 0, 0, 2, 1].map(BigInt)) }, nodes: [['Pad', ['x', 'p'], ['q']], ['AveragePool', ['q'], ['y'], { kernel_shape: [2, 2], strides: [2, 1] }]] };
    expect((await check(spec, id, 1e-6)).ops).toEqual(['Pad', 'Conv']);
  });
  test('an open size is refused with the flag', async () => {
    const done = await check({ inputs: { x: ['float32', [1, 3, 'H', 8]] }, outputs: { y: Y }, nodes: [['AveragePool', ['x'], ['y'], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }]] }, id);
    expect(done.reasons).toContain('--static');
  });
});

describe('form/hard-swish', () => {
  const nodes = (more: ModelSpec['nodes'] = []): ModelSpec['nodes'] => [['HardSigmoid', ['x'], ['h'], { alpha: f(1 / 6), beta: f(0.5) }], ['Mul', ['x', 'h'], ['y']], ...more];
  test('one operator from opset 14 on, the other order before and where others use it', async () => {
    expect((await check({ inputs: { x: X }, outputs: { y: Y }, nodes: nodes() }, 'form/hard-swish', 1e-6)).ops).toEqual(['HardSwish']);
    const old = await check({ opset: 11, inputs: { x: X }, outputs: { y: Y }, nodes: nodes() }, 'form/hard-swish');
    expect([old.ops, old.exactness]).toEqual([['HardSigmoid', 'Mul'], 'bit']);
    expect((await check({ inputs: { x: X }, outputs: { y: Y, z: Y }, nodes: nodes([['Relu', ['h'], ['z']]]) }, 'form/hard-swish')).exactness).toBe('bit');
  });
  test('other slopes, the other order and other factors stay', async () => {
    for (const [alpha, inputs] of [[0.2, ['x', 'h']], [1 / 6, ['h', 'x']], [1 / 6, ['h', 'h']]] as const) {
      const done = await check({ inputs: { x: X }, outputs: { y: Y }, nodes: [['HardSigmoid', ['x'], ['h'], { alpha: f(alpha) }], ['Mul', [...inputs], ['y']]] }, 'form/hard-swish');
      expect([done.ops, done.exactness]).toEqual([['HardSigmoid', 'Mul'], undefined]);
    }
  });
});

describe('form/reciprocal', () => {
  const div = (...values: number[]): ModelSpec => ({ inputs: { x: X }, outputs: { y: Y }, initializers: { k: Tensor.of('float32', [values.length, 1, 1], values) }, nodes: [['Div', ['x', 'k'], ['y']]] });
  test('powers of two bit for bit, others to rounding', async () => {
    expect((await check(div(2, 0.25, -8), 'form/reciprocal')).exactness).toBe('bit');
    expect((await check(div(3, 255, 1.7), 'form/reciprocal', 1e-6)).ops).toEqual(['Mul']);
  });
  test.each([[0, 1, 1], [1e-39, 1, 1], [1e39, 1, 1]])('divisor %f is refused', async (...values) => {
    expect((await check(div(...values), 'form/reciprocal')).reasons).toContain('range');
  });
  test('the division that a GELU is recognised by stays', async () => {
    const done = await check({ inputs: { x: X }, outputs: { y: X }, initializers: { k: Tensor.of('float32', [], [Math.SQRT2]) }, nodes: [['Div', ['x', 'k'], ['z']], ['Erf', ['z'], ['y']]] }, 'form/reciprocal');
    expect(done.ops).toEqual(['Div', 'Erf']);
    expect(done.reasons).toContain('GELU');
  });
});

describe('form/cast-to-uint8', () => {
  const X = ['float32', [1, 3, 6, 5]] as const;
  const U = ['uint8', null] as const;
  const constants = (k: number, low: number, high: number) => ({ k: Tensor.of('float32', [], [k]), lo: Tensor.of('float32', [], [low]), hi: Tensor.of('float32', [], [high]), m: Tensor.of('float32', [], [40]) });
  const tail: ModelSpec['nodes'] = [['Mul', ['x', 'm'], ['z']], ['Add', ['z', 'k'], ['a']], ['Clip', ['a', 'lo', 'hi'], ['c']], ['Cast', ['c'], ['y'], { to: 2 }]];
  test.each([0, 1, 77, 128, 255])('fractions are cut off, %i moves into the zero point, both ends saturate', async (k) => {
    const done = await check({ inputs: { x: X }, outputs: { y: U }, nodes: tail, initializers: constants(k, 0, 255) }, 'form/cast-to-uint8');
    expect([done.ops, done.exactness]).toEqual([['Mul', 'Floor', 'QuantizeLinear'], 'exact']);
  });
  test('whole numbers and their neighbours, exactly', async () => {
    const values = Tensor.of('float32', [768], Array.from({ length: 768 }, (_, i) => Math.floor(i / 3) + (i < 765 ? ((i % 3) * 0.99999) / 2 : 0)));
    const done = await check({ inputs: { x: ['float32', [1]] }, outputs: { y: U }, nodes: [['Mul', ['x', 'zero'], ['n']], ['Add', ['n', 'v'], ['w']], ['Clip', ['w', 'lo', 'hi'], ['c']], ['Cast', ['c'], ['y'], { to: 2 }]], initializers: { ...constants(0, 0, 255), v: values, zero: Tensor.of('float32', [], [0]) } }, 'form/cast-to-uint8');
    expect([done.ops, done.exactness]).toEqual([['Mul', 'Add', 'Floor', 'QuantizeLinear'], 'bit']);
  });
  test('narrower bounds keep their Clip; a Clip that others read stays; attributes of old Clips count', async () => {
    const narrow = await check({ inputs: { x: X }, outputs: { y: U }, nodes: tail, initializers: constants(10, 16, 235) }, 'form/cast-to-uint8');
    expect(narrow.ops).toEqual(['Mul', 'Add', 'Clip', 'Floor', 'QuantizeLinear']);
    const read = await check({ inputs: { x: X }, outputs: { y: U, c: Y }, nodes: tail, initializers: constants(10, 0, 255) }, 'form/cast-to-uint8');
    expect(read.ops).toEqual(['Mul', 'Add', 'Clip', 'Floor', 'QuantizeLinear']);
    const old = await check({ opset: 10, inputs: { x: X }, outputs: { y: U }, nodes: [['Clip', ['x'], ['c'], { min: f(0), max: f(255) }], ['Cast', ['c'], ['y'], { to: 2 }]] }, 'form/cast-to-uint8');
    expect(old.ops).toEqual(['Floor', 'QuantizeLinear']);
  });
  test('a broken number stays an addition; a vector stays; without a Clip, with wide bounds and before opset 10 it is refused', async () => {
    const broken = await check({ inputs: { x: X }, outputs: { y: U }, nodes: tail, initializers: constants(0.5, 0, 255) }, 'form/cast-to-uint8');
    expect(broken.ops).toEqual(['Mul', 'Add', 'Floor', 'QuantizeLinear']);
    const vector = await check({ inputs: { x: X }, outputs: { y: U }, nodes: tail, initializers: { ...constants(3, 0, 255), k: Tensor.of('float32', [5], [1, 2, 3, 4, 5]) } }, 'form/cast-to-uint8');
    expect(vector.ops).toEqual(['Mul', 'Add', 'Floor', 'QuantizeLinear']);
    for (const [low, high] of [[0, 300], [-1, 255]] as const) {
      const wide = applyRewrites(buildModel({ inputs: { x: X }, outputs: { y: U }, nodes: tail, initializers: constants(0, low, high) }), formRewrites.filter(({ id }) => id === 'form/cast-to-uint8'));
      expect([wide.fired.length, wide.refused[0]?.reason]).toEqual([0, expect.stringContaining('not defined')]);
    }
    const bare = applyRewrites(buildModel({ inputs: { x: X }, outputs: { y: U }, nodes: [['Cast', ['x'], ['y'], { to: 2 }]] }), formRewrites.filter(({ id }) => id === 'form/cast-to-uint8'));
    expect(bare.fired).toEqual([]);
  });
});

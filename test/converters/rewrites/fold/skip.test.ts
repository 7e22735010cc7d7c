import { describe, expect, test } from 'vitest';
import { Tensor } from '../../../../models/onnx/index.ts';
import type { ModelSpec, NodeSpec } from '../../../support/build-model.ts';
import { checkFold, ops, reasons, weights } from './check.ts';

const conv = (kernel: readonly [number, number], attributes: Record<string, unknown>, group = 1, channels = 4): ModelSpec => ({
  inputs: { x: ['float32', [2, channels, 9, 7]] }, outputs: { y: ['float32', null] }, initializers: { w: weights(channels, channels / group, ...kernel), b: weights(channels) },
  nodes: [['Conv', ['x', 'w', 'b'], ['c'], { group, ...attributes } as NonNullable<NodeSpec[3]>], ['Add', ['c', 'x'], ['y']]],
});

describe('identity skip', () => {
  test.each([
    ['3×3', [3, 3], { pads: [1, 1, 1, 1] }, 1],
    ['1×1', [1, 1], {}, 1],
    ['3×5', [3, 5], { pads: [1, 2, 1, 2] }, 1],
    ['even kernel 2×2, pads at the end', [2, 2], { pads: [0, 0, 1, 1] }, 1],
    ['even kernel 4×4, uneven pads', [4, 4], { pads: [1, 2, 2, 1] }, 1],
    ['dilated', [3, 3], { pads: [2, 2, 2, 2], dilations: [2, 2] }, 1],
    ['grouped', [3, 3], { pads: [1, 1, 1, 1] }, 2],
    ['depthwise', [3, 3], { pads: [1, 1, 1, 1] }, 4],
    ['SAME_UPPER', [3, 3], { auto_pad: 'SAME_UPPER' }, 1],
    ['SAME_LOWER, even', [2, 2], { auto_pad: 'SAME_LOWER' }, 1],
  ] as const)('%s', async (_, kernel, attributes, group) => {
    const done = await checkFold(conv(kernel, attributes, group), ['fold/skip']);
    expect(ops(done)).toEqual(['Conv']);
  });

  test.each([[0.02, 56.2, 31.6], [0.05, 50.1, 32.8], [0.1, 45.7, 35.5], [0.2, 44.2, 39.2]])('int8 weight SNR as published for σ = %f: %f dB kept, %f folded', async (sigma, kept, folded) => {
    const spec = conv([3, 3], { pads: [1, 1, 1, 1] }, 1, 16);
    const w = Tensor.of('float32', [16, 16, 3, 3], weights(16, 16, 3, 3).numbers().map((v) => v * 2 * sigma));
    const facts = (await checkFold({ ...spec, initializers: { ...spec.initializers, w } }, ['fold/skip'])).fired[0]?.facts as Record<string, number>;
    expect(Math.abs((facts['int8 weight SNR kept, dB'] as number) - kept)).toBeLessThan(1);
    expect(Math.abs((facts['int8 weight SNR folded, dB'] as number) - folded)).toBeLessThan(1);
  });

  test('scaled by a scalar and by channel, subtracted, operands swapped', async () => {
    const base = conv([3, 3], { pads: [1, 1, 1, 1] });
    const c = base.nodes[0] as NodeSpec;
    for (const k of [weights(), weights(4, 1, 1)]) {
      expect(ops(await checkFold({ ...base, initializers: { ...base.initializers, k }, nodes: [c, ['Mul', ['k', 'x'], ['s']], ['Add', ['s', 'c'], ['y']]] }, ['fold/skip']))).toEqual(['Conv']);
    }
    expect(ops(await checkFold({ ...base, nodes: [c, ['Sub', ['x', 'c'], ['y']]] }, ['fold/skip']))).toEqual(['Conv']);
    expect(ops(await checkFold({ ...base, nodes: [c, ['Sub', ['c', 'x'], ['y']]] }, ['fold/skip']))).toEqual(['Conv']);
  });

  test('refused: the middle falls between taps', async () => {
    const done = await checkFold(conv([3, 3], { pads: [1, 1, 3, 3], dilations: [2, 2] }), ['fold/skip']);
    expect(done.fired).toEqual([]);
    expect(reasons(done)).toContain('tap');
  });

  test('refused: activation between, second consumer, graph output, weight from an input, broadcast skip', async () => {
    const base = conv([3, 3], { pads: [1, 1, 1, 1] });
    const c = base.nodes[0] as NodeSpec;
    const add: NodeSpec = ['Add', ['c', 'x'], ['y']];
    expect(reasons(await checkFold({ ...base, nodes: [c, ['Relu', ['c'], ['r']], ['Add', ['r', 'x'], ['y']]] }, ['fold/skip']))).toContain('Relu stands between');
    expect(reasons(await checkFold({ ...base, outputs: { y: ['float32', null], c: ['float32', null] } }, ['fold/skip']))).toContain('graph output');
    expect(reasons(await checkFold({ ...base, nodes: [c, ['Relu', ['c'], ['z']], add], outputs: { y: ['float32', null], z: ['float32', null] } }, ['fold/skip']))).toContain('other consumers');
    expect(reasons(await checkFold({ ...base, inputs: { ...base.inputs, w: ['float32', [4, 4, 3, 3]] } }, ['fold/skip']))).toContain('not constant');
    const broadcast: ModelSpec = { ...base, inputs: { x: ['float32', [1, 4, 1, 1]] }, nodes: [['Conv', ['x', 'w', 'b'], ['c'], { pads: [2, 2, 2, 2] }], add] };
    expect((await checkFold(broadcast, ['fold/skip'])).fired).toEqual([]);
  });

  test('fp16 weights stay fp16 and are rounded once', async () => {
    const base = conv([3, 3], { pads: [1, 1, 1, 1] });
    const half = (t: Tensor | undefined): Tensor => Tensor.of('float16', t?.dims ?? [], t?.numbers() ?? []);
    const done = await checkFold({ ...base, inputs: { x: ['float16', [2, 4, 9, 7]] }, outputs: { y: ['float16', null] }, initializers: { w: half(base.initializers?.w), b: half(base.initializers?.b) } }, ['fold/skip'], { tolerance: 2e-3 });
    expect(ops(done)).toEqual(['Conv']);
    expect([...done.model.graph.initializers].map((v) => v.initializer?.dtype)).toEqual(['float16', 'float16']);
  });

  test('dynamic height and width', async () => {
    const base = conv([3, 3], { pads: [1, 1, 1, 1] });
    expect(ops(await checkFold({ ...base, inputs: { x: ['float32', ['N', 4, 'H', 'W']] } }, ['fold/skip']))).toEqual(['Conv']);
  });

  test('NaN in the weights is refused', async () => {
    const base = conv([1, 1], {});
    const w = Tensor.of('float32', [4, 4, 1, 1], Array.from({ length: 16 }, (_, i) => (i === 3 ? Number.NaN : 1)));
    expect(reasons(await checkFold({ ...base, initializers: { ...base.initializers, w } }, ['fold/skip']))).toContain('not finite');
  });
});

describe('parallel branches', () => {
  const positive = Tensor.of('float32', [4], [0.5, 1, 2, 0.1]);
  const train = (more: NodeSpec[] = []): ModelSpec => ({
    inputs: { x: ['float32', [1, 4, 8, 6]] }, outputs: { y: ['float32', null] },
    initializers: { w3: weights(4, 4, 3, 3), w1: weights(4, 4, 1, 1), g: weights(4), be: weights(4), m: weights(4), v: positive },
    nodes: [
      ['Conv', ['x', 'w3'], ['c3'], { pads: [1, 1, 1, 1] }], ['BatchNormalization', ['c3', 'g', 'be', 'm', 'v'], ['n3']],
      ['Conv', ['x', 'w1'], ['c1']], ['BatchNormalization', ['c1', 'g', 'be', 'm', 'v'], ['n1']],
      ['BatchNormalization', ['x', 'g', 'be', 'm', 'v'], ['n0']], ['Add', ['n3', 'n1'], ['s']], ['Add', ['s', 'n0'], ['y']], ...more,
    ],
  });
  test('a RepVGG block becomes one convolution', async () => {
    expect(ops(await checkFold(train(), ['fold/batch-norm', 'fold/parallel'], { tolerance: 1e-5 }))).toEqual(['Conv']);
  });
  test('kernels of 1×3, 3×1, 3×3 and an average pool that counts its padding', async () => {
    const spec: ModelSpec = {
      inputs: { x: ['float32', [1, 4, 8, 6]] }, outputs: { y: ['float32', null] }, initializers: { a: weights(4, 4, 1, 3), b: weights(4, 4, 3, 1), c: weights(4, 4, 3, 3) },
      nodes: [
        ['Conv', ['x', 'a'], ['p'], { pads: [0, 1, 0, 1] }], ['Conv', ['x', 'b'], ['q'], { pads: [1, 0, 1, 0] }], ['Conv', ['x', 'c'], ['r'], { pads: [1, 1, 1, 1] }],
        ['AveragePool', ['x'], ['t'], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 }], ['Add', ['p', 'q'], ['s']], ['Sub', ['s', 'r'], ['u']], ['Add', ['u', 't'], ['y']],
      ],
    };
    expect(ops(await checkFold(spec, ['fold/parallel'], { tolerance: 1e-5 }))).toEqual(['Conv']);
  });
  test('an average pool that does not count its padding stays out', async () => {
    const spec: ModelSpec = {
      inputs: { x: ['float32', [1, 4, 8, 6]] }, outputs: { y: ['float32', null] }, initializers: { c: weights(4, 4, 3, 3) },
      nodes: [['Conv', ['x', 'c'], ['r'], { pads: [1, 1, 1, 1] }], ['AveragePool', ['x'], ['t'], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }], ['Add', ['r', 't'], ['y']]],
    };
    expect((await checkFold(spec, ['fold/parallel', 'fold/skip'])).fired).toEqual([]);
  });
  test('strided branches, and summands of another source stay in the sum', async () => {
    const spec: ModelSpec = {
      inputs: { x: ['float32', [1, 4, 9, 9]], z: ['float32', [1, 4, 5, 5]] }, outputs: { y: ['float32', null] }, initializers: { c: weights(4, 4, 3, 3), d: weights(4, 4, 1, 1) },
      nodes: [['Conv', ['x', 'c'], ['r'], { pads: [1, 1, 1, 1], strides: [2, 2] }], ['Conv', ['x', 'd'], ['t'], { strides: [2, 2] }], ['Sub', ['z', 'r'], ['s']], ['Add', ['s', 't'], ['y']]],
    };
    expect(ops(await checkFold(spec, ['fold/parallel']))).toEqual(['Conv', 'Add']);
  });
  test('a dense kernel that would cost more than grouped branches is refused', async () => {
    const spec: ModelSpec = {
      inputs: { x: ['float32', [1, 8, 6, 6]] }, outputs: { y: ['float32', null] }, initializers: { c: weights(8, 1, 3, 3), d: weights(8, 8, 1, 1) },
      nodes: [['Conv', ['x', 'c'], ['r'], { pads: [1, 1, 1, 1], group: 8 }], ['Conv', ['x', 'd'], ['t']], ['Add', ['r', 't'], ['y']]],
    };
    expect(reasons(await checkFold(spec, ['fold/parallel']))).toContain('cost more');
  });
});

import { describe, expect, test } from 'vitest';
import { Tensor } from '../../../../models/onnx/index.ts';
import type { ModelSpec, NodeSpec } from '../../../support/build-model.ts';
import { checkFold, ops, reasons, weights } from './check.ts';

const positive = (n: number): Tensor => Tensor.of('float32', [n], Array.from({ length: n }, (_, i) => 0.3 + i * 0.1));
const batchNorm = { gamma: weights(6), beta: weights(6), mean: weights(6), variance: positive(6) };

function convThen(nodes: NodeSpec[], initializers: Record<string, Tensor>, more: Partial<ModelSpec> = {}): ModelSpec {
  return {
    inputs: { x: ['float32', [2, 4, 9, 7]] }, outputs: { y: ['float32', null] }, initializers: { w: weights(6, 4, 3, 3), b: weights(6), ...initializers },
    nodes: [['Conv', ['x', 'w', 'b'], ['c'], { pads: [1, 0, 2, 1] }, { name: 'conv' }], ...nodes], ...more,
  };
}

const BN: NodeSpec = ['BatchNormalization', ['c', 'gamma', 'beta', 'mean', 'variance'], ['y']];

describe('Conv → BatchNormalization', () => {
  test.each([7, 9, 14, 15, 17])('opset %i, uneven pads, batch 2', async (opset) => {
    const done = await checkFold(convThen([BN], batchNorm, { opset }), ['fold/batch-norm']);
    expect(ops(done)).toEqual(['Conv']);
  });
  test('without a bias, and with "" as bias', async () => {
    for (const inputs of [['x', 'w'], ['x', 'w', '']]) {
      const spec = convThen([BN], batchNorm);
      expect(ops(await checkFold({ ...spec, nodes: [['Conv', inputs, ['c'], {}], BN] }, ['fold/batch-norm']))).toEqual(['Conv']);
    }
  });
  test('grouped and transposed convolutions (OnnxSlim crashes)', async () => {
    const grouped = convThen([BN], { ...batchNorm, w: weights(6, 2, 3, 3) });
    expect(ops(await checkFold({ ...grouped, nodes: [['Conv', ['x', 'w', 'b'], ['c'], { group: 2 }], BN] }, ['fold/batch-norm']))).toEqual(['Conv']);
    const transposed = convThen([BN], { ...batchNorm, w: weights(4, 3, 3, 3) });
    const nodes: NodeSpec[] = [['ConvTranspose', ['x', 'w', 'b'], ['c'], { group: 2, strides: [2, 2], output_padding: [1, 0] }], BN];
    expect(ops(await checkFold({ ...transposed, nodes }, ['fold/batch-norm']))).toEqual(['ConvTranspose']);
  });
  test('in training mode it stays (onnxscript folds it, off by 24)', async () => {
    const spec = convThen([['BatchNormalization', ['c', 'gamma', 'beta', 'mean', 'variance'], ['y', 'm', 'v'], { training_mode: 1 }]], batchNorm, { outputs: { y: ['float32', null], m: ['float32', null] } });
    const done = await checkFold(spec, ['fold/batch-norm']);
    expect(done.fired).toEqual([]);
    expect(reasons(done)).toContain('training mode');
  });
  test('negative variance, shared convolution, output of the graph, overridable parameters: refused with the reason', async () => {
    const negative = await checkFold(convThen([BN], { ...batchNorm, variance: Tensor.of('float32', [6], [1, 1, 1, 1, 1, -1]) }), ['fold/batch-norm']);
    expect(reasons(negative)).toContain('not positive');
    const shared = await checkFold(convThen([BN, ['Relu', ['c'], ['z']]], batchNorm, { outputs: { y: ['float32', null], z: ['float32', null] } }), ['fold/batch-norm']);
    expect(reasons(shared)).toContain('other consumers');
    const seen = await checkFold(convThen([BN], batchNorm, { outputs: { y: ['float32', null], c: ['float32', null] } }), ['fold/batch-norm']);
    expect(reasons(seen)).toContain('graph output');
    const overridable = await checkFold(convThen([BN], batchNorm, { inputs: { x: ['float32', [2, 4, 9, 7]], gamma: ['float32', [6]] } }), ['fold/batch-norm']);
    expect(reasons(overridable)).toContain('not constant');
  });
  test('a weight that two convolutions share is copied', async () => {
    const done = await checkFold(convThen([BN, ['Conv', ['x', 'w'], ['z']]], batchNorm, { outputs: { y: ['float32', null], z: ['float32', null] } }), ['fold/batch-norm']);
    expect(ops(done).sort()).toEqual(['Conv', 'Conv']);
  });
});

describe('Conv → constants', () => {
  const shapes: [string, Tensor][] = [['[C,1,1]', weights(6, 1, 1)], ['[1,C,1,1]', weights(1, 6, 1, 1)], ['scalar', weights()], ['[1]', weights(1)]];
  test.each(['Add', 'Sub', 'Mul', 'Div'].flatMap((op) => shapes.map(([name, k]) => [op, name, k] as const)))('%s %s', async (op, _, k) => {
    expect(ops(await checkFold(convThen([[op, ['c', 'k'], ['y']]], { k }), ['fold/affine'], { tolerance: 1e-5 }))).toEqual(['Conv']);
  });
  test('constant first: Sub and Mul fold, Div does not', async () => {
    expect(ops(await checkFold(convThen([['Sub', ['k', 'c'], ['y']]], { k: weights(6, 1, 1) }), ['fold/affine']))).toEqual(['Conv']);
    expect(ops(await checkFold(convThen([['Mul', ['k', 'c'], ['y']]], { k: weights(6, 1, 1) }), ['fold/affine']))).toEqual(['Conv']);
    expect(reasons(await checkFold(convThen([['Div', ['k', 'c'], ['y']]], { k: weights(6, 1, 1) }), ['fold/affine'], { tolerance: 1 }))).toContain('divides a constant');
  });
  test.each([['(W,)', [6]], ['(1,1,1,W)', [1, 1, 1, 6]], ['(H,1)', [6, 1]]])('a constant of shape %s with as many entries as channels is not per channel', async (_, dims) => {
    for (const op of ['Add', 'Mul']) {
      const done = await checkFold(convThen([[op, ['c', 'k'], ['y']]], { k: weights(...dims) }, { nodes: [['Conv', ['x', 'w', 'b'], ['c']], [op, ['c', 'k'], ['y']]], inputs: { x: ['float32', [1, 4, 8, 8]] } }), ['fold/affine']);
      expect(done.fired).toEqual([]);
    }
  });
  test('a constant that widens the result stays', async () => {
    const done = await checkFold(convThen([['Add', ['c', 'k'], ['y']]], { k: weights(3, 1, 6, 1, 1) }), ['fold/affine']);
    expect(done.fired).toEqual([]);
  });
});

describe('constants → Conv', () => {
  const before = (node: NodeSpec, pads: number[], initializers: Record<string, Tensor>): ModelSpec => ({
    inputs: { x: ['float32', [1, 4, 6, 6]] }, outputs: { y: ['float32', null] }, initializers: { w: weights(6, 2, 3, 3), b: weights(6), ...initializers },
    nodes: [node, ['Conv', ['a', 'w', 'b'], ['y'], { pads, group: 2 }]],
  });
  test('a scale folds under padding, a shift only without', async () => {
    const k = weights(4, 1, 1);
    expect(ops(await checkFold(before(['Mul', ['x', 'k'], ['a']], [1, 1, 1, 1], { k }), ['fold/affine-forward']))).toEqual(['Conv']);
    expect(ops(await checkFold(before(['Add', ['x', 'k'], ['a']], [0, 0, 0, 0], { k }), ['fold/affine-forward']))).toEqual(['Conv']);
    expect(reasons(await checkFold(before(['Add', ['x', 'k'], ['a']], [1, 0, 0, 0], { k }), ['fold/affine-forward']))).toContain('border');
  });
  test('BatchNormalization before a convolution', async () => {
    const parameters = { gamma: weights(4), beta: weights(4), mean: weights(4), variance: positive(4) };
    const node: NodeSpec = ['BatchNormalization', ['x', 'gamma', 'beta', 'mean', 'variance'], ['a']];
    expect(ops(await checkFold(before(node, [0, 0, 0, 0], parameters), ['fold/affine-forward']))).toEqual(['Conv']);
    expect(reasons(await checkFold(before(node, [1, 1, 1, 1], parameters), ['fold/affine-forward']))).toContain('border');
  });
});

import { expect, test } from 'vitest';
import { Tensor } from '../../models/onnx/index.ts';
import { buildGraph, buildModel } from './build-model.ts';
import { ndarray, runOrt } from './ort.ts';

test('a built model runs in ONNX Runtime', async () => {
  const model = buildModel({
    inputs: { x: ['float32', [1, 'C']] },
    outputs: { y: ['float32', [1, 'C']] },
    initializers: { two: Tensor.of('float32', [], [2]) },
    nodes: [['Mul', ['x', 'two'], ['y'], {}, { name: 'double' }]],
  });
  const y = (await runOrt(model, { x: ndarray('float32', [1, 3], [1, -2, 0.5]) })).get('y');
  expect(y?.dims).toEqual([1, 3]);
  expect([...(y?.data as Float32Array)]).toEqual([2, -4, 1]);
});

test('subgraphs capture outer values', async () => {
  const branch = (op: string) => ({ graph: buildGraph({ inputs: {}, outputs: { r: ['float32', [2]] }, nodes: [[op, ['x'], ['r']]] }) });
  const model = buildModel({
    inputs: { c: ['bool', []], x: ['float32', [2]] },
    outputs: { y: ['float32', [2]] },
    nodes: [['If', ['c'], ['y'], { then_branch: branch('Neg'), else_branch: branch('Abs') }]],
  });
  const y = (await runOrt(model, { c: ndarray('bool', [], [1]), x: ndarray('float32', [2], [1, -2]) })).get('y');
  expect([...(y?.data as Float32Array)]).toEqual([-1, 2]);
});

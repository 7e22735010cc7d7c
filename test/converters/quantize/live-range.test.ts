import { expect, test } from 'vitest';
import { liveRange, type Range } from '../../../converters/quantize/live-range.ts';
import { inferShapes, Model, type Value } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { Prng } from '../../../models/run/index.ts';
import { buildModel } from '../../support/build-model.ts';

function graphOf(activation: 'Relu' | 'Clip'): Map<string, Value> {
  const model = new Model(buildModel({
    inputs: { x: ['float32', [4]], z: ['float32', [4]] }, outputs: { y: ['float32', [4]] }, initializers: { lo: Tensor.of('float32', [], [-1]), hi: Tensor.of('float32', [], [2]) },
    nodes: [['Abs', ['x'], ['b']], ['Neg', ['z'], ['a']], ['Add', ['a', 'b'], ['s']], [activation, activation === 'Clip' ? ['s', 'lo', 'hi'] : ['s'], ['y']]],
  }));
  inferShapes(model);
  return model.graph.values;
}

test.each([['Relu', [0, Number.POSITIVE_INFINITY]], ['Clip', [-1, 2]]] as const)('%s: what is cut off never shows', (activation, [low, high]) => {
  const values = graphOf(activation);
  const beside: Range = [-0.5, 1.5];
  const [l, h] = liveRange(values.get('a') as Value, [-9, 7], (v) => (v.name === 'b' ? beside : null));
  expect([l, h]).not.toEqual([-9, 7]);
  const act = (v: number): number => Math.min(high, Math.max(low, v));
  const prng = new Prng(1);
  for (let i = 0; i < 2000; i++) {
    const [a, b] = [-9 + 16 * prng.uniform(), -0.5 + 2 * prng.uniform()];
    expect(act(Math.min(h, Math.max(l, a)) + b)).toBeCloseTo(act(a + b), 12);
  }
});

test('nothing is cut where the sum has other uses, or the other range is unknown', () => {
  const values = graphOf('Relu');
  expect(liveRange(values.get('a') as Value, [-9, 7], () => null)).toEqual([-9, 7]);
  expect(liveRange(values.get('s') as Value, [-9, 7], () => [0, 1])).toEqual([-9, 7]);
});

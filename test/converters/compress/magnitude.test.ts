import { describe, expect, test } from 'vitest';
import { trueSparsity } from '../../../converters/compress/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { generateNetwork } from '../../../models/zoo/index.ts';
import { buildGraph, buildModel, type ModelSpec, type NodeSpec } from '../../support/build-model.ts';
import { compress, differenceOf, feedOf, initializer, modelOf, normal, withInitializers } from '../../support/compress.ts';

const two = (initializers: Record<string, Tensor>, more: Partial<ModelSpec> = {}, nodes: readonly NodeSpec[] = [['MatMul', ['x', 'a'], ['h']], ['MatMul', ['h', 'b'], ['y']]]): ModelSpec =>
  ({ inputs: { x: ['float32', [2, 4]] }, outputs: { y: ['float32', null] }, nodes, initializers, ...more });

/** What should be left: sorted by magnitude with plain JavaScript, on all weights or on each. */
function expected(weights: readonly Tensor[], share: number, each: boolean): number[][] {
  const all = weights.flatMap((tensor, t) => [...tensor.numbers()].map((value, i) => ({ t, i, value })));
  const out = weights.map((tensor) => [...tensor.numbers()]);
  for (const group of each ? weights.map((_, t) => all.filter((entry) => entry.t === t)) : [all]) {
    const sorted = [...group].sort((p, q) => Math.abs(p.value) - Math.abs(q.value) || p.t - q.t || p.i - q.i);
    for (const { t, i } of sorted.slice(0, Math.floor(share * group.length))) (out[t] as number[])[i] = 0;
  }
  return out;
}

describe('the smallest weights go', () => {
  const [a, b] = [normal([4, 5], 1), normal([5, 3], 2, 3)];
  const ties = [Tensor.of('float32', [4, 5], new Array<number>(20).fill(0.5)), Tensor.of('float32', [5, 3], Array.from({ length: 15 }, (_, i) => (i % 2 ? -0.5 : 0)))] as const;

  test.each([
    ['of the model', a, b, 'magnitude:0.5', false], ['of each layer', a, b, 'magnitude:0.5:layer', true], ['of equals the first, zeros that were there counted', ...ties, 'magnitude:0.6', false],
    ['nearly all', a, b, 'magnitude:.99', false], ['equals in each layer', ...ties, 'magnitude:0.6:layer', true],
  ] as const)('%s', async (_, p, q, spec, each) => {
    const { model, log } = await compress(two({ a: p, b: q }), spec);
    const share = Number(spec.split(':')[1]);
    const wanted = expected([p, q], share, each);
    const proto = model.toProto();
    expect([initializer(proto, 'a'), initializer(proto, 'b')].map((tensor) => [...tensor.numbers()].map((v) => v + 0))).toEqual(wanted);
    expect(trueSparsity(model).zeros).toBe(wanted.flat().filter((v) => v === 0).length);
    expect(log.steps[0]?.facts['zero weights']).toBe(each ? Math.floor(share * 20) + Math.floor(share * 15) : Math.floor(share * 35));
  });

  test('what stays keeps its bits: denormals, −0, NaN, infinities', async () => {
    const odd = Tensor.of('float32', [4, 2], [Number.NaN, Infinity, -Infinity, 1e-45, -0, 3e38, 1, 2]);
    const { model } = await compress(two({ a: odd, b: normal([2, 3], 1, 100) }), 'magnitude:0.25');
    expect([...initializer(model.toProto(), 'a').numbers()].map((v) => v + 0)).toEqual([Number.NaN, Infinity, -Infinity, 0, 0, Math.fround(3e38), 0, 2]);
  });

  test('a weight that is no number is never the smallest', async () => {
    const { model } = await compress(two({ a: Tensor.of('float32', [4, 1], [Number.NaN, Number.NaN, Number.NaN, 1]), b: Tensor.of('float32', [1, 1], [2]) }), 'magnitude:0.9');
    expect([...initializer(model.toProto(), 'a').numbers()]).toEqual([Number.NaN, Number.NaN, Number.NaN, 0]);
  });

  test('a shared weight is pruned once and counted once', async () => {
    const { model } = await compress(two({ a: normal([4, 4], 1) }, {}, [['MatMul', ['x', 'a'], ['h']], ['MatMul', ['h', 'a'], ['y']]]), 'magnitude:0.5');
    expect(trueSparsity(model)).toMatchObject({ weights: 16, zeros: 8, layers: [{ weight: 'a', weights: 16 }] });
    expect(model.graph.initializers.size).toBe(1);
  });

  test('codes go to their zero point, by the size that they stand for', async () => {
    const spec = two({
      q: Tensor.of('uint8', [4, 2], [130, 100, 129, 90, 120, 110, 200, 128]), s: Tensor.of('float32', [2], [1, 0.01]), z: Tensor.of('uint8', [2], [128, 100]), b: normal([2, 3], 1, 100),
    }, {}, [['DequantizeLinear', ['q', 's', 'z'], ['a'], { axis: 1 }], ['MatMul', ['x', 'a'], ['h']], ['MatMul', ['h', 'b'], ['y']]]);
    const { model } = await compress(spec, 'magnitude:0.5:layer');
    expect([...initializer(model.toProto(), 'q').numbers()]).toEqual([130, 100, 129, 100, 120, 100, 200, 100]);
    expect(trueSparsity(model).layers[0]?.zeros).toBe(4);
  });

  test('behind a Transpose, and in a Constant node', async () => {
    const spec = two({ t: normal([5, 4], 1) }, {}, [['Constant', [], ['b'], { value: normal([5, 3], 2) }], ['Transpose', ['t'], ['a']], ['MatMul', ['x', 'a'], ['h']], ['MatMul', ['h', 'b'], ['y']]]);
    const { model } = await compress(spec, 'magnitude:0.4:layer');
    expect(trueSparsity(model).layers.map(({ zeros }) => zeros)).toEqual([8, 6]);
    expect(await differenceOf(model.toProto(), buildModel(spec), feedOf(model))).toBeGreaterThan(0);
  });

  test('a network computes what it does with the same weights zeroed by hand', async () => {
    const proto = generateNetwork('quicksrnet-small', { size: [8, 8] }).model;
    const names = ['cnn.0.weight', 'cnn.2.weight', 'cnn.4.weight', 'conv_last.weight'];
    const kept = expected(names.map((name) => initializer(proto, name)), 0.3, false);
    const byHand = withInitializers(proto, Object.fromEntries(names.map((name, i) => [name, Tensor.of('float32', initializer(proto, name).dims, kept[i] as number[])])));
    const { model } = await compress(proto, 'magnitude:0.3');
    expect(await differenceOf(model.toProto(), byHand, feedOf(model))).toBe(0);
  });
});

describe('weights that somebody else sees stay', () => {
  test.each([
    ['an output', two({ a: normal([4, 5], 1), b: normal([5, 3], 2) }, { outputs: { y: ['float32', null], a: ['float32', [4, 5]] } }), /output of the model/],
    ['another operator', two({ a: normal([4, 5], 1), b: normal([5, 3], 2) }, { outputs: { y: ['float32', null], r: ['float32', null] } }, [['MatMul', ['x', 'a'], ['h']], ['MatMul', ['h', 'b'], ['y']], ['Relu', ['a'], ['r'], {}, { name: 'other' }]]), /other \(Relu\) uses it too/],
    ['a subgraph', two({ a: normal([4, 5], 1), b: normal([5, 3], 2), f: Tensor.of('bool', [], [1]) }, { outputs: { y: ['float32', null], r: ['float32', null] } }, [['MatMul', ['x', 'a'], ['h']], ['MatMul', ['h', 'b'], ['y']], ['If', ['f'], ['r'], {
      then_branch: { graph: buildGraph({ inputs: {}, outputs: { t: ['float32', null] }, nodes: [['Relu', ['a'], ['t']]] }) }, else_branch: { graph: buildGraph({ inputs: {}, outputs: { e: ['float32', null] }, nodes: [['Neg', ['a'], ['e']]] }) },
    }]]), /a subgraph uses it/],
  ] satisfies [string, ModelSpec, RegExp][])('%s', async (_, spec, reason) => {
    const { model, log } = await compress(spec, 'magnitude:0.5');
    expect(log.steps[0]?.kept).toEqual([{ where: 'a', reason: expect.stringMatching(reason) }]);
    expect([...initializer(model.toProto(), 'a').numbers()]).toEqual([...normal([4, 5], 1).numbers()]);
    expect(trueSparsity(model).zeros).toBe(7);
  });

  test('initializers that callers may feed are no weights', async () => {
    const spec = two({ a: normal([4, 5], 1), b: normal([5, 3], 2) }, { inputs: { x: ['float32', [2, 4]], a: ['float32', [4, 5]] } });
    expect(trueSparsity(modelOf(spec))).toMatchObject({ weights: 15 });
    const { log } = await compress(spec, 'magnitude:0.5');
    expect(log.steps[0]?.changes.map(({ where }) => where)).toEqual(['b']);
  });
});

import { describe, expect, test } from 'vitest';
import { modelCost } from '../../../models/graph/index.ts';
import { readModel, Tensor } from '../../../models/onnx/index.ts';
import { generateNetwork } from '../../../models/zoo/index.ts';
import { buildModel, type ModelSpec, type NodeSpec } from '../../support/build-model.ts';
import { compress, differenceOf, feedOf, initializer, modelOf, normal, withInitializers, zeroedAlong } from '../../support/compress.ts';
import { fixture } from '../../support/paths.ts';

/** Float32 sums in another order. */
const SAME = 2e-6;

/** Rows of the layer behind that belong to heads: `width` each. */
const rows = (heads: readonly number[], width: number): number[] => heads.flatMap((head) => Array.from({ length: width }, (_, i) => head * width + i));

describe('exports of a window attention, 3 heads of 8, equal to the same with the columns of the projection zeroed', () => {
  test.each([
    ['window_attention_op17', 'onnx::MatMul_199'],
    ['window_attention_batch4_op17', 'onnx::MatMul_199'],
    ['window_attention_op11', 'onnx::MatMul_193'],
  ])('%s', async (name, projection) => {
    const { proto } = readModel(fixture('exports', `${name}.onnx`));
    const { model, log } = await compress(proto, 'heads:0.4');
    const [change] = log.steps[0]?.changes ?? [];
    expect([change?.changed, change?.of]).toEqual([1, 3]);
    const reference = withInitializers(proto, { [projection]: zeroedAlong(initializer(proto, projection), 0, rows(change?.which ?? [], 8)) });
    expect(await differenceOf(model.toProto(), reference, feedOf(model))).toBeLessThan(SAME);
    const weights = modelOf(model.toProto()).graph.initializers;
    expect([...weights].map(({ initializer: tensor }) => tensor?.dims.join())).toEqual(expect.arrayContaining(['24,48', '48', '16,24']));
  });
});

describe('SwinIR: shifted windows with masks, position biases', () => {
  test.each([['heads:0.5', 3], ['heads:0.2', 1]])('%s of six in both blocks', async (spec, each) => {
    const proto = generateNetwork('swinir-one-group', { size: [16, 16] }).model;
    const { model, log } = await compress(proto, spec);
    const changes = log.steps[0]?.changes ?? [];
    expect(changes.map(({ changed, of }) => [changed, of])).toEqual([[each, 6], [each, 6]]);
    const zeroed = Object.fromEntries(changes.map(({ which = [] }, block) => {
      const name = `layers.0.residual_group.blocks.${block}.attn.proj.weight`;
      return [name, zeroedAlong(initializer(proto, name), 0, rows(which, 10))];
    }));
    expect(await differenceOf(model.toProto(), withInitializers(proto, zeroed), feedOf(model))).toBeLessThan(SAME);
    const bias = [...modelOf(model.toProto()).graph.initializers].find(({ name }) => name.endsWith('blocks.0.attn.relative_position_bias'));
    expect(bias?.initializer?.dims).toEqual([1, 6 - each, 64, 64]);
    expect(modelCost(model).macs).toBeLessThan(modelCost(modelOf(proto)).macs as number);
  });

  test.each([11, 13, 18, 20])('opset %i', async (opset) => {
    const proto = generateNetwork('swinir-one-group', { size: [16, 16], opset }).model;
    const { model, log } = await compress(proto, 'heads:0.5');
    const zeroed = Object.fromEntries((log.steps[0]?.changes ?? []).map(({ which = [] }, block) => {
      const name = `layers.0.residual_group.blocks.${block}.attn.proj.weight`;
      return [name, zeroedAlong(initializer(proto, name), 0, rows(which, 10))];
    }));
    expect(Object.keys(zeroed)).toHaveLength(2);
    expect(await differenceOf(model.toProto(), withInitializers(proto, zeroed), feedOf(model))).toBeLessThan(SAME);
  });

  test('heads, then units of the perceptrons, then half precision', async () => {
    const proto = generateNetwork('swinir-one-group', { size: [16, 16] }).model;
    const { log } = await compress(proto, 'heads:0.5+neurons:0.25+fp16-storage');
    expect(log.steps.map(({ step }) => step.kind)).toEqual(['heads', 'neurons', 'storage']);
  });
});

/** Attention over 6 places, 4 heads of 3, in the ways in which exporters write it. */
const spec = (nodes: readonly NodeSpec[], initializers: Record<string, Tensor> = {}, more: Partial<ModelSpec> = {}): ModelSpec => ({
  inputs: { x: ['float32', [2, 6, 12]] }, outputs: { y: ['float32', null] }, nodes, ...more,
  initializers: {
    wq: normal([12, 12], 1), wk: normal([12, 12], 2), wv: normal([12, 12], 3), bq: normal([12], 4), wo: normal([12, 7], 5), wqkv: normal([12, 36], 6), bqkv: normal([36], 7),
    split: Tensor.of('int64', [4], [2, 6, 4, 3]), merged: Tensor.of('int64', [3], [0, 6, 12]), scale: Tensor.of('float32', [], [0.577]), bias: normal([4, 6, 6], 8), thirds: Tensor.of('int64', [3], [12, 12, 12]), ...initializers,
  },
});

const heads = (from: string, to: string, perm: readonly number[]): NodeSpec[] => [['Reshape', [from, 'split'], [`${to}_r`]], ['Transpose', [`${to}_r`], [to], { perm }]];
const attend: NodeSpec[] = [
  ['MatMul', ['q', 'k'], ['s']], ['Mul', ['s', 'scale'], ['ss']], ['Add', ['ss', 'bias'], ['sb']], ['Softmax', ['sb'], ['p'], { axis: -1 }, { name: 'softmax' }], ['MatMul', ['p', 'v'], ['o']],
  ['Transpose', ['o'], ['ot'], { perm: [0, 2, 1, 3] }], ['Reshape', ['ot', 'merged'], ['om']], ['MatMul', ['om', 'wo'], ['y']],
];
const K = [0, 2, 3, 1];
const Q = [0, 2, 1, 3];

describe('other ways to write an attention', () => {
  test.each([
    ['three layers', spec([['MatMul', ['x', 'wq'], ['q0']], ['Add', ['q0', 'bq'], ['q1']], ['MatMul', ['x', 'wk'], ['k0']], ['MatMul', ['x', 'wv'], ['v0']], ...heads('q1', 'q', Q), ...heads('k0', 'k', K), ...heads('v0', 'v', Q), ...attend])],
    ['one layer, split behind', spec([['MatMul', ['x', 'wqkv'], ['a']], ['Add', ['bqkv', 'a'], ['b']], ['Split', ['b', 'thirds'], ['q0', 'k0', 'v0'], { axis: 2 }], ...heads('q0', 'q', Q), ...heads('k0', 'k', K), ...heads('v0', 'v', Q), ...attend])],
    ['one layer, sliced behind', spec([['MatMul', ['x', 'wqkv'], ['b']], ...[['q0', 'z', 't1'], ['k0', 't1', 't2'], ['v0', 't2', 'end']].map(([out = '', from = '', to = '']): NodeSpec => ['Slice', ['b', from, to, 'ax'], [out]]), ...heads('q0', 'q', Q), ...heads('k0', 'k', K), ...heads('v0', 'v', Q), ...attend],
      { z: Tensor.of('int64', [1], [0]), t1: Tensor.of('int64', [1], [12]), t2: Tensor.of('int64', [1], [24]), end: Tensor.of('int64', [1], [2n ** 62n]), ax: Tensor.of('int64', [1], [-1]) })],
    ['position biases looked up in a table', spec([['Gather', ['table', 'index'], ['g'], { axis: 0 }], ['Reshape', ['g', 'square'], ['r']], ['Transpose', ['r'], ['bias0'], { perm: [2, 0, 1] }], ['Unsqueeze', ['bias0', 'first'], ['biasT']], ['MatMul', ['x', 'wq'], ['q0']], ['MatMul', ['x', 'wk'], ['k0']], ['MatMul', ['x', 'wv'], ['v0']], ...heads('q0', 'q', Q), ...heads('k0', 'k', K), ...heads('v0', 'v', Q), ...attend.map((node): NodeSpec => (node[1].includes('bias') ? ['Add', ['ss', 'biasT'], ['sb']] : node))],
      { table: normal([11, 4], 9), index: Tensor.of('int64', [36], Array.from({ length: 36 }, (_, i) => i % 11)), square: Tensor.of('int64', [3], [6, 6, 4]), first: Tensor.of('int64', [1], [0]) })],
    ['a temperature for each head, normalised queries', spec([['MatMul', ['x', 'wq'], ['q0']], ['MatMul', ['x', 'wk'], ['k0']], ['MatMul', ['x', 'wv'], ['v0']], ...heads('q0', 'qh', Q), ['Mul', ['qh', 'temperature'], ['q']], ...heads('k0', 'k', K), ...heads('v0', 'v', Q), ...attend], { temperature: normal([4, 1, 1], 10) })],
    ['heads merged with the batch', spec([['MatMul', ['x', 'wq'], ['q0']], ['MatMul', ['x', 'wk'], ['k0']], ['MatMul', ['x', 'wv'], ['v0']], ...['q', 'k', 'v'].flatMap((each): NodeSpec[] => [...heads(`${each}0`, `${each}h`, each === 'k' ? K : Q), ['Reshape', [`${each}h`, each === 'k' ? 'flatT' : 'flat'], [each]]]),
      ['MatMul', ['q', 'k'], ['s']], ['Softmax', ['s'], ['p'], {}, { name: 'softmax' }], ['MatMul', ['p', 'v'], ['o0']], ['Reshape', ['o0', 'back'], ['o']], ...attend.slice(5)],
      { flat: Tensor.of('int64', [3], [8, 6, 3]), flatT: Tensor.of('int64', [3], [8, 3, 6]), back: Tensor.of('int64', [4], [2, 4, 6, 3]) })],
  ] satisfies [string, ModelSpec][])('%s', async (_, model) => {
    const proto = buildModel(model);
    const { model: after, log } = await compress(proto, 'heads:0.5');
    const [change] = log.steps[0]?.changes ?? [];
    expect([change?.where, change?.changed, change?.of]).toEqual(['softmax', 2, 4]);
    const reference = withInitializers(proto, { wo: zeroedAlong(initializer(proto, 'wo'), 0, rows(change?.which ?? [], 3)) });
    expect(await differenceOf(after.toProto(), reference, feedOf(after))).toBeLessThan(SAME);
    expect(modelCost(after).parameters).toBeLessThan(modelCost(modelOf(proto)).parameters * 0.75);
  });

  test('open batch: sizes that the file computes from shapes', async () => {
    const sized: NodeSpec[] = [['Shape', ['x'], ['sh']], ['Gather', ['sh', 'i0'], ['n'], { axis: 0 }], ['Unsqueeze', ['n', 'first'], ['n1']], ['Concat', ['n1', 'six', 'four', 'three'], ['split'], { axis: 0 }], ['Concat', ['n1', 'six', 'twelve'], ['merged'], { axis: 0 }]];
    const { split: _s, merged: _m, ...initializers } = spec([]).initializers as Record<string, Tensor>;
    const int = (value: number): Tensor => Tensor.of('int64', [1], [value]);
    const model: ModelSpec = {
      inputs: { x: ['float32', ['N', 6, 12]] }, outputs: { y: ['float32', null] },
      nodes: [...sized, ['MatMul', ['x', 'wq'], ['q0']], ['MatMul', ['x', 'wk'], ['k0']], ['MatMul', ['x', 'wv'], ['v0']], ...heads('q0', 'q', Q), ...heads('k0', 'k', K), ...heads('v0', 'v', Q), ...attend],
      initializers: { ...initializers, i0: Tensor.of('int64', [], [0]), first: int(0), six: int(6), four: int(4), three: int(3), twelve: int(12) },
    };
    const proto = buildModel(model);
    const { model: after, log } = await compress(proto, 'heads:0.25');
    const which = log.steps[0]?.changes[0]?.which ?? [];
    const reference = withInitializers(proto, { wo: zeroedAlong(initializer(proto, 'wo'), 0, rows(which, 3)) });
    for (const N of [1, 5]) expect(await differenceOf(after.toProto(), reference, feedOf(after, { N }))).toBeLessThan(SAME);
  });

  test.each([
    ['a softmax over heads', spec([['MatMul', ['x', 'wq'], ['q0']], ['MatMul', ['x', 'wk'], ['k0']], ['MatMul', ['x', 'wv'], ['v0']], ...heads('q0', 'q', Q), ...heads('k0', 'k', K), ...heads('v0', 'v', Q), ...attend.map((node): NodeSpec => (node[0] === 'Softmax' ? ['Softmax', ['sb'], ['p'], { axis: 1 }, { name: 'softmax' }] : node))]), /mixes them/],
    ['weights of the attention that are an output', spec([['MatMul', ['x', 'wq'], ['q0']], ['MatMul', ['x', 'wk'], ['k0']], ['MatMul', ['x', 'wv'], ['v0']], ...heads('q0', 'q', Q), ...heads('k0', 'k', K), ...heads('v0', 'v', Q), ...attend], {}, { outputs: { y: ['float32', null], p: ['float32', null] } }), /"p" is an output/],
    ['queries that are an input', spec([['MatMul', ['x', 'wk'], ['k0']], ['MatMul', ['x', 'wv'], ['v0']], ...heads('x', 'q', Q), ...heads('k0', 'k', K), ...heads('v0', 'v', Q), ...attend]), /comes from no layer/],
  ] satisfies [string, ModelSpec, RegExp][])('%s is refused', async (_, model, reason) => {
    await expect(compress(model, 'heads:0.5')).rejects.toMatchObject({ exitCode: 2, nextSteps: [expect.stringMatching(reason)] });
  });

  test('models without attention have no heads', async () => {
    const proto = generateNetwork('quicksrnet-small', { size: [8, 8] }).model;
    await expect(compress(proto, 'heads:0.5')).rejects.toThrow(/finds nothing to change/);
  });
});

import { describe, expect, test } from 'vitest';
import type { Compressed } from '../../../converters/compress/index.ts';
import { modelCost } from '../../../models/graph/index.ts';
import { readModel, Tensor } from '../../../models/onnx/index.ts';
import { generateNetwork } from '../../../models/zoo/index.ts';
import { buildGraph, buildModel, type ModelSpec, type NodeSpec } from '../../support/build-model.ts';
import { compress, differenceOf, feedOf, initializer, modelOf, normal, withInitializers, zeroedAlong } from '../../support/compress.ts';
import { fixture } from '../../support/paths.ts';

/** Float32 sums in another order. */
const SAME = 2e-6;

const chain = (nodes: readonly NodeSpec[], more: Partial<ModelSpec> = {}): ModelSpec => ({
  inputs: { x: ['float32', [1, 3, 9, 9]] }, outputs: { y: ['float32', null] }, nodes,
  ...more,
  initializers: { w1: normal([8, 3, 3, 3], 1), b1: normal([8], 2), w2: normal([5, 8, 3, 3], 3), b2: normal([5], 4), ...more.initializers },
});

const first: NodeSpec = ['Conv', ['x', 'w1', 'b1'], ['c'], { pads: [1, 1, 1, 1] }, { name: 'first' }];
const second: NodeSpec = ['Conv', ['h', 'w2', 'b2'], ['y'], {}, { name: 'second' }];

/** The channels that went from a layer. */
async function pruned(spec: ModelSpec, layer: string, share = 0.5): Promise<{ readonly result: Compressed; readonly gone: readonly number[] }> {
  const result = await compress(spec, `neurons:${share}`);
  const change = result.log.steps[0]?.changes.find(({ where }) => where === layer);
  return { result, gone: change?.which ?? [] };
}

describe('networks of the zoo and exports: without channels as with their weights zeroed, where f(0) = 0', () => {
  test.each([
    ['edsr-baseline', [1, 3, 8, 8], 256],
    ['rfdn', [1, 3, 24, 24], 156],
    ['abpn-28', [1, 3, 8, 8], 42],
    ['fsrcnn', [1, 1, 8, 8], 43],
    ['quicksrnet-medium', [1, 3, 8, 8], 48],
    ['swinir-one-group', [1, 3, 16, 16], 60],
    ['realesr-animevideov3', [1, 3, 8, 8], 272],
  ])('%s', async (name, [, , height, width], removed) => {
    const proto = generateNetwork(name, { size: [height as number, width as number] }).model;
    const { model, log } = await compress(proto, 'neurons:0.25');
    expect(log.steps[0]?.facts['channels removed']).toBe(removed);
    const reference = withInitializers(proto, zeroedLayers(proto, log.steps[0]?.changes ?? []));
    expect(await differenceOf(model.toProto(), reference, feedOf(model))).toBeLessThan(SAME);
    expect(modelCost(model).macs).toBeLessThan(modelCost(modelOf(proto)).macs as number);
  });

  test.each(['plain_prelu_x2_op13', 'plain_clip_x2_op10_sixd', 'fsrcnn_op13', 'window_attention_op11', 'window_attention_batch4_op17'])('%s', async (name) => {
    const { proto } = readModel(fixture('exports', `${name}.onnx`));
    const { model, log } = await compress(proto, 'neurons:0.4');
    const reference = withInitializers(proto, zeroedLayers(proto, log.steps[0]?.changes ?? []));
    expect(await differenceOf(model.toProto(), reference, feedOf(model))).toBeLessThan(SAME);
  });
});

/** Weights and biases of the layers, the removed outputs zero: read from the messages alone. */
function zeroedLayers(proto: Parameters<typeof withInitializers>[0], changes: readonly { readonly where: string; readonly which?: readonly number[] }[]): Record<string, Tensor> {
  const nodes = proto.graph?.node ?? [];
  const names = new Set(proto.graph?.initializer?.map(({ name }) => name));
  const zeroed: Record<string, Tensor> = {};
  expect(changes.length).toBeGreaterThan(0);
  for (const { where, which = [] } of changes) {
    const node = nodes.find(({ name }) => name === where);
    const [, weight = '', bias] = node?.input ?? [];
    zeroed[weight] = zeroedAlong(initializer(proto, weight), node?.opType === 'Conv' ? 0 : 1, which);
    const adds = node?.opType === 'MatMul' ? nodes.find(({ opType, input }) => opType === 'Add' && input?.includes(node.output?.[0] ?? '')) : undefined;
    const addend = bias ?? adds?.input?.find((name) => names.has(name));
    if (addend) zeroed[addend] = zeroedAlong(initializer(proto, addend), 0, which);
  }
  return zeroed;
}

describe('what lies between two layers', () => {
  type Between = readonly [what: string, nodes: readonly NodeSpec[], initializers: Record<string, Tensor>, more?: Partial<ModelSpec>];
  const between: readonly Between[] = [
    ['Sigmoid, which is not 0 at 0', [['Sigmoid', ['c'], ['h']]], {}],
    ['BatchNormalization and PRelu per channel', [['BatchNormalization', ['c', 's', 't', 'm', 'v'], ['n']], ['PRelu', ['n', 'p'], ['h']]],
      { s: normal([8], 5), t: normal([8], 6), m: normal([8], 7), v: Tensor.of('float32', [8], [1, 2, 3, 4, 5, 6, 7, 8]), p: normal([8, 1, 1], 8) }],
    ['a depthwise convolution of two outputs each, dilated', [['Conv', ['c', 'd', 'e'], ['h'], { group: 8, dilations: [2, 2] }]], { d: normal([16, 1, 2, 2], 9), e: normal([16], 10), w2: normal([5, 16, 3, 3], 11) }],
    ['a gate of its own', [['Sigmoid', ['c'], ['g']], ['Mul', ['c', 'g'], ['h']]], {}],
    ['constants per channel, in ranks from 3 to 4', [['Mul', ['c', 'm3'], ['g']], ['Add', ['m4', 'g'], ['i']], ['Sub', ['i', 'one'], ['h']]], { m3: normal([8, 1, 1], 12), m4: normal([1, 8, 1, 1], 13), one: Tensor.of('float32', [], [3]) }],
    ['pooling, padding, resizing to a size', [['MaxPool', ['c'], ['g'], { kernel_shape: [2, 2] }], ['Pad', ['g', 'pads'], ['i']], ['Resize', ['i', '', '', 'sizes'], ['h'], { mode: 'nearest' }]],
      { pads: Tensor.of('int64', [8], [0, 0, 1, 1, 0, 0, 1, 0]), sizes: Tensor.of('int64', [4], [1, 8, 12, 12]) }],
    ['a transpose and back, with a reshape that states every size', [['Transpose', ['c'], ['g'], { perm: [0, 2, 3, 1] }], ['Reshape', ['g', 'flat'], ['i']], ['Relu', ['i'], ['j']], ['Transpose', ['j'], ['k'], { perm: [0, 2, 1] }], ['Reshape', ['k', 'image'], ['h']]],
      { flat: Tensor.of('int64', [3], [1, 81, 8]), image: Tensor.of('int64', [4], [1, 8, 9, 9]) }],
    ['a split along the channels, joined again in another order', [['Split', ['c', 'halves'], ['g', 'i'], { axis: 1 }], ['Relu', ['g'], ['j']], ['Concat', ['i', 'j'], ['h'], { axis: 1 }]], { halves: Tensor.of('int64', [2], [3, 5]) }],
    ['equal splits of opset 11, without sizes', [['Split', ['c'], ['g', 'i'], { axis: 1 }], ['Concat', ['i', 'g'], ['h'], { axis: 1 }]], {}, { opset: 11 }],
    ['slices and a look-up of channels', [['Slice', ['c', 'two', 'far', 'one1'], ['g']], ['Gather', ['c', 'places'], ['i'], { axis: 1 }], ['Concat', ['g', 'i'], ['h'], { axis: 1 }]],
      { two: Tensor.of('int64', [1], [-6]), far: Tensor.of('int64', [1], [2n ** 62n]), one1: Tensor.of('int64', [1], [1]), places: Tensor.of('int64', [2], [7, 0]) }],
    ['quantized weights per channel and values per tensor', [['QuantizeLinear', ['c', 'scale', 'zero'], ['q']], ['DequantizeLinear', ['q', 'scale', 'zero'], ['h']]], { scale: Tensor.of('float32', [], [0.05]), zero: Tensor.of('uint8', [], [120]) }],
  ];

  test.each(between.map((each) => ({ what: each[0], each })))('$what', async ({ each: [, nodes, initializers, more = {}] }) => {
    const spec = chain([first, ...nodes, second], { ...more, initializers });
    const { result, gone } = await pruned(spec, 'first', 0.375);
    expect(gone).toHaveLength(3);
    const proto = buildModel(spec);
    const reference = withInitializers(proto, takenOut(proto, gone, nodes));
    expect(await differenceOf(result.model.toProto(), reference, feedOf(result.model))).toBeLessThan(SAME);
  });

  /** The layers behind with zeros where they multiply by the channels: true whatever lies between. */
  function takenOut(proto: ReturnType<typeof buildModel>, gone: readonly number[], nodes: readonly NodeSpec[]): Record<string, Tensor> {
    if (nodes[0]?.[1].includes('d')) return { w2: zeroedAlong(initializer(proto, 'w2'), 1, gone.flatMap((c) => [2 * c, 2 * c + 1])) };
    const order = nodes.at(-1)?.[0] === 'Concat' ? concatOrder(nodes) : [0, 1, 2, 3, 4, 5, 6, 7];
    return { w2: zeroedAlong(initializer(proto, 'w2'), 1, order.flatMap((c, at) => (gone.includes(c) ? [at] : []))) };
  }

  function concatOrder(nodes: readonly NodeSpec[]): number[] {
    if (nodes[0]?.[0] === 'Slice') return [2, 3, 4, 5, 6, 7, 7, 0];
    return nodes.length === 3 ? [3, 4, 5, 6, 7, 0, 1, 2] : [4, 5, 6, 7, 0, 1, 2, 3];
  }
});

describe('layers', () => {
  const dense = (nodes: readonly NodeSpec[], initializers: Record<string, Tensor>, more: Partial<ModelSpec> = {}): ModelSpec =>
    ({ inputs: { x: ['float32', [4, 6]] }, outputs: { y: ['float32', null] }, nodes, initializers, ...more });
  const [a, b, c] = [normal([6, 8], 1), normal([8, 6], 2), normal([8, 3], 3)];
  const bias = normal([8], 4);

  test.each([
    ['Gemm as it is, with a bias of two axes', dense([['Gemm', ['x', 'a', 'bias'], ['h'], {}, { name: 'l' }], ['Relu', ['h'], ['r']], ['Gemm', ['r', 'c'], ['y']]], { a, c, bias: normal([1, 8], 4) }), 'c', 0],
    ['Gemm transB on both, alpha and beta', dense([['Gemm', ['x', 'b', 'bias'], ['h'], { transB: 1, alpha: { float: 0.5 }, beta: { float: 2 } }, { name: 'l' }], ['Tanh', ['h'], ['r']], ['Gemm', ['r', 'ct'], ['y'], { transB: 1 }]], { b, ct: normal([3, 8], 3), bias }), 'ct', 1],
    ['Gemm that turns its data', dense([['MatMul', ['x', 'a'], ['h'], {}, { name: 'l' }], ['Transpose', ['h'], ['t']], ['Gemm', ['t', 'c'], ['y'], { transA: 1 }]], { a, c }), 'c', 0],
    ['MatMul, weights behind a Transpose, bias first', dense([['Transpose', ['b'], ['bt']], ['MatMul', ['x', 'bt'], ['m'], {}, { name: 'l' }], ['Add', ['bias', 'm'], ['h']], ['MatMul', ['h', 'c'], ['y']]], { b, c, bias }), 'c', 0],
    ['MatMul of stacked weights', dense([['MatMul', ['x', 'a3'], ['m'], {}, { name: 'l' }], ['Relu', ['m'], ['h']], ['MatMul', ['h', 'c3'], ['y']]], { a3: normal([2, 6, 8], 5), c3: normal([2, 8, 3], 6) }), 'c3', 1],
    ['Constant nodes', dense([['Constant', [], ['a'], { value: a }], ['Constant', [], ['bias'], { value: bias }], ['MatMul', ['x', 'a'], ['m'], {}, { name: 'l' }], ['Add', ['m', 'bias'], ['h']], ['MatMul', ['h', 'c'], ['y']]], { c }), 'c', 0],
    ['open batch, flattened behind', { inputs: { x: ['float32', ['N', 3, 4, 4]] }, outputs: { y: ['float32', ['N', 3]] },
      nodes: [['Conv', ['x', 'w'], ['m'], {}, { name: 'l' }], ['Relu', ['m'], ['h']], ['Flatten', ['h'], ['f']], ['MatMul', ['f', 'c']  , ['y']]], initializers: { w: normal([8, 3, 1, 1], 7), c: normal([128, 3], 8) } } satisfies ModelSpec, 'c', 0],
    ['names that are empty or twice there', dense([['MatMul', ['x', 'a'], ['m'], {}, { name: 'l' }], ['Relu', ['m'], ['h'], {}, { name: 'l2' }], ['MatMul', ['h', 'c'], ['y'], {}, { name: '' }]], { a, c }), 'c', 0],
  ])('%s', async (_, spec, weight, axis) => {
    const { result, gone } = await pruned(spec as ModelSpec, 'l', 0.5);
    expect(gone).toHaveLength(4);
    const proto = buildModel(spec as ModelSpec);
    const places = initializer(proto, weight).dims[axis] === 128 ? gone.flatMap((unit) => Array.from({ length: 16 }, (_, i) => unit * 16 + i)) : gone;
    const reference = withInitializers(proto, { [weight]: zeroedAlong(initializer(proto, weight), axis, places) });
    expect(await differenceOf(result.model.toProto(), reference, feedOf(result.model))).toBeLessThan(SAME);
    expect(result.model.graph.inputs.map(({ name }) => name)).toEqual(['x']);
    expect(result.model.graph.outputs.map(({ name }) => name)).toEqual(['y']);
  });

  test('a transposed convolution on both sides, open height and width', async () => {
    const spec: ModelSpec = {
      inputs: { x: ['float32', [1, 3, 'H', 'W']] }, outputs: { y: ['float32', null] },
      nodes: [['ConvTranspose', ['x', 'w', 'b'], ['m'], { strides: [2, 2] }, { name: 'l' }], ['LeakyRelu', ['m'], ['h']], ['ConvTranspose', ['h', 'v'], ['y'], {}, {}]],
      initializers: { w: normal([3, 8, 2, 2], 1), b: normal([8], 2), v: normal([8, 2, 3, 3], 3) },
    };
    const { result, gone } = await pruned(spec, 'l', 0.25);
    expect(gone).toHaveLength(2);
    const proto = buildModel(spec);
    expect(await differenceOf(result.model.toProto(), withInitializers(proto, { v: zeroedAlong(initializer(proto, 'v'), 0, gone) }), feedOf(result.model, { H: 5, W: 7 }))).toBeLessThan(SAME);
  });

  test.each([0, 1])('int8 weights with scales along axis %i, on both sides', async (axis) => {
    const codes = (dims: readonly number[], seed: number): Tensor => Tensor.of('int8', dims, normal(dims, seed, 40).numbers().map((v) => Math.max(-127, Math.min(127, Math.round(v)))));
    const scales = (count: number): Tensor => Tensor.of('float32', [count], Array.from({ length: count }, (_, i) => 0.01 + 0.002 * i));
    const zeros = (count: number): Tensor => Tensor.of('int8', [count], new Int8Array(count));
    const spec: ModelSpec = {
      inputs: { x: ['float32', [1, 3, 9, 9]] }, outputs: { y: ['float32', null] },
      nodes: [['DequantizeLinear', ['q1', 's1', 'z1'], ['w1'], { axis }], ['Conv', ['x', 'w1'], ['c'], {}, { name: 'first' }], ['Relu', ['c'], ['h']], ['DequantizeLinear', ['q2', 's2', 'z2'], ['w2'], { axis }], ['Conv', ['h', 'w2'], ['y'], {}, { name: 'second' }]],
      initializers: { q1: codes([8, 3, 3, 3], 1), s1: scales(axis === 0 ? 8 : 3), z1: zeros(axis === 0 ? 8 : 3), q2: codes([5, 8, 3, 3], 2), s2: scales(axis === 0 ? 5 : 8), z2: zeros(axis === 0 ? 5 : 8) },
    };
    const { result, gone } = await pruned(spec, 'first', 0.375);
    expect(gone).toHaveLength(3);
    const proto = buildModel(spec);
    const reference = withInitializers(proto, { q2: zeroedAlong(initializer(proto, 'q2'), 1, gone) });
    expect(await differenceOf(result.model.toProto(), reference, feedOf(result.model))).toBeLessThan(SAME);
    expect([...result.model.graph.initializers].map(({ name, initializer: tensor }) => [name, tensor?.dims[0]])).toEqual(expect.arrayContaining([['q1', 5], ['s1', axis === 0 ? 5 : 3], ['s2', 5]]));
  });

  test('two ways from one layer, written one after the other: all of them are pruned', async () => {
    const spec = chain([first, ['Conv', ['c', 'w2', 'b2'], ['p'], {}, { name: 'second' }], ['Relu', ['p'], ['q']], ['Conv', ['q', 'w3'], ['y']], ['Conv', ['c', 'w4'], ['r'], {}, { name: 'third' }], ['Relu', ['r'], ['s']], ['Conv', ['s', 'w5'], ['z']]],
      { initializers: { w2: normal([4, 8, 3, 3], 3), b2: normal([4], 4), w3: normal([2, 4, 1, 1], 5), w4: normal([6, 8, 1, 1], 6), w5: normal([2, 6, 1, 1], 7) }, outputs: { y: ['float32', null], z: ['float32', null] } });
    const { model, log } = await compress(spec, 'neurons:0.5');
    const gone = new Map(log.steps[0]?.changes.map(({ where, which }) => [where, which ?? []]));
    expect([...gone].map(([name, which]) => [name, which.length])).toEqual([['first', 4], ['second', 2], ['third', 3]]);
    const proto = buildModel(spec);
    const reference = withInitializers(proto, {
      w2: zeroedAlong(initializer(proto, 'w2'), 1, gone.get('first') ?? []), w4: zeroedAlong(initializer(proto, 'w4'), 1, gone.get('first') ?? []),
      w3: zeroedAlong(initializer(proto, 'w3'), 1, gone.get('second') ?? []), w5: zeroedAlong(initializer(proto, 'w5'), 1, gone.get('third') ?? []),
    });
    expect(await differenceOf(model.toProto(), reference, feedOf(model))).toBeLessThan(SAME);
  });

  test('the least important go: channels of zeros, and those that nobody reads, first', async () => {
    const w = zeroedAlong(normal([8, 3, 3, 3], 1), 0, [2, 6]);
    const w2 = zeroedAlong(normal([5, 8, 3, 3], 3), 1, [5]);
    const { gone } = await pruned(chain([first, ['Relu', ['c'], ['h']], second], { initializers: { w1: w, b1: zeroedAlong(normal([8], 2), 0, [2, 6]), w2 } }), 'first', 0.375);
    expect(gone).toEqual([2, 5, 6]);
  });

  test('weights that are no numbers stay', async () => {
    const w = normal([8, 3, 3, 3], 1).numbers();
    w[0] = Number.NaN;
    const { gone } = await pruned(chain([first, ['Relu', ['c'], ['h']], second], { initializers: { w1: Tensor.of('float32', [8, 3, 3, 3], w) } }), 'first', 0.875);
    expect(gone).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });
});

describe('what stays, and why', () => {
  const other = normal([8, 3, 3, 3], 20);
  const refused: readonly (readonly [string, ModelSpec, string, RegExp])[] = [
    ['a residual', chain([first, ['Conv', ['x', 'o'], ['r'], { pads: [1, 1, 1, 1] }], ['Add', ['c', 'r'], ['h']], second], { initializers: { o: other } }), 'first', /joins them with "r"/],
    ['an output of the model', chain([first, ['Relu', ['c'], ['h']], second], { outputs: { y: ['float32', null], h: ['float32', null] } }), 'first', /"h" is an output/],
    ['the last layer', chain([first, ['Relu', ['c'], ['h']], second]), 'second', /"y" is an output/],
    ['grouped layers', chain([['Conv', ['x', 'w1', 'b1'], ['c'], {}, { name: 'first' }], ['Conv', ['c', 'g'], ['h'], { group: 4 }, { name: 'grouped' }], second], { initializers: { g: normal([8, 2, 1, 1], 9) } }), 'first', /4 groups/],
    ['the layer that makes groups', chain([first, ['Conv', ['c', 'g'], ['h'], { group: 4 }, { name: 'grouped' }], second], { initializers: { g: normal([8, 2, 1, 1], 9) } }), 'grouped', /4 groups/],
    ['softmax over channels', chain([first, ['Softmax', ['c'], ['h'], { axis: 1 }], second]), 'first', /mixes them/],
    ['a mean over channels', chain([first, ['ReduceMean', ['c'], ['m'], { axes: [1] }], ['Sub', ['c', 'm'], ['h']], second]), 'first', /mixes them/],
    ['a shuffle of channels', chain([first, ['DepthToSpace', ['c'], ['d'], { blocksize: 2 }], ['Conv', ['d', 'n'], ['y']]], { initializers: { n: normal([1, 2, 1, 1], 3) } }), 'first', /several of them/],
    ['weights that another layer shares', chain([first, ['Conv', ['x', 'w1'], ['s'], {}, { name: 'twin' }], ['Relu', ['c'], ['h']], second], { outputs: { y: ['float32', null], s: ['float32', null] } }), 'first', /shares its weights with twin/],
    ['weights that are an output', chain([first, ['Relu', ['c'], ['h']], second], { outputs: { y: ['float32', null], w1: ['float32', [8, 3, 3, 3]] } }), 'first', /are an output/],
    ['an operator that nobody knows', chain([first, ['Secret', ['c'], ['h'], {}, { domain: 'com.example' }], second], { domains: { 'com.example': 1 } }), 'first', /no rule takes units out of Secret/],
    ['padding of channels', chain([first, ['Pad', ['c', 'pads'], ['h']], second], { initializers: { pads: Tensor.of('int64', [8], [0, 1, 0, 0, 0, 0, 0, 0]), w2: normal([5, 9, 3, 3], 3) } }), 'first', /pads them/],
    ['values that a subgraph reads', chain([first, ['If', ['flag'], ['h'], {
      then_branch: { graph: buildGraph({ inputs: {}, outputs: { t: ['float32', null] }, nodes: [['Relu', ['c'], ['t']]] }) },
      else_branch: { graph: buildGraph({ inputs: {}, outputs: { e: ['float32', null] }, nodes: [['Neg', ['c'], ['e']]] }) },
    }], second], { initializers: { flag: Tensor.of('bool', [], [1]) } }), 'first', /a subgraph uses "c"/],
    ['channels whose number is read', chain([first, ['Shape', ['c'], ['s']], ['Gather', ['s', 'at'], ['n'], { axis: 0 }], ['Relu', ['c'], ['h']], second], { initializers: { at: Tensor.of('int64', [], [1]) }, outputs: { y: ['float32', null], n: ['int64', []] } }), 'first', /reads how many/],
  ];

  test.each(refused)('%s', async (_, spec, layer, reason) => {
    const { log } = await compress(spec, 'neurons:0.5').catch((error: { nextSteps: string[] }) => ({ log: { steps: [{ changes: [], kept: error.nextSteps.map((step) => ({ where: step.split(': ')[0], reason: step })) }] } }));
    const [step] = log.steps;
    expect(step?.changes.map(({ where }) => where)).not.toContain(layer);
    expect(step?.kept.find(({ where }) => where === layer)?.reason).toMatch(reason);
  });

  test('sizes that are read of other axes do not stand in the way', async () => {
    const spec = chain([first, ['Shape', ['c'], ['s']], ['Gather', ['s', 'at'], ['n'], { axis: 0 }], ['Relu', ['c'], ['h']], second], { initializers: { at: Tensor.of('int64', [], [2]) }, outputs: { y: ['float32', null], n: ['int64', []] } });
    const { gone, result } = await pruned(spec, 'first');
    expect(gone).toHaveLength(4);
    const proto = buildModel(spec);
    expect(await differenceOf(result.model.toProto(), withInitializers(proto, { w2: zeroedAlong(initializer(proto, 'w2'), 1, gone) }), feedOf(result.model))).toBeLessThan(SAME);
  });

  test('a share below one channel changes nothing, and is no error when it is 0', async () => {
    await expect(compress(chain([first, ['Relu', ['c'], ['h']], second]), 'neurons:0.1')).rejects.toThrow(/finds nothing to change/);
    const { model } = await compress(chain([first, ['Relu', ['c'], ['h']], second]), 'neurons:0');
    expect(modelCost(model).parameters).toBe(modelCost(modelOf(chain([first, ['Relu', ['c'], ['h']], second]))).parameters);
  });

  test('the model given stays as it was', async () => {
    const proto = buildModel(chain([first, ['Relu', ['c'], ['h']], second]));
    const before = JSON.stringify(proto);
    await compress(proto, 'neurons:0.5+fp16');
    expect(JSON.stringify(proto)).toBe(before);
  });
});

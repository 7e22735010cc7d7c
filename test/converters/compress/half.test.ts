import { describe, expect, test } from 'vitest';
import type { NdArray } from '../../../models/contracts/index.ts';
import { inferShapes, Model } from '../../../models/graph/index.ts';
import { encodeModel, readModel, Tensor } from '../../../models/onnx/index.ts';
import { generateNetwork } from '../../../models/zoo/index.ts';
import { buildGraph, buildModel, type ModelSpec, type NodeSpec } from '../../support/build-model.ts';
import { relativeToRange } from '../../support/compare.ts';
import { compress, differenceOf, feedOf, initializer, modelOf, normal } from '../../support/compress.ts';
import { runOrt } from '../../support/ort.ts';
import { fixture } from '../../support/paths.ts';

/** ONNX Runtime's own rounding: a Cast there and back. */
async function roundedByOrt(tensor: Tensor, to: 10 | 16): Promise<number[]> {
  const { size } = tensor;
  const model = buildModel({ inputs: { x: ['float32', [size]] }, outputs: { y: ['float32', [size]] }, nodes: [['Cast', ['x'], ['h'], { to }], ['Cast', ['h'], ['y'], { to: 1 }]] });
  return [...((await runOrt(model, { x: Tensor.fromBytes('float32', [size], tensor.bytes()).toNdArray() })).get('y') as NdArray).data].map(Number);
}

const odd = [65504, -65504, 65519.99, 6e-8, 2.9e-8, 1e-45, -0, 1 + 2 ** -11, 1 + 3 * 2 ** -11, Number.NaN, Infinity, -Infinity, 1 / 3, 2049, 0.1, 1e-5];

describe('storage in 16 bits', () => {
  const product = (w: Tensor, more: Partial<ModelSpec> = {}): ModelSpec => ({ inputs: { x: ['float32', [2, 4]] }, outputs: { y: ['float32', null] }, nodes: [['MatMul', ['x', 'w'], ['y']]], initializers: { w }, ...more });

  test.each([['fp16-storage', 10, 'float16'], ['bf16-storage', 16, 'bfloat16']] as const)('%s: what is read back is what ONNX Runtime rounds to', async (spec, to, dtype) => {
    const w = Tensor.of('float32', [4, 4], odd);
    const { model } = await compress(product(w), spec);
    const stored = [...model.graph.initializers].map((value) => value.initializer as Tensor);
    expect(stored.map((tensor) => tensor.dtype)).toEqual([dtype]);
    expect([...(stored[0] as Tensor).numbers()]).toEqual(await roundedByOrt(w, to));
  });

  test.each(['fp16-storage', 'bf16-storage'])('%s of a network equals the network with its weights rounded, and is half of it', async (spec) => {
    const { proto } = readModel(fixture('exports', 'plain_prelu_x2_op13.onnx'));
    const { model, log } = await compress(proto, spec);
    expect(await differenceOf(model.toProto(), proto, feedOf(model))).toBeLessThan(spec === 'fp16-storage' ? 1e-3 : 1e-2);
    expect(encodeModel(model.toProto()).length).toBeLessThan(encodeModel(proto).length * 0.65);
    const errors = await Promise.all([...modelOf(proto).graph.initializers].filter(({ initializer }) => (initializer?.size ?? 0) >= 16).map(async ({ initializer }) => {
      const rounded = await roundedByOrt(initializer as Tensor, spec === 'fp16-storage' ? 10 : 16);
      return Math.max(...rounded.map((value, i) => Math.abs(value - ((initializer as Tensor).numbers()[i] as number))));
    }));
    expect(log.steps[0]?.facts['largest rounding error']).toBe(Math.max(...errors));
  });

  test('a shared weight is stored once; one that is an output stays an output', async () => {
    const { model } = await compress({ ...product(normal([4, 4], 1)), nodes: [['MatMul', ['x', 'w'], ['h']], ['MatMul', ['h', 'w'], ['y']]], outputs: { y: ['float32', null], w: ['float32', [4, 4]] } }, 'fp16-storage');
    expect(model.graph.initializers.size).toBe(1);
    expect([...model.graph.nodes()].filter((node) => node.is('Cast'))).toHaveLength(1);
    expect([...(await runOrt(model.toProto(), feedOf(model))).keys()]).toEqual(['y', 'w']);
  });

  test('a weight that a subgraph reads, and one of a Constant node', async () => {
    const spec: ModelSpec = {
      inputs: { x: ['float32', [2, 4]] }, outputs: { y: ['float32', null], z: ['float32', null] },
      nodes: [['Constant', [], ['v'], { value: normal([4, 4], 2) }], ['MatMul', ['x', 'w'], ['h']], ['MatMul', ['h', 'v'], ['y']], ['If', ['f'], ['z'], {
        then_branch: { graph: buildGraph({ inputs: {}, outputs: { t: ['float32', null] }, nodes: [['MatMul', ['x', 'w'], ['t']]] }) }, else_branch: { graph: buildGraph({ inputs: {}, outputs: { e: ['float32', null] }, nodes: [['Neg', ['x'], ['e']]] }) },
      }]],
      initializers: { w: normal([4, 4], 1), f: Tensor.of('bool', [], [1]) },
    };
    const { model, log } = await compress(spec, 'fp16-storage');
    expect(log.steps[0]?.changes.map(({ where }) => where)).toEqual(['w', 'v']);
    expect(await differenceOf(model.toProto(), buildModel(spec), feedOf(model))).toBeLessThan(2e-3);
  });

  test('weights that leave the range stay; so do small ones and those that callers may feed', async () => {
    await expect(compress(product(Tensor.of('float32', [4, 4], [70000, ...new Array<number>(15).fill(1)])), 'fp16-storage')).rejects.toMatchObject({ nextSteps: [expect.stringMatching(/w: it holds 70000, and float16 ends at 65504/)] });
    await expect(compress(product(Tensor.of('float32', [4, 4], [3.4e38, ...new Array<number>(15).fill(1)])), 'bf16-storage')).rejects.toMatchObject({ nextSteps: [expect.stringMatching(/bfloat16 ends at 3.3895e\+38/)] });
    await expect(compress(product(normal([4, 2], 1)), 'fp16-storage')).rejects.toThrow(/nothing to change/);
    await expect(compress(product(normal([4, 4], 1), { inputs: { x: ['float32', [2, 4]], w: ['float32', [4, 4]] } }), 'fp16-storage')).rejects.toThrow(/nothing to change/);
    await expect(compress(product(normal([4, 4], 1), { opset: 12 }), 'bf16-storage')).rejects.toThrow(/needs opset 13/);
  });

  test('files of IR 3 keep their weights among the inputs', async () => {
    const { model } = await compress(product(normal([4, 4], 1), { irVersion: 3, opset: 8, inputs: { x: ['float32', [2, 4]], w: ['float32', [4, 4]] } }), 'fp16-storage');
    expect(model.graph.inputs.map(({ name, type }) => [name, type.dtype])).toEqual([['x', 'float32'], ['w_float16', 'float16']]);
    await expect(runOrt(model.toProto(), { x: normal([2, 4], 1).toNdArray() })).resolves.toBeDefined();
  });
});

describe('arithmetic in float16', () => {
  test.each(['window_attention_op11', 'plain_clip_x2_op10_sixd', 'fsrcnn_op13', 'unshuffle_ultra_dynamo', 'vap_block_op17', 'channel_shuffle_op17'])('%s', async (name) => {
    const { proto } = readModel(fixture('exports', `${name}.onnx`));
    const { model } = await compress(proto, 'fp16');
    expect([...model.graph.values.values()].filter(({ type, producer, isGraphOutput }) => type.dtype === 'float32' && producer && !isGraphOutput)).toEqual([]);
    expect(await differenceOf(model.toProto(), proto, feedOf(model))).toBeLessThan(0.01);
    expect(faces(model)).toEqual(faces(modelOf(proto)));
  });

  test('a network with faces in float16 computes what it does between two Casts, but for where ONNX Runtime rounds', async () => {
    const proto = generateNetwork('abpn-28', { size: [8, 8] }).model;
    const [inside, whole] = [await compress(proto, 'fp16'), await compress(proto, 'fp16:faces')];
    expect(faces(whole.model)).toEqual([['input', 'float16'], ['output', 'float16']]);
    const feed = feedOf(inside.model);
    const half = new Map([...feed].map(([name, array]) => [name, Tensor.of('float16', array.dims, Tensor.fromNdArray(array).numbers()).toNdArray()]));
    const [a, b] = [(await runOrt(inside.model.toProto(), feed)).get('output') as NdArray, (await runOrt(whole.model.toProto(), half)).get('output') as NdArray];
    expect(b.dtype).toBe('float16');
    expect(relativeToRange(b, a)).toBeLessThan(2e-3);
  });

  const unary = (nodes: readonly NodeSpec[], more: Partial<ModelSpec> = {}): ModelSpec => ({ inputs: { x: ['float32', [1, 2, 4, 4]] }, outputs: { y: ['float32', null] }, nodes, ...more });
  const stays: readonly (readonly [string, ModelSpec, string, RegExp])[] = [
    ['a weight beyond the range', unary([['Conv', ['x', 'w'], ['h'], {}, { name: 'large' }], ['Relu', ['h'], ['y']]], { initializers: { w: Tensor.of('float32', [2, 2, 1, 1], [7e4, 1, 2, 3]) } }), 'large', /"w": it holds 70000/],
    ['an epsilon that would be zero', unary([['Relu', ['x'], ['r']], ['Add', ['r', 'e'], ['h'], {}, { name: 'guard' }], ['Reciprocal', ['h'], ['g']], ['Mul', ['r', 'g'], ['y']]], { initializers: { e: Tensor.of('float32', [], [1e-12]) } }), 'guard', /1.00e-12 would become zero/],
    ['an operator without a float16 form', unary([['Relu', ['x'], ['h']], ['DynamicQuantizeLinear', ['h'], ['q', 's', 'z'], {}, { name: 'quantize' }], ['DequantizeLinear', ['q', 's', 'z'], ['d'], {}, { name: 'back' }], ['Neg', ['d'], ['y']]]), 'quantize', /DynamicQuantizeLinear has no float16 form/],
    ['numbers of wide integers', { inputs: { x: ['int32', [4]] }, outputs: { y: ['float32', null] }, nodes: [['Cast', ['x'], ['h'], { to: 1 }, { name: 'wide' }], ['Sqrt', ['h'], ['y']]] }, 'wide', /casts int32/],
    ['graphs inside', unary([['Relu', ['x'], ['h']], ['If', ['f'], ['g'], {
      then_branch: { graph: buildGraph({ inputs: {}, outputs: { t: ['float32', null] }, nodes: [['Neg', ['h'], ['t']]] }) }, else_branch: { graph: buildGraph({ inputs: {}, outputs: { e: ['float32', null] }, nodes: [['Abs', ['h'], ['e']]] }) },
    }, { name: 'if' }], ['Mul', ['g', 'h'], ['y']]], { initializers: { f: Tensor.of('bool', [], [1]) } }), 'if', /graphs inside/],
  ];

  test.each(stays)('%s stays in float32', async (_, spec, where, reason) => {
    const { model, log } = await compress(spec, 'fp16');
    expect(log.steps[0]?.kept.find((entry) => entry.where === where)?.reason).toMatch(reason);
    const feed = spec.inputs['x']?.[0] === 'int32' ? new Map([['x', Tensor.of('int32', [4], [1, 70000, 123456, 4]).toNdArray()]]) : feedOf(model);
    expect(await differenceOf(model.toProto(), buildModel(spec), feed)).toBeLessThan(0.01);
    await expect(compress(spec, 'fp16:faces').then(({ model: whole }) => runOrt(whole.toProto(), halved(whole, feed)))).resolves.toBeDefined();
  });

  test('faces that cannot become float16 are named', async () => {
    const { model, log } = await compress(unary([['Relu', ['x'], ['h']], ['DynamicQuantizeLinear', ['h'], ['q', 's', 'z'], {}, { name: 'quantize' }]], { outputs: { h: ['float32', null], q: ['uint8', null] } }), 'fp16:faces');
    expect(faces(model)).toEqual([['x', 'float16'], ['h', 'float32'], ['q', 'uint8']]);
    expect(log.steps[0]?.kept.map(({ where }) => where)).toEqual(['quantize', 'h']);
  });

  test('inputs that stay float beside float16 ones; bytes in; a value that is two outputs; empty optional inputs', async () => {
    const spec: ModelSpec = {
      inputs: { x: ['uint8', [1, 1, 4, 4]] }, outputs: { y: ['float32', null], h: ['float32', null], s: ['int64', null] },
      nodes: [['Cast', ['x'], ['f'], { to: 1 }], ['Resize', ['f', '', 'scales'], ['r'], { mode: 'linear' }], ['Clip', ['r', '', 'top'], ['h']], ['Mul', ['h', 'h'], ['y']], ['Shape', ['h'], ['s']]],
      initializers: { scales: Tensor.of('float32', [4], [1, 1, 2, 2]), top: Tensor.of('float32', [], [100]) },
    };
    const { model, log } = await compress(spec, 'fp16');
    expect(log.steps[0]?.kept).toEqual([]);
    const feed = new Map([['x', Tensor.of('uint8', [1, 1, 4, 4], Array.from({ length: 16 }, (_, i) => i * 15)).toNdArray()]]);
    expect(await differenceOf(model.toProto(), buildModel(spec), feed)).toBeLessThan(1e-3);
  });

  test('a weight that one node takes in float16 and another in float32 is there in both', async () => {
    const w = normal([2, 2, 1, 1], 1);
    const spec = unary([['Conv', ['x', 'w'], ['a']], ['DynamicQuantizeLinear', ['w'], ['q', 's', 'z']], ['Mul', ['a', 's'], ['y']]], { initializers: { w } });
    const { model } = await compress(spec, 'fp16');
    expect([...model.graph.initializers].map(({ initializer: tensor }) => tensor?.dtype).sort()).toEqual(['float16', 'float32']);
    expect([...initializer(model.toProto(), 'w').numbers()]).toEqual([...w.numbers()]);
    expect(await differenceOf(model.toProto(), buildModel(spec), feedOf(model))).toBeLessThan(0.01);
  });
});

function faces({ graph }: Model): unknown[] {
  return [...graph.inputs, ...graph.outputs].map(({ name, type }) => [name, type.dtype]);
}

function halved(model: Model, feed: ReadonlyMap<string, NdArray>): Map<string, NdArray> {
  const read = new Model(model.toProto());
  inferShapes(read);
  return new Map([...feed].map(([name, array]) => {
    const dtype = read.graph.values.get(name)?.type.dtype ?? array.dtype;
    return [name, dtype === array.dtype ? array : Tensor.of(dtype, array.dims, Tensor.fromNdArray(array).numbers()).toNdArray()];
  }));
}

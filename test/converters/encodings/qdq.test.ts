import { afterAll, describe, expect, test } from 'vitest';
import { applyEncodings, type EncodingsFile, extractEncodings, type IntEncoding, readEncodings } from '../../../converters/encodings/index.ts';
import type { DType } from '../../../models/contracts/index.ts';
import { type ModelProto, Tensor } from '../../../models/onnx/index.ts';
import { createHostExecutor, Prng, seededInputs } from '../../../models/run/index.ts';
import { buildModel, type ModelSpec, type NodeSpec } from '../../support/build-model.ts';
import { ndarray, runOrt } from '../../support/ort.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';
import { graphOf, integerConstants, quantized } from './quantized.ts';

const prng = new Prng(3);
const normals = (...dims: number[]): Tensor => Tensor.of('float32', dims, Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => prng.normal() * 0.3));
const path = temporaryFolder();
const executor = createHostExecutor();
afterAll(() => executor.close());

const int = (name: string, more: Partial<IntEncoding>): IntEncoding => ({
  kind: 'int', name, section: 'parameter', bits: 8, signed: true, strict: false, scale: [0.01], zeroPoint: [0], grain: { kind: 'tensor' }, range: null, extra: {}, ...more,
});
const fileOf = (...encodings: IntEncoding[]): EncodingsFile => ({ version: '2.0.0', encodings: new Map(encodings.map((e) => [e.name, e])), quantizerArgs: null, excludedLayers: [], extra: {} });
const scales = (n: number): number[] => Array.from({ length: n }, () => Math.fround(0.002 + prng.uniform() * 0.05));

/** y = x + w, with w [6, 4, 2, 2]; x zero gives what the codes stand for. */
const sum = (w: Tensor): ModelProto => buildModel({ inputs: { x: ['float32', [6, 4, 2, 2]] }, outputs: { y: ['float32', null] }, opset: 21, irVersion: 10, initializers: { w }, nodes: [['Add', ['x', 'w'], ['y']]] });
/** The same, where ONNX Runtime quantizes w while it runs. */
function sumByRuntime(w: Tensor, scale: Tensor, zero: Tensor, attributes: NodeSpec[3]): ModelProto {
  return buildModel({
    inputs: { x: ['float32', [6, 4, 2, 2]] }, outputs: { y: ['float32', null] }, opset: 21, irVersion: 10, initializers: { w, scale, zero },
    nodes: [['QuantizeLinear', ['w', 'scale', 'zero'], ['q'], attributes ?? {}], ['DequantizeLinear', ['q', 'scale', 'zero'], ['d'], attributes ?? {}], ['Add', ['x', 'd'], ['y']]],
  });
}

describe('parameters get the codes that ONNX Runtime gives them', () => {
  const w = normals(6, 4, 2, 2);
  const zeros = { x: ndarray('float32', [6, 4, 2, 2], new Float32Array(96)) };
  const grids: Record<string, readonly [Partial<IntEncoding>, dims: number[], NodeSpec[3]]> = {
    'int8 per tensor': [{ scale: [Math.fround(0.007)] }, [], {}],
    'uint8 per tensor': [{ signed: false, scale: [Math.fround(0.007)], zeroPoint: [131] }, [], {}],
    'int8 along axis 0': [{ scale: scales(6), zeroPoint: new Array(6).fill(0), grain: { kind: 'channel', axis: 0 } }, [6], { axis: 0 }],
    'int4 along axis 1': [{ bits: 4, scale: scales(4), zeroPoint: new Array(4).fill(0), grain: { kind: 'channel', axis: 1 } }, [4], { axis: 1 }],
    'uint4 along axis 0': [{ bits: 4, signed: false, scale: scales(6), zeroPoint: [0, 3, 8, 15, 7, 1], grain: { kind: 'channel', axis: 0 } }, [6], { axis: 0 }],
    'int16 per tensor': [{ bits: 16, scale: [Math.fround(3e-5)] }, [], {}],
    'int8 in blocks of 2 along axis 1': [{ scale: scales(48), zeroPoint: new Array(48).fill(0), grain: { kind: 'block', axis: 1, size: 2, shape: [6, 2, 2, 2] } }, [6, 2, 2, 2], { axis: 1, block_size: 2 }],
    'uint4 in blocks of 3 along axis 0': [{ bits: 4, signed: false, scale: scales(32), zeroPoint: Array.from({ length: 32 }, (_, i) => i % 16), grain: { kind: 'block', axis: 0, size: 3, shape: [2, 4, 2, 2] } }, [2, 4, 2, 2], { axis: 0, block_size: 3 }],
  };
  test.each(Object.entries(grids))('%s', async (_, [grid, dims, attributes]) => {
    const encoding = int('w', grid);
    const ties = w.numbers().map((v, i) => (i % 7 === 0 ? Math.fround((encoding.scale[0] as number) * (i - 40.5)) : v));
    const tensor = Tensor.of('float32', [6, 4, 2, 2], ties);
    const dtype = `${encoding.signed ? '' : 'u'}int${encoding.bits}` as DType;
    const expected = await runOrt(sumByRuntime(tensor, Tensor.of('float32', dims, encoding.scale), Tensor.of(dtype, dims, encoding.zeroPoint), attributes), zeros);
    const { model } = applyEncodings(graphOf(sum(tensor)), fileOf(encoding));
    expect((await runOrt(model.toProto(), zeros)).get('y')).toEqual(expected.get('y'));
    const { file } = extractEncodings(model, { version: '2.0.0' });
    expect(file.encodings.get('w')).toMatchObject({ bits: encoding.bits, signed: encoding.signed, scale: encoding.scale, zeroPoint: encoding.zeroPoint, grain: encoding.grain });
  });
});

const conv = (more: Partial<ModelSpec> = {}): ModelSpec => ({
  inputs: { x: ['float32', [2, 4, 7, 5]] }, outputs: { y: ['float32', null] }, initializers: { w: normals(6, 4, 3, 3), b: normals(6), v: normals(6, 6, 1, 1) },
  nodes: [['Conv', ['x', 'w', 'b'], ['c'], { pads: [1, 2, 1, 0] }], ['Relu', ['c'], ['r']], ['Conv', ['r', 'v'], ['y']]], ...more,
});
const NETWORKS: Record<string, ModelSpec> = {
  'convolutions, asymmetric pads, batch 2': conv(),
  'grouped, dilated': conv({ initializers: { w: normals(6, 2, 3, 3), b: normals(6), v: normals(6, 1, 1, 1) }, nodes: [['Conv', ['x', 'w', 'b'], ['c'], { group: 2, dilations: [2, 2], pads: [2, 2, 2, 2] }], ['Relu', ['c'], ['r']], ['Conv', ['r', 'v'], ['y'], { group: 6 }]] }),
  'transposed': conv({ initializers: { w: normals(4, 6, 3, 3), b: normals(6), v: normals(6, 6, 1, 1) }, nodes: [['ConvTranspose', ['x', 'w', 'b'], ['c'], { strides: [2, 2] }], ['Relu', ['c'], ['r']], ['Conv', ['r', 'v'], ['y']]] }),
  'weights and bias of two layers': conv({ initializers: { w: normals(4, 4, 3, 3), b: normals(4) }, nodes: [['Conv', ['x', 'w', 'b'], ['c'], { pads: [1, 1, 1, 1] }], ['Relu', ['c'], ['r']], ['Conv', ['r', 'w', 'b'], ['y']]] }),
  'a value that is an output, too': conv({ outputs: { y: ['float32', null], r: ['float32', null] } }),
  'matrices and moved data': {
    inputs: { x: ['float32', [3, 8]] }, outputs: { y: ['float32', null] }, initializers: { w: normals(8, 6), v: normals(5, 6), b: normals(5), s: Tensor.of('int64', [2], [-1, 6]) },
    nodes: [['MatMul', ['x', 'w'], ['m']], ['Reshape', ['m', 's'], ['t']], ['Gemm', ['t', 'v', 'b'], ['y'], { transB: 1 }]],
  },
};

describe.each(['w8a8', 'w8a16', 'w4a8'] as const)('%s: what extract takes, apply puts back', (scheme) => {
  test.each(Object.entries(NETWORKS))('%s', async (_, spec) => {
    const proto = buildModel(spec);
    const inputs = Object.entries(spec.inputs).map(([name, [dtype, dims]]) => ({ name, dtype, dims: dims ?? [] }));
    const feeds = seededInputs(inputs, { seed: 9, kinds: ['normal', 'unit'] });
    const { model, encodings } = await quantized(proto, feeds, path('m.onnx'), executor, scheme);
    const extracted = extractEncodings(model);
    expect(extracted.notes).toEqual([]);
    for (const [name, { bits, scale, zeroPoint }] of [...encodings.activations, ...encodings.parameters]) {
      expect(extracted.file.encodings.get(name)).toMatchObject({ bits, scale, zeroPoint });
    }
    const copies = spec.nodes.flatMap(([, inputs]) => inputs).filter((name) => name === 'w').length - 1;
    expect(extracted.file.encodings.size).toBe(encodings.activations.size + encodings.parameters.size + copies);
    expect([...extracted.model.graph.nodes()].map(({ opType }) => opType)).toEqual(spec.nodes.map(([opType]) => opType));
    const again = applyEncodings(extracted.model, extracted.file).model;
    expect(integerConstants(again)).toEqual(integerConstants(model));
    for (const feed of feeds) expect(await runOrt(again.toProto(), feed)).toEqual(await runOrt(model.toProto(), feed));
    const once = extractEncodings(again);
    expect(once.file).toEqual(extracted.file);
  });
});

describe('what encodings cannot say', () => {
  const s = { s: Tensor.of('float32', [], [0.05]), z: Tensor.of('uint8', [], [100]), s2: Tensor.of('float32', [], [0.07]), q: Tensor.of('int8', [3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9]) };
  const pair = (from: string, to: string, scale = 's'): NodeSpec[] => [['QuantizeLinear', [from, scale, 'z'], [`${to}_q`]], ['DequantizeLinear', [`${to}_q`, scale, 'z'], [to]]];
  const graph = (nodes: NodeSpec[], more: Partial<ModelSpec> = {}) => graphOf(buildModel({ inputs: { x: ['float32', [3, 3]] }, outputs: { y: ['float32', null] }, initializers: s, nodes, ...more }));
  test.each<readonly [string, NodeSpec[], RegExp]>([
    ['two grids', [['Relu', ['x'], ['r']], ...pair('r', 'a'), ...pair('r', 'b', 's2'), ['Add', ['a', 'b'], ['y']]], /"r": it is quantized in two ways/],
    ['an unquantized reader', [['Relu', ['x'], ['r']], ...pair('r', 'a'), ['Add', ['a', 'r'], ['y']]], /"r": .* reads it unquantized/],
    ['twice in a row', [...pair('x', 'a'), ...pair('a', 'b', 's2'), ['Relu', ['b'], ['y']]], /"a": it was quantized just before/],
    ['int32 codes that float32 cannot hold', [['DequantizeLinear', ['wide', 's'], ['w']], ...pair('x', 'a'), ['Add', ['a', 'w'], ['y']]], /"w": 2 of its 3 codes/],
  ])('%s: an error, or a named loss', (_, nodes, message) => {
    const wide = Tensor.of('int32', [3], [5, 2 ** 25 + 1, -(2 ** 30) - 1]);
    const model = () => graph(nodes, { initializers: { ...s, wide } });
    expect(() => extractEncodings(model())).toThrow(message);
    expect(extractEncodings(model(), { allowLoss: true }).losses.length).toBeGreaterThan(0);
  });
  test('integer operators stay, with a note', () => {
    const nodes: NodeSpec[] = [['QuantizeLinear', ['x', 's', 'z'], ['q1']], ['Transpose', ['q1'], ['t']], ['DequantizeLinear', ['t', 's', 'z'], ['d']], ...pair('d', 'e'), ['Relu', ['e'], ['y']]];
    const { model, notes, losses } = extractEncodings(graph(nodes), { allowLoss: true });
    expect(notes.join()).toMatch(/Transpose reads its codes/);
    expect(losses).toHaveLength(1);
    expect([...model.graph.nodes()].map(({ opType }) => opType)).toEqual(['QuantizeLinear', 'Transpose', 'DequantizeLinear', 'Relu']);
  });
  test('AIMET\'s form: float weights that are quantized while running stay as they are', async () => {
    const w = normals(3, 3);
    const before = graph([...pair('x', 'x_qdq'), ...pair('w', 'w_qdq'), ['MatMul', ['x_qdq', 'w_qdq'], ['y']]], { initializers: { ...s, w } });
    const { model, file } = extractEncodings(before);
    expect([...file.encodings.keys()]).toEqual(['x', 'w']);
    expect(file.encodings.get('w')?.section).toBe('parameter');
    expect(model.graph.values.get('w')?.initializer?.bytes()).toEqual(w.bytes());
    const feed = { x: ndarray('float32', [3, 3], [-9, -1, 0, 0.024, 0.025, 0.026, 1, 2, 90]) };
    expect(await runOrt(applyEncodings(model, file).model.toProto(), feed)).toEqual(await runOrt(before.toProto(), feed));
  });
  test('float models and empty ones', () => {
    expect(() => extractEncodings(graph([['Relu', ['x'], ['y']]]))).toThrow(/no QuantizeLinear/);
  });
});

describe('what QuantizeLinear cannot say, or the model does not have', () => {
  const model = () => graphOf(buildModel(conv()));
  const activation = (more: Partial<IntEncoding> = {}) => int('r', { section: 'activation', signed: false, ...more });
  test.each<readonly [string, IntEncoding, RegExp]>([
    ['12 bits', activation({ bits: 12 }), /"r": there is no uint12/],
    ['int32 activations', activation({ bits: 32, signed: true }), /"r": int32 is for constants/],
    ['2-bit grids', int('w', { bits: 2, zeroPoint: [-0.5] }), /"w": there is no int2/],
    ['another tensor', int('conv.weight', {}), /The model has no tensor "conv.weight"/],
    ['eleven scales for six channels', int('w', { scale: scales(11), zeroPoint: new Array(11).fill(0), grain: { kind: 'channel', axis: 0 } }), /"w" has 11 encodings for 6 channels/],
    ['an axis that is not there', int('w', { scale: scales(6), zeroPoint: new Array(6).fill(0), grain: { kind: 'channel', axis: 7 } }), /axis 7 and 4 dimensions/],
    ['blocks that do not fit', int('w', { scale: scales(12), zeroPoint: new Array(12).fill(0), grain: { kind: 'block', axis: 1, size: 3, shape: [6, 2, 1, 1] } }), /blocks of 3 along 4 entries/],
  ])('%s', (_, encoding, message) => expect(() => applyEncodings(model(), fileOf(encoding))).toThrow(message));
  test('near names are named', () => {
    const spec = buildModel({ inputs: { x: ['float32', [2]] }, outputs: { y: ['float32', null] }, nodes: [['Relu', ['x'], ['/body/conv1/Relu_output_0']], ['Neg', ['/body/conv1/Relu_output_0'], ['y']]] });
    expect(() => applyEncodings(graphOf(spec), fileOf(activation({ name: 'body.conv1.Relu_output_0' })))).toThrow(expect.objectContaining({ nextSteps: expect.arrayContaining(['Close: /body/conv1/Relu_output_0.']) }));
  });
  test('a model that is quantized already, integers, half precision', () => {
    const twice = applyEncodings(model(), fileOf(int('w', {}))).model;
    expect(() => applyEncodings(twice, fileOf(activation()))).toThrow(/quantized already/);
    const ints = graphOf(buildModel({ inputs: { x: ['int64', [2]] }, outputs: { y: ['int64', null] }, nodes: [['Neg', ['x'], ['y']]] }));
    expect(() => applyEncodings(ints, fileOf(activation({ name: 'x' })))).toThrow(/"x" holds int64/);
    const half = graphOf(buildModel({ inputs: { x: ['float16', [2]] }, outputs: { y: ['float16', null] }, nodes: [['Neg', ['x'], ['y']]] }));
    expect(() => applyEncodings(half, fileOf(activation({ name: 'x' })))).toThrow(/it is float16/);
    expect(applyEncodings(half, fileOf(activation({ name: 'x' })), { allowLoss: true }).losses).toHaveLength(1);
  });
  test('biases follow their layers: int32 at input scale × weight scale; a float encoding keeps one in float', () => {
    const grids = [int('x', { section: 'activation', signed: false, scale: [Math.fround(0.02)] }), int('w', { scale: [Math.fround(0.004)] })];
    const { model: made, derivedBiases } = applyEncodings(model(), fileOf(...grids));
    expect(derivedBiases).toBe(1);
    expect([...(made.graph.values.get('b_scale')?.initializer?.numbers() ?? [])]).toEqual([Math.fround(Math.fround(0.004) * Math.fround(0.02))]);
    expect(made.graph.values.get('b_quantized')?.initializer?.dtype).toBe('int32');
    const kept = applyEncodings(model(), { ...fileOf(...grids), encodings: new Map([...fileOf(...grids).encodings, ['b', { kind: 'float', name: 'b', section: 'parameter', bits: 32, extra: {} }]]) });
    expect(kept.derivedBiases).toBe(0);
    expect(extractEncodings(kept.model).file.encodings.get('b')).toMatchObject({ kind: 'float', bits: 32 });
  });
  test('biases that cannot follow stay in float, with a note: too large, several layers, grouped transposed ones', () => {
    const x = int('x', { section: 'activation', signed: false, scale: [Math.fround(1e-6)] });
    const large = applyEncodings(model(), fileOf(x, int('w', { scale: [Math.fround(1e-6)] })));
    expect([large.derivedBiases, large.notes.join()]).toEqual([0, expect.stringMatching(/"b" stays in float: it is too large/)]);
    const { nodes: _, ...rest } = conv({ initializers: { w: normals(4, 4, 1, 1), v: normals(4, 4, 1, 1), b: normals(4) } });
    const shared = graphOf(buildModel({ ...rest, nodes: [['Conv', ['x', 'w', 'b'], ['c']], ['Conv', ['x', 'v', 'b'], ['d']], ['Add', ['c', 'd'], ['y']]] }));
    const two = applyEncodings(shared, fileOf({ ...x, scale: [0.5] }, int('w', { scale: [0.25] }), int('v', { scale: [0.125] })));
    expect([two.derivedBiases, two.notes.join()]).toEqual([0, expect.stringMatching(/its layers have different scales/)]);
    const grouped = graphOf(buildModel({ ...rest, initializers: { w: normals(4, 3, 2, 2), b: normals(6) }, nodes: [['ConvTranspose', ['x', 'w', 'b'], ['y'], { group: 2 }]] }));
    const odd = applyEncodings(grouped, fileOf({ ...x, scale: [0.5] }, int('w', { scale: scales(3), zeroPoint: [0, 0, 0], grain: { kind: 'channel', axis: 1 } })));
    expect([odd.derivedBiases, odd.notes.join()]).toEqual([0, expect.stringMatching(/6 entries for 3 scales/)]);
  });
  test('LPBQ by its effective scales', async () => {
    const w = normals(6, 4);
    const proto = buildModel({ inputs: { x: ['float32', [2, 6]] }, outputs: { y: ['float32', null] }, initializers: { w }, nodes: [['MatMul', ['x', 'w'], ['y']]] });
    const file = readEncodings(JSON.stringify({ version: '2.0.0', encodings: [{ name: 'w', output_dtype: 'int4', per_channel_float_scale: [[0.01, 0.02, 0.03, 0.04]], per_block_int_scale: [[1, 2, 3, 4], [5, 6, 7, 8]], axis: 0, block_size: 3 }] }));
    const { model: made } = applyEncodings(graphOf(proto), file);
    const stored = [...(made.graph.values.get('w_scale')?.initializer?.numbers() ?? [])];
    expect(stored).toEqual([0.01, 0.04, 0.09, 0.16, 0.05, 0.12, 0.21, 0.32].map((v) => expect.closeTo(v, 7)));
    expect((await runOrt(made.toProto(), { x: ndarray('float32', [2, 6], new Float32Array(12).fill(1)) })).get('y')?.dims).toEqual([2, 4]);
  });
});

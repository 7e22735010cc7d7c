import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { inputContract } from '../../../../cli/work/contract.ts';
import { bindInputShapes, Model, type ReceptiveField, receptiveField, type Value } from '../../../../models/graph/index.ts';
import { readModel, Tensor } from '../../../../models/onnx/index.ts';
import { createHostExecutor, Prng } from '../../../../models/run/index.ts';
import { generateNetwork } from '../../../../models/zoo/index.ts';
import { measureTiling } from '../../../../reports/quality/index.ts';
import { buildModel, type NodeSpec, toBytes } from '../../../support/build-model.ts';
import { repoRoot } from '../../../support/paths.ts';
import { temporaryFolder } from '../../../support/temp-folder.ts';

const temporary = temporaryFolder();
const executor = createHostExecutor({ threads: 1 });
afterAll(() => executor.close());

const SIDE = 48;
const random = new Prng(3);
/** Positive weights: no path through the network cancels another. */
const weights = (...dims: number[]): Tensor => Tensor.of('float32', dims, Float64Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => 0.02 + 0.3 * random.uniform()));
const ints = (...values: number[]): Tensor => Tensor.of('int64', [values.length], values);
const floats = (...values: number[]): Tensor => Tensor.of('float32', [values.length], values);

interface Case { readonly nodes: readonly NodeSpec[]; readonly initializers?: Readonly<Record<string, Tensor>>; readonly channels?: number; readonly opset?: number }

function fieldOf(model: Model, layout?: 'NCHW' | 'NHWC'): ReceptiveField {
  const contract = inputContract(model, {});
  const input = model.graph.inputs.find(({ name }) => name === contract.name) as Value;
  bindInputShapes(model, new Map([[input.name, contract.shape.map((dim) => dim ?? SIDE)]]));
  return receptiveField(model.graph, input, layout ?? contract.layout);
}

function modelOf({ nodes, initializers = {}, channels = 3, opset = 18 }: Case): ReturnType<typeof buildModel> {
  return buildModel({ inputs: { input: ['float32', [1, channels, SIDE, SIDE]] }, outputs: { out: ['float32', null] }, nodes, initializers, opset });
}

/** What changing lines of a picture shows of the same network in ONNX Runtime. */
async function measured(name: string, one: Case): Promise<{ margin: number; period: number; complete: boolean }> {
  const path = temporary(`${name.replace(/\W/g, '-')}.onnx`);
  writeFileSync(path, toBytes(modelOf(one)));
  const onnx = readModel(path);
  const contract = inputContract(new Model(onnx.proto), {});
  onnx.close();
  return measureTiling({ executor, modelPath: path, contract }, { width: SIDE, height: SIDE });
}

const conv = (from: string, w: string, to: string, attributes: NonNullable<NodeSpec[3]> = {}): NodeSpec => ['Conv', [from, w], [to], attributes];
const same = (k: number): { pads: number[] } => ({ pads: new Array<number>(4).fill((k - 1) / 2) });

const CASES: readonly [name: string, one: Case][] = [
  ['convolutions of 5 and, dilated by 3, of 3', { nodes: [conv('input', 'a', 'x', same(5)), conv('x', 'b', 'out', { pads: [3, 3, 3, 3], dilations: [3, 3] })], initializers: { a: weights(4, 3, 5, 5), b: weights(3, 4, 3, 3) } }],
  ['padded on one side', { nodes: [conv('input', 'a', 'out', { pads: [0, 2, 2, 0] })], initializers: { a: weights(3, 3, 3, 3) } }],
  ['an even kernel padded alike', { nodes: [conv('input', 'a', 'out', { auto_pad: 'SAME_LOWER' })], initializers: { a: weights(3, 3, 4, 4) } }],
  ['down by 2 and up by a transposed convolution', { nodes: [conv('input', 'a', 'x', { ...same(3), strides: [2, 2] }), ['ConvTranspose', ['x', 'b'], ['out'], { strides: [2, 2], pads: [1, 1, 1, 1] }]], initializers: { a: weights(4, 3, 3, 3), b: weights(4, 3, 4, 4) } }],
  ['unshuffle, convolution, shuffle', { nodes: [['SpaceToDepth', ['input'], ['s'], { blocksize: 4 }], conv('s', 'a', 'x', same(3)), ['DepthToSpace', ['x'], ['out'], { blocksize: 4, mode: 'CRD' }]], initializers: { a: weights(48, 48, 3, 3) } }],
  ['a shuffle as reshapes and transposes', {
    nodes: [conv('input', 'a', 'x', same(3)), ['Reshape', ['x', 'six'], ['y']], ['Transpose', ['y'], ['z'], { perm: [0, 1, 4, 2, 5, 3] }], ['Reshape', ['z', 'four'], ['out']]],
    initializers: { a: weights(12, 3, 3, 3), six: ints(1, 3, 2, 2, SIDE, SIDE), four: ints(1, 3, 2 * SIDE, 2 * SIDE) },
  }],
  ['convolution after the shuffle', { nodes: [conv('input', 'a', 'x', same(3)), ['DepthToSpace', ['x'], ['y'], { blocksize: 2, mode: 'CRD' }], conv('y', 'b', 'out', same(5))], initializers: { a: weights(12, 3, 3, 3), b: weights(3, 3, 5, 5) } }],
  ['bicubic enlargement by 2', { nodes: [['Resize', ['input', '', 's'], ['out'], { mode: 'cubic' }]], initializers: { s: floats(1, 1, 2, 2) } }],
  ['linear enlargement by 1.5', { nodes: [['Resize', ['input', '', 's'], ['out'], { mode: 'linear' }]], initializers: { s: floats(1, 1, 1.5, 1.5) } }],
  ['nearest enlargement by 3 and a convolution', { nodes: [['Resize', ['input', '', 's'], ['x'], { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }], conv('x', 'a', 'out', same(3))], initializers: { s: floats(1, 1, 3, 3), a: weights(3, 3, 3, 3) } }],
  ['rows and columns thinned out by slices and joined', {
    nodes: [...[0, 1].flatMap((y): NodeSpec[] => [0, 1].map((x): NodeSpec => ['Slice', ['input', `at${y}${x}`, 'end', 'axes', 'two'], [`s${y}${x}`]])), ['Concat', ['s00', 's01', 's10', 's11'], ['c'], { axis: 1 }], conv('c', 'a', 'x', same(3)), ['DepthToSpace', ['x'], ['out'], { blocksize: 2 }]],
    initializers: { at00: ints(0, 0), at01: ints(0, 1), at10: ints(1, 0), at11: ints(1, 1), end: ints(1000, 1000), axes: ints(2, 3), two: ints(2, 2), a: weights(12, 12, 3, 3) },
  }],
  ['padding of its own, mirrored', { nodes: [['Pad', ['input', 'p'], ['x'], { mode: 'reflect' }], conv('x', 'a', 'out')], initializers: { p: ints(0, 0, 2, 2, 0, 0, 2, 2), a: weights(3, 3, 5, 5) } }],
  ['pooling beside the picture', { nodes: [['AveragePool', ['input'], ['x'], { kernel_shape: [7, 7], pads: [3, 3, 3, 3] }], ['Sub', ['input', 'x'], ['y']], conv('y', 'a', 'out', same(3))], initializers: { a: weights(3, 3, 3, 3) } }],
  ['averages of windows of 8, put back', {
    nodes: [
      ['Reshape', ['input', 'six'], ['a']], ['Transpose', ['a'], ['b'], { perm: [0, 2, 4, 1, 3, 5] }], ['Reshape', ['b', 'windows'], ['c']], ['ReduceMean', ['c', 'axis'], ['m']], ['Add', ['c', 'm'], ['d']],
      ['Reshape', ['d', 'back'], ['e']], ['Transpose', ['e'], ['f'], { perm: [0, 3, 1, 4, 2, 5] }], ['Reshape', ['f', 'four'], ['out']],
    ],
    initializers: { six: ints(1, 3, 6, 8, 6, 8), windows: ints(36, 3, 64), axis: ints(2), back: ints(1, 6, 6, 3, 8, 8), four: ints(1, 3, SIDE, SIDE) },
  }],
];

describe('the graph says what changing lines of a picture shows', () => {
  test.each(CASES)('%s', async (name, one) => {
    const field = fieldOf(new Model(modelOf(one)));
    if (field.kind !== 'local') throw new Error(`${field.opType}: ${field.why}`);
    const { margin, period, complete } = await measured(name, one);
    const { x, y } = field;
    expect({ margin: Math.max(x.before, x.after, y.before, y.after), period: Math.max(x.period, y.period), complete }).toEqual({ margin, period, complete: true });
  });
});

test('sides and axes are told apart', () => {
  const field = fieldOf(new Model(modelOf({ nodes: [conv('input', 'a', 'out', { pads: [0, 4, 2, 0], strides: [1, 2] })], initializers: { a: weights(3, 3, 3, 5) } })));
  expect(field).toEqual({ kind: 'local', y: { before: 0, after: 2, period: 1, scale: 1 }, x: { before: 4, after: 0, period: 2, scale: 0.5 } });
});

test('published networks: layers times reach', () => {
  const of = (name: string): ReceptiveField => fieldOf(new Model(generateNetwork(name).model));
  const margins = Object.fromEntries(['quicksrnet-large', 'abpn-28', 'edsr-baseline', 'fsrcnn', 'realesr-animevideov3', 'sesr-m5-y'].map((name) => {
    const field = of(name);
    return [name, field.kind === 'local' ? [field.y.before, field.x.after, field.x.scale] : field.why];
  }));
  expect(margins).toEqual({ 'quicksrnet-large': [13, 13, 2], 'abpn-28': [7, 7, 2], 'edsr-baseline': [36, 36, 2], fsrcnn: [8, 8, 2], 'realesr-animevideov3': [18, 18, 4], 'sesr-m5-y': [9, 9, 2] });
});

test('every export of one picture is followed, but for windows that wrap round', () => {
  const folder = join(repoRoot, 'test/fixtures/exports');
  const lost = readdirSync(folder).filter((name) => name.endsWith('.onnx')).filter((name) => {
    const onnx = readModel(join(folder, name));
    const { kind } = fieldOf(new Model(onnx.proto));
    onnx.close();
    return kind !== 'local';
  });
  expect(lost).toEqual(['grid_six_axes_op17.onnx', 'window_attention_batch4_op17.onnx', 'window_attention_op11.onnx', 'window_attention_op17.onnx']);
});

test.each<[string, Case, ReceptiveField['kind'], RegExp]>([
  ['the mean of the picture', { nodes: [['GlobalAveragePool', ['input'], ['m']], ['Sub', ['input', 'm'], ['out']]] }, 'global', /all places/],
  ['a norm over places', { nodes: [['InstanceNormalization', ['input', 's', 's'], ['out']]], initializers: { s: floats(1, 1, 1) } }, 'global', /all places/],
  ['softmax along a row', { nodes: [['Softmax', ['input'], ['out'], { axis: -1 }]] }, 'global', /all places/],
  ['attention between all places', {
    nodes: [['Reshape', ['input', 's'], ['q']], ['Transpose', ['q'], ['k'], { perm: [0, 2, 1] }], ['MatMul', ['k', 'q'], ['qk']], ['Softmax', ['qk'], ['p']], ['MatMul', ['q', 'p'], ['o']], ['Reshape', ['o', 'four'], ['out']]],
    initializers: { s: ints(1, 3, SIDE * SIDE), four: ints(1, 3, SIDE, SIDE) },
  }, 'global', /all places/],
  ['an embedding of places', { nodes: [['Add', ['input', 'e'], ['out']]], initializers: { e: weights(1, 1, SIDE, SIDE) } }, 'placed', /differs from place to place/],
  ['corners aligned', { nodes: [['Resize', ['input', '', 's'], ['out'], { mode: 'linear', coordinate_transformation_mode: 'align_corners' }]], initializers: { s: floats(1, 1, 2, 2) } }, 'placed', /size of the whole picture/],
  ['back to a size that is no multiple', { nodes: [conv('input', 'a', 'x', { strides: [3, 3] }), ['Resize', ['x', '', '', 'n'], ['y'], { mode: 'linear' }], ['Add', ['input', 'y'], ['out']]], initializers: { a: weights(3, 3, 5, 5), n: ints(1, 3, SIDE, SIDE) } }, 'placed', /no multiple|grids do not match|simple ratio/],
  ['from the end', { nodes: [['Slice', ['input', 'a', 'e', 'axes'], ['out']]], initializers: { a: ints(-20), e: ints(1000), axes: ints(2) } }, 'placed', /from the end/],
  ['an operator that is not known', { nodes: [['GridSample', ['input', 'g'], ['out']]], initializers: { g: weights(1, SIDE, SIDE, 2) } }, 'unknown', /not followed/],
  ['no picture', { nodes: [['Flatten', ['input'], ['x']], ['ReduceSum', ['x', 'none'], ['out'], { noop_with_empty_axes: 0 }]], initializers: { none: ints() } }, 'global', /all places/],
])('%s: said with the node and why', (_, one, kind, why) => {
  const field = fieldOf(new Model(modelOf(one)));
  expect(field.kind).toBe(kind);
  expect(field.kind === 'local' ? '' : field.why).toMatch(why);
});

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { NamedArrays } from '../../../models/contracts/index.ts';
import { inferShapes, Model } from '../../../models/graph/index.ts';
import { decodeModel, Tensor } from '../../../models/onnx/index.ts';
import { createHostExecutor } from '../../../models/run/index.ts';
import { encodingsOf, readEncodings } from '../../../converters/encodings/index.ts';
import { quantizeModel } from '../../../converters/quantize/index.ts';
import { readArtifact } from '../../../converters/qnn/artifact-file.ts';
import { contextHead } from '../../../device-harness/virtual/qnn-sdk/context-head.ts';
import { buildModel, type ModelSpec, toBytes } from '../../support/build-model.ts';
import { htpMissing, htpToolchain } from '../../support/htp.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';
import { convert, feedsOf } from './conversion.ts';
import { distanceTo } from './run-made.ts';

const temporary = temporaryFolder();
const library = { form: 'model-library', chain: 'qnn' } as const;

/** Weights that are no multiples of anything, so that a wrong order of axes shows. */
function weights(dims: readonly number[]): Tensor {
  return Tensor.of('float32', dims, Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * 1.7) * 0.3));
}

/** A convolution to four channels and an activation. */
function network(dims: readonly number[] = [1, 3, 8, 12], { input = 'input', output = 'output' } = {}): ModelSpec {
  const [batch, channels, height, width] = dims as [number, number, number, number];
  return {
    inputs: { [input]: ['float32', dims] }, outputs: { [output]: ['float32', [batch, 4, height, width]] }, initializers: { w: weights([4, channels, 3, 3]), b: weights([4]) },
    nodes: [['Conv', [input, 'w', 'b'], ['h'], { pads: [1, 1, 1, 1] }, { name: 'conv' }], ['Relu', ['h'], [output], {}, { name: 'relu' }]],
  };
}

const image = { input: [1, 3, 8, 12] };
const [feed] = feedsOf(image) as [NamedArrays];

describe.skipIf(!htpToolchain)(`context binaries${htpMissing}`, () => {
  test.each([
    ['qnn', 'fp16', 'SM8650', 0.003, 'float16'], ['qnn', 'w8a8', 'SM8650', 0.03, 'ufixed-8'], ['qairt', 'w8a8', 'SM8550', 0.03, 'ufixed-8'],
  ] as const)('%s chain, %s for %s: computes the model within what the scheme explains', async (chain, precision, chip, limit, type) => {
    const { result: { artifact, history }, job } = await convert(temporary(), network(), { chain, precision, chip, feeds: precision === 'w8a8' ? feedsOf(image, 3) : null });
    expect(artifact).toMatchObject({ form: 'context-binary', graph: 'model', chip, backends: ['htp'], build: 'v2.40.0.250724' });
    const axes = chain === 'qnn' ? [0, 2, 3, 1] : null;
    expect(artifact.inputs).toMatchObject([{ name: 'input', type, dims: axes ? [1, 8, 12, 3] : [1, 3, 8, 12], axes }]);
    expect(artifact.outputs).toMatchObject([{ name: 'output', type, dims: axes ? [1, 8, 12, 4] : [1, 4, 8, 12], axes }]);
    expect(artifact.inputs[0]?.scale === null).toBe(precision === 'fp16');
    expect(contextHead(artifact.path, job.base)?.chip).toBe(chip);
    expect(await distanceTo(artifact, job, feed)).toBeLessThan(limit);
    expect(await readArtifact(temporary('out'))).toEqual(artifact);
    expect(history.fallbacks).toEqual([]);
  });

  test('a graph that the tools call otherwise: settings written again under its name, the context made once more', async () => {
    const { result: { artifact, history }, runner } = await convert(temporary(), network(), { chain: 'qairt', precision: 'fp32', keep: temporary('kept'), wrong: 'qairt-converter=other-graph-name' });
    expect([artifact.graph, history.notes]).toEqual(['renamed_graph', [expect.stringMatching(/call the graph "renamed_graph"/)]]);
    expect(runner.calls.filter(({ tool, args }) => tool === 'qnn-context-binary-generator' && !args.includes('--help')).length).toBe(2);
    expect(readFileSync(temporary('kept/htp.json'), 'utf8')).toContain('"renamed_graph"');
  });

  test('a DLC: read back through a context that is not shipped', async () => {
    const { result: { artifact }, job } = await convert(temporary(), network(), { chain: 'qairt', form: 'dlc', precision: 'w8a8', feeds: feedsOf(image, 2) });
    expect(artifact).toMatchObject({ form: 'dlc', chip: null, backends: ['htp', 'gpu', 'cpu'], madeBy: 'stand-in of SDK 2.40.0.250724 (qairt-converter, qairt-quantizer)' });
    expect(await distanceTo(artifact, job, feed)).toBeLessThan(0.03);
    expect(readdirSync(temporary('out')).sort()).toEqual(['artifact.json', 'log.txt', 'model.w8a8.dlc']);
  });

  test('a float DLC that HTP does not take: for the other back ends, its faces as documented, with a note', async () => {
    const model: ModelSpec = { inputs: { 'x/0': ['float32', [1, 2, 2, 2, 2, 2]] }, outputs: { y: ['float32', [1, 2, 2, 2, 2, 2]] }, nodes: [['Relu', ['x/0'], ['y'], {}, { name: 'relu' }]] };
    const { result: { artifact, history }, job } = await convert(temporary(), model, { chain: 'qairt', form: 'dlc', precision: 'fp32' });
    expect(artifact).toMatchObject({ backends: ['gpu', 'cpu'], build: 'v2.40.0.250724', inputs: [{ name: 'x_0', onnxName: 'x/0', type: 'float32', axes: null }] });
    expect(history.notes).toEqual([expect.stringMatching(/HTP does not take an operator.* not read back/)]);
    expect(await distanceTo(artifact, job, feedsOf({ 'x/0': [1, 2, 2, 2, 2, 2] })[0] as NamedArrays)).toBe(0);
  });

  test('six axes are refused with advice', async () => {
    const model: ModelSpec = { inputs: { x: ['float32', [1, 2, 2, 2, 2, 2]] }, outputs: { y: ['float32', [1, 2, 2, 2, 2, 2]] }, nodes: [['Relu', ['x'], ['y'], {}, { name: 'relu' }]] };
    await expect(convert(temporary(), model, { chain: 'qairt' })).rejects.toMatchObject({ message: expect.stringMatching(/HTP does not take an operator/), nextSteps: expect.arrayContaining([expect.stringMatching(/dyno check/)]) });
  });
});

describe('schemes', () => {
  test.each([['fp32', 1e-5, 'float32'], ['w8a16', 0.01, 'ufixed-16'], ['w4a8', 0.15, 'ufixed-8']] as const)('%s', async (precision, limit, type) => {
    const { result: { artifact }, job } = await convert(temporary(), network(), { ...library, precision, feeds: feedsOf(image, 3) });
    expect([...artifact.inputs, ...artifact.outputs].map((tensor) => tensor.type)).toEqual([type, type]);
    expect(await distanceTo(artifact, job, feed)).toBeLessThan(limit);
  });
});

describe('faces', () => {
  test.each<[string, readonly number[], number]>([
    ['a square image', [1, 3, 8, 8], 0], ['as many channels as rows', [1, 8, 8, 8], 1], ['three pictures at once', [3, 3, 8, 12], 0], ['one channel', [1, 1, 8, 12], 0], ['one pixel', [1, 1, 1, 1], 0],
  ])('%s: the same numbers, in float and in 8 bits', async (_, dims, notes) => {
    for (const precision of ['fp32', 'w8a8'] as const) {
      const feeds = feedsOf({ input: dims }, 2);
      const { result: { artifact, history }, job } = await convert(temporary(), network(dims), { ...library, precision, feeds });
      expect(await distanceTo(artifact, job, feeds[0] as NamedArrays)).toBeLessThan(precision === 'fp32' ? 1e-5 : dims[1] === 8 ? 0.05 : 0.03);
      expect(history.notes.length).toBe(notes);
      const otherwise = { ...artifact, inputs: artifact.inputs.map((tensor) => ({ ...tensor, axes: null })) };
      if (notes > 0) expect(await distanceTo(otherwise, job, feeds[0] as NamedArrays)).toBeGreaterThan(0.2);
    }
  });

  test('layout and type stay as in the model where that is asked', async () => {
    const { result: { artifact }, job } = await convert(temporary(), network(), { ...library, precision: 'w8a8', feeds: feedsOf(image), preserveIo: true });
    expect([...artifact.inputs, ...artifact.outputs].map(({ type, axes, scale }) => [type, axes, scale])).toEqual([['float32', null, null], ['float32', null, null]]);
    expect(await distanceTo(artifact, job, feed)).toBeLessThan(0.03);
  });

  test('names that are no identifiers', async () => {
    const names = { input: '/model/Conv_input_0', output: '1-out' };
    const feeds = feedsOf({ [names.input]: [1, 3, 8, 12] });
    for (const precision of ['fp32', 'w8a8'] as const) {
      const { result: { artifact }, job } = await convert(temporary(), network([1, 3, 8, 12], names), { ...library, precision, feeds, name: '2x-net.v1.onnx' });
      expect([artifact.graph, artifact.inputs[0], artifact.outputs[0]]).toMatchObject(['_2x_net_v1', { name: '_model_Conv_input_0', onnxName: names.input }, { name: '_1_out', onnxName: names.output }]);
      expect(await distanceTo(artifact, job, feeds[0] as NamedArrays)).toBeLessThan(0.03);
    }
  });

  test('open sizes are passed on', async () => {
    const model: ModelSpec = { ...network(), inputs: { input: ['float32', ['N', 3, 'H', 'W']] }, outputs: { output: ['float32', ['N', 4, 'H', 'W']] } };
    const shapes = new Map([['input', [1, 3, 8, 12]]]);
    const { result: { artifact }, job, runner } = await convert(temporary(), model, { ...library, shapes });
    expect(runner.calls.find(({ args }) => args.includes('--input_dim'))?.args.join(' ')).toContain('--input_dim input 1,3,8,12');
    expect(await distanceTo(artifact, job, feed)).toBeLessThan(1e-5);
  });

  test('two inputs, one of them whole numbers: read in the types of the model', async () => {
    const model: ModelSpec = {
      inputs: { a: ['float32', [1, 3, 4, 6]], shift: ['int32', [1]] }, outputs: { y: ['float32', [1, 3, 4, 6]], z: ['float32', [1, 3, 4, 6]] },
      nodes: [['Cast', ['shift'], ['s'], { to: 1 }, { name: 'cast' }], ['Add', ['a', 's'], ['y'], {}, { name: 'add' }], ['Relu', ['a'], ['z'], {}, { name: 'relu' }]],
    };
    const feeds = feedsOf({ a: [1, 3, 4, 6] }, 2).map((one, i) => new Map([...one, ['shift', { dtype: 'int32' as const, dims: [1], data: Int32Array.from([i + 2]) }]]));
    const { result: { artifact }, job, runner } = await convert(temporary(), model, { ...library, precision: 'w8a8', feeds, keep: temporary('kept') });
    expect(runner.calls.some(({ args }) => args.includes('--use_native_input_files'))).toBe(true);
    expect(readFileSync(temporary('kept/input_list.txt'), 'utf8')).toBe('a:=raw/0-a.raw shift:=raw/0-shift.raw\na:=raw/1-a.raw shift:=raw/1-shift.raw\n');
    expect(artifact.inputs.map(({ type, axes }) => [type, axes])).toEqual([['ufixed-8', [0, 2, 3, 1]], ['int32', null]]);
    expect(await distanceTo(artifact, job, feeds[0] as NamedArrays)).toBeLessThan(0.03);
  });
});

describe('encodings', () => {
  const encoding = (min: number, max: number): object => ({ bitwidth: 8, dtype: 'int', is_symmetric: 'False', min, max, offset: Math.round(min / ((max - min) / 255)), scale: (max - min) / 255 });
  const file = (activations: Readonly<Record<string, object>>) => readEncodings(JSON.stringify({ version: '0.6.1', activation_encodings: Object.fromEntries(Object.entries(activations).map(([name, value]) => [name, [value]])), param_encodings: {} }));

  test('the user’s ranges win over those of calibration', async () => {
    const feeds = feedsOf(image);
    const { result: { artifact } } = await convert(temporary(), network(), { ...library, precision: 'w8a8', feeds, encodings: file({ input: encoding(0, 51), output: encoding(0, 25.5) }) });
    expect([artifact.inputs[0], artifact.outputs[0]]).toMatchObject([{ scale: expect.closeTo(0.2, 6), offset: 0 }, { scale: expect.closeTo(0.1, 6), offset: 0 }]);
  });

  test('of another model: refused before any tool runs', async () => {
    await expect(convert(temporary(), network(), { ...library, precision: 'w8a8', feeds: feedsOf(image), encodings: file({ nowhere: encoding(0, 1) }) })).rejects.toThrow(/no tensor "nowhere"/);
  });

  test('without data what has none stays float, and is listed', async () => {
    const { result: { history }, runner } = await convert(temporary(), network(), { ...library, precision: 'w8a8', encodings: file({ input: encoding(0, 1), h: encoding(-2, 2) }) });
    expect(runner.calls.some(({ args }) => args.includes('--float_fallback') && !args.includes('--input_list'))).toBe(true);
    expect(history.fallbacks.join(' ')).toContain('relu');
  });

  test('of a QDQ model: its own scales come out again, from its float form', async () => {
    const path = temporary('float.onnx');
    writeFileSync(path, toBytes(buildModel(network())));
    const model = new Model(decodeModel(readFileSync(path)).proto);
    inferShapes(model);
    const executor = createHostExecutor();
    const quantized = await quantizeModel(model, { scheme: 'w8a8', range: 'minmax', rounding: 'nearest', executor, modelPath: path, calibration: feedsOf(image) }).finally(() => executor.close());
    const source = temporary('qdq.onnx');
    writeFileSync(source, toBytes(quantized.model.toProto()));
    const { result: { artifact }, runner, job } = await convert(temporary(), source, { ...library, precision: 'w8a8', feeds: feedsOf(image), keep: temporary('kept') });
    const own = encodingsOf(quantized.encodings).encodings.get('input');
    expect(artifact.inputs[0]?.scale).toBeCloseTo(own?.kind === 'int' ? (own.scale[0] as number) : 0, 9);
    expect(runner.calls.some(({ args }) => args.includes(join(temporary('kept'), 'source.onnx')))).toBe(true);
    expect(await distanceTo(artifact, job, feed)).toBeLessThan(0.01);
    await expect(convert(temporary(), source, { ...library, precision: 'fp16' })).rejects.toThrow(/The model is quantized/);
  });
});

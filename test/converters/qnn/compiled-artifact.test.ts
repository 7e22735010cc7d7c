import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { compileForHtp, contextExecutor, htpExecutor, type HtpToolchain } from '../../../converters/htp/index.ts';
import type { QnnGraph } from '../../../converters/htp/inspect/qnn-graph.ts';
import { readArtifact } from '../../../converters/htp/inspect/read-artifact.ts';
import type { QnnArtifact, QnnTensor } from '../../../converters/qnn/artifact.ts';
import { compiledArtifacts } from '../../../converters/qnn/compiled-artifact.ts';
import { rawType } from '../../../converters/qnn/data-types.ts';
import { resolveSoc } from '../../../converters/rules/index.ts';
import type { NdArray } from '../../../models/contracts/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { buildModel, type ModelSpec, toBytes } from '../../support/build-model.ts';
import { bitEqual } from '../../support/compare.ts';
import { htpMissing, htpToolchain } from '../../support/htp.ts';
import { fixture, repoRoot } from '../../support/paths.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();
const cache = temporary('cache');
const { soc } = resolveSoc('SM8650');
const plain = fixture('exports', 'plain_clip_x2_op17.onnx');

function saved(name: string, spec: ModelSpec): string {
  const path = temporary(`${name}.onnx`);
  writeFileSync(path, toBytes(buildModel(spec)));
  return path;
}

const scalar = (dtype: 'float32' | 'uint8' | 'int8' | 'int32', values: readonly number[], dims: readonly number[] = []): Tensor => Tensor.of(dtype, dims, values);

/** A 1×1 convolution between quantizers: float faces, uint8 inside. */
const quantized = (): string => saved('quantized', {
  inputs: { 'image.in': ['float32', [1, 2, 4, 6]] }, outputs: { 'out/put': ['float32', [1, 3, 4, 6]] },
  initializers: { si: scalar('float32', [1 / 255]), zi: scalar('uint8', [0]), so: scalar('float32', [0.0123]), zo: scalar('uint8', [31]), sw: scalar('float32', [0.01]), zw: scalar('int8', [0]), w: scalar('int8', [90, -40, 20, 35, -70, 60], [3, 2, 1, 1]) },
  nodes: [
    ['QuantizeLinear', ['image.in', 'si', 'zi'], ['q'], {}, { name: 'qi' }], ['DequantizeLinear', ['q', 'si', 'zi'], ['x'], {}, { name: 'di' }], ['DequantizeLinear', ['w', 'sw', 'zw'], ['wf'], {}, { name: 'dw' }],
    ['Conv', ['x', 'wf'], ['y'], {}, { name: 'conv' }], ['QuantizeLinear', ['y', 'so', 'zo'], ['qo'], {}, { name: 'qo' }], ['DequantizeLinear', ['qo', 'so', 'zo'], ['out/put'], {}, { name: 'do' }],
  ],
});

/** The same kind of network with bytes as its face. */
const bytes = (): string => saved('bytes', {
  inputs: { q: ['uint8', [1, 2, 4, 6]] }, outputs: { r: ['uint8', [1, 2, 4, 6]] }, initializers: { s: scalar('float32', [0.02]), z: scalar('uint8', [3]), t: scalar('float32', [0.01]), u: scalar('uint8', [5]) },
  nodes: [['DequantizeLinear', ['q', 's', 'z'], ['x'], {}, { name: 'd' }], ['Relu', ['x'], ['y'], {}, { name: 'relu' }], ['QuantizeLinear', ['y', 't', 'u'], ['r'], {}, { name: 'w' }]],
});

const integers = (): string => saved('integers', {
  inputs: { 'idx:0': ['int64', [4]] }, outputs: { '/rows.1': ['float32', [4, 8]], 'best-1': ['int64', [4, 1]] },
  initializers: { table: scalar('float32', Array.from({ length: 128 }, (_, i) => (i * 37) % 101), [16, 8]) },
  nodes: [['Gather', ['table', 'idx:0'], ['/rows.1'], { axis: 0 }], ['ArgMax', ['/rows.1'], ['best-1'], { axis: 1 }]],
});

describe.skipIf(!htpToolchain)(`artifacts for phones made here${htpMissing}`, () => {
  const toolchain = htpToolchain as HtpToolchain;
  afterAll(() => toolchain.close());
  const artifact = async (modelPath: string, unit: 'htp' | 'gpu' | 'cpu'): Promise<QnnArtifact> =>
    (await compiledArtifacts(toolchain, { modelPath, soc, units: [unit], shapes: new Map(), cache })).get(unit) as QnnArtifact;

  test('htp gets a context for its chip, gpu and cpu one DLC; made once', async () => {
    const request = { modelPath: plain, soc, units: ['htp', 'gpu', 'cpu'] as const, shapes: new Map(), cache };
    const made = await compiledArtifacts(toolchain, request);
    const face = { inputs: [{ name: 'input', onnxName: 'input', type: 'float32', dims: [1, 3, 32, 32], axes: null, scale: null, offset: null }], outputs: [{ name: 'output', onnxName: 'output', type: 'float32', dims: [1, 3, 64, 64], axes: null, scale: null, offset: null }] };
    expect(made.get('htp')).toMatchObject({ form: 'context-binary', chip: 'SM8650', backends: ['htp'], ...face, source: { path: plain } });
    expect(made.get('cpu')).toMatchObject({ form: 'dlc', chip: null, ...face });
    expect(made.get('gpu')).toBe(made.get('cpu'));
    const context = made.get('htp') as QnnArtifact;
    const { content } = await readArtifact(context.path);
    expect(content).toMatchObject({ kind: 'context-binary', chips: ['SM8650'], graphs: [context.graph], build: context.build });
    expect((await readArtifact(made.get('cpu')?.path as string)).content).toMatchObject({ kind: 'dlc' });
    const before = statSync(context.path).mtimeMs;
    expect((await compiledArtifacts(toolchain, request)).get('htp')).toEqual(context);
    expect(statSync(context.path).mtimeMs).toBe(before);
  });

  test.each([['a float model', () => plain], ['quantizers at the face', quantized], ['indices and odd names', integers]])('%s: names, types and sizes are those of the graph that the compiler states', async (_, make) => {
    const path = make();
    const { inputs, outputs } = await artifact(path, 'htp');
    const stated = await graphOf(toolchain, path);
    const plainly = ({ name, type, dims, scale, offset }: QnnTensor): object => ({ name, type: type.replace('-', ''), dims, scale, zeroPoint: offset === null ? null : 0 - offset });
    const zeroed = (tensors: readonly { zeroPoint: number | null }[]): object[] => tensors.map((tensor) => ({ ...tensor, zeroPoint: tensor.zeroPoint === null ? null : 0 + tensor.zeroPoint }));
    expect(inputs.map(plainly)).toEqual(zeroed(stated.inputs));
    expect(new Set(outputs.map(plainly))).toEqual(new Set(zeroed(stated.outputs)));
  });

  test('the bare context, fed and read by its face alone, computes what the session with its conversions does, bit for bit', async () => {
    const path = quantized();
    const made = await artifact(path, 'htp');
    expect(made.inputs[0]).toMatchObject({ onnxName: 'image.in', type: 'ufixed-8', offset: 0 });
    expect(made.outputs[0]).toMatchObject({ onnxName: 'out/put', type: 'ufixed-8', offset: -31, scale: Math.fround(0.0123) });
    const values = Float32Array.from({ length: 48 }, (_, i) => (i * 7919) % 97 / 80 - 0.1);
    const [session] = await contextExecutor(toolchain, soc, { cache }).run(path, [new Map([['image.in', { dtype: 'float32', dims: [1, 2, 4, 6], data: values }]])]);
    const [input, output] = [made.inputs[0] as QnnTensor, made.outputs[0] as QnnTensor];
    const bytes = Uint8Array.from(values, (v) => Math.min(255, Math.max(0, roundEven(Math.fround(v / (input.scale as number))) - (input.offset as number))));
    const [raw] = await htpExecutor(toolchain, soc).run(bareContext(made), [new Map([[input.name, { dtype: 'uint8', dims: input.dims, data: bytes }]])]);
    const got = raw?.get(output.name) as NdArray;
    const real = Float32Array.from(got.data as Uint8Array, (q) => (q + (output.offset as number)) * (output.scale as number));
    expect(bitEqual({ dtype: 'float32', dims: got.dims, data: real }, session?.get('out/put') as NdArray)).toBe(true);
    expect(new Set(real).size).toBeGreaterThan(5);
  });

  test('integers at the model’s own face go as they are: no scale turns them into anything', async () => {
    const { inputs, outputs } = await artifact(bytes(), 'htp');
    expect([...inputs, ...outputs].map(({ onnxName, type, scale, offset }) => [onnxName, type, scale, offset])).toEqual([['q', 'ufixed-8', null, null], ['r', 'ufixed-8', null, null]]);
  });

  test('an input that is wanted both as it is and quantized cannot be one tensor', async () => {
    const path = saved('twice', {
      inputs: { x: ['float32', [1, 2, 4, 6]] }, outputs: { y: ['float32', [1, 2, 4, 6]] }, initializers: { s: scalar('float32', [0.02]), z: scalar('uint8', [3]) },
      nodes: [['QuantizeLinear', ['x', 's', 'z'], ['q'], {}, { name: 'q' }], ['DequantizeLinear', ['q', 's', 'z'], ['d'], {}, { name: 'd' }], ['Relu', ['x'], ['r'], {}, { name: 'relu' }], ['Add', ['d', 'r'], ['y'], {}, { name: 'add' }]],
    });
    await expect(artifact(path, 'htp')).rejects.toThrow('takes or gives "x", which is no input or output of the model by one conversion');
  });

  test('a DLC keeps conversions inside: its face is the model’s own, whatever the units', async () => {
    const { inputs, outputs } = await artifact(quantized(), 'cpu');
    expect([inputs[0]?.name, inputs[0]?.type, outputs[0]?.name, outputs[0]?.type]).toEqual(['image.in', 'float32', 'out/put', 'float32']);
  });

  test('what is not one graph is refused with the nodes that are in the way', async () => {
    const path = saved('split', { inputs: { x: ['float32', [1, 4, 4, 4]] }, outputs: { y: ['float32', [1, 4, 4, 4]] }, nodes: [['Relu', ['x'], ['a']], ['Erf', ['a'], ['b'], {}, { name: 'gelu/Erf' }], ['Sigmoid', ['b'], ['y']]] });
    await expect(artifact(path, 'htp')).rejects.toThrow('split.onnx cannot go to a phone as one context: it falls into 2 graphs, and gelu/Erf (Operators of type `Erf` are not supported by QNN EP) stays on the CPU.');
    await expect(artifact(path, 'gpu')).rejects.toThrow('gelu/Erf');
    await expect(artifact(fixture('exports', 'uint8_io_op17.onnx'), 'htp')).rejects.toThrow('Transpose');
    await expect(compiledArtifacts(toolchain, { modelPath: plain, soc: null, units: ['htp'], shapes: new Map(), cache })).rejects.toThrow('chip of this phone is not known');
  });

  test('sizes that the file leaves open are those asked for', async () => {
    const modelPath = join(repoRoot, 'models/zoo/weights/quicksrnet-small-x2-dynamic.onnx');
    const made = await compiledArtifacts(toolchain, { modelPath, soc, units: ['htp', 'cpu'], shapes: new Map([['input', [1, 3, 24, 40]]]), cache });
    expect([...made.values()].map(({ inputs, outputs }) => [inputs[0]?.dims, outputs[0]?.dims])).toEqual([[[1, 3, 24, 40], [1, 3, 48, 80]], [[1, 3, 24, 40], [1, 3, 48, 80]]]);
  });
});

/** Input and output tensors of the graph as the provider's own JSON dump has them. */
async function graphOf(toolchain: HtpToolchain, modelPath: string): Promise<{ inputs: QnnGraph['inputs']; outputs: QnnGraph['outputs'] }> {
  const folder = temporary(`dump-${basename(modelPath)}-${Math.trunc(performance.now())}`);
  mkdirSync(folder);
  await compileForHtp(toolchain, { modelPath, soc, options: { more: { dump_json_qnn_graph: '1', json_qnn_graph_dir: folder } } });
  const file = readdirSync(folder).find((name) => readFileSync(join(folder, name), 'utf8').includes('"op_types"')) as string;
  const { content } = await readArtifact(join(folder, file));
  if (content.kind !== 'qnn-graph') throw new Error('no graph');
  return content;
}

/** An ONNX file of nothing but the compiled graph, written from the artifact's face. */
function bareContext({ path, graph, inputs, outputs }: QnnArtifact): string {
  const target = temporary('bare_ctx.onnx');
  copyFileSync(path, temporary('bare.bin'));
  const specs = (tensors: readonly QnnTensor[]) => Object.fromEntries(tensors.map(({ name, type, dims }) => [name, [rawType(type), dims] as const]));
  const attributes = { main_context: 1, embed_mode: 0, ep_cache_context: 'bare.bin', partition_name: graph, source: 'QNNExecutionProvider' };
  writeFileSync(target, toBytes(buildModel({
    inputs: specs(inputs), outputs: specs(outputs), domains: { 'com.microsoft': 1 },
    nodes: [['EPContext', inputs.map(({ name }) => name), outputs.map(({ name }) => name), attributes, { domain: 'com.microsoft', name: graph }]],
  })));
  return target;
}

function roundEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
}

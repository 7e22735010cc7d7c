import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { NamedArrays, NdArray } from '../../../models/contracts/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { htpExecutor } from '../../../converters/htp/index.ts';
import { readArtifact } from '../../../converters/qnn/artifact-file.ts';
import type { QnnArtifact, QnnTensor } from '../../../converters/qnn/artifact.ts';
import { rawType } from '../../../converters/qnn/data-types.ts';
import { resolveSoc } from '../../../converters/rules/resolve-target.ts';
import { readCarrier } from '../../../device-harness/virtual/qnn-sdk/carrier.ts';
import { contextHead } from '../../../device-harness/virtual/qnn-sdk/context-head.ts';
import type { ModelSpec } from '../../support/build-model.ts';
import { htpMissing, htpToolchain } from '../../support/htp.ts';
import { runOrt } from '../../support/ort.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';
import { convert, feedsOf } from './conversion.ts';

const temporary = temporaryFolder();

/** Weights that are no multiples of anything, so that a wrong order of axes shows. */
function weights(dims: readonly number[]): Tensor {
  return Tensor.of('float32', dims, Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * 1.7) * 0.3));
}

/** A convolution and an activation on images whose height, width and channels differ unless told. */
function network([height, width, channels] = [8, 12, 3], names = { input: 'input', output: 'output' }): ModelSpec {
  return {
    inputs: { [names.input]: ['float32', [1, channels as number, height as number, width as number]] }, outputs: { [names.output]: ['float32', [1, 4, height as number, width as number]] },
    initializers: { w: weights([4, channels as number, 3, 3]), b: weights([4]) },
    nodes: [['Conv', [names.input, 'w', 'b'], ['h'], { pads: [1, 1, 1, 1] }, { name: 'conv' }], ['Relu', ['h'], [names.output], {}, { name: 'relu' }]],
  };
}

/** Moves axes as a tensor of an artifact has them, and rounds to its grid. */
function given(array: NdArray, { axes, type, scale, offset }: QnnTensor): NdArray {
  const moved = axes ? moveAxes(array, axes) : array;
  if (scale === null || offset === null) return moved;
  const most = 2 ** Number(type.replace(/\D/g, '')) - 1;
  return Tensor.of(rawType(type), moved.dims, Float64Array.from(moved.data as Float32Array, (x) => Math.min(most, Math.max(0, Math.round(x / scale) - offset)))).toNdArray();
}

/** The other way. */
function taken(array: NdArray, { axes, scale, offset }: QnnTensor): number[] {
  const back = axes ? moveAxes(array, axes.map((_, i) => axes.indexOf(i))) : array;
  return [...Tensor.fromNdArray(back).numbers()].map((q) => (scale === null || offset === null ? q : (q + offset) * scale));
}

function moveAxes(array: NdArray, axes: readonly number[]): NdArray {
  const dims = axes.map((axis) => array.dims[axis] as number);
  const strides = array.dims.map((_, axis) => array.dims.slice(axis + 1).reduce((a, b) => a * b, 1));
  const values = Tensor.fromNdArray(array).numbers();
  const moved = Float64Array.from({ length: values.length }, (_, to) => {
    let [rest, from] = [to, 0];
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      from += (rest % (dims[axis] as number)) * (strides[axes[axis] as number] as number);
      rest = Math.floor(rest / (dims[axis] as number));
    }
    return values[from] as number;
  });
  return Tensor.of(array.dtype, dims, moved).toNdArray();
}

/** Runs what was made: a context binary in the emulator, a DLC by the graph that its stand-in carries. */
async function runMade(artifact: QnnArtifact, feed: NamedArrays): Promise<Map<string, number[]>> {
  const inputs = new Map(artifact.inputs.map((tensor) => [tensor.name, given(feed.get(tensor.onnxName) as NdArray, tensor)]));
  const outputs = artifact.form === 'context-binary' ? await emulated(artifact, inputs) : await runOrt(readCarrier(artifact.path).onnx, inputs);
  return new Map(artifact.outputs.map((tensor) => [tensor.onnxName, taken(outputs.get(tensor.name) as NdArray, tensor)]));
}

async function emulated(artifact: QnnArtifact, inputs: NamedArrays): Promise<NamedArrays> {
  if (!htpToolchain) throw new Error('no emulator');
  const head = contextHead(artifact.path, process.env);
  const [outputs] = await htpExecutor(htpToolchain, resolveSoc(artifact.chip).soc).run(head?.modelPath ?? '', [inputs]);
  return outputs as NamedArrays;
}

/** Largest difference over the range of the reference. */
function distance(made: readonly number[], reference: NdArray): number {
  const want = [...Tensor.fromNdArray(reference).numbers()];
  expect(made.length).toBe(want.length);
  const range = Math.max(...want) - Math.min(...want);
  return Math.max(...want.map((value, i) => Math.abs(value - (made[i] as number)))) / range;
}

async function compared(artifact: QnnArtifact, modelPath: string, feed: NamedArrays): Promise<number> {
  const [made, reference] = [await runMade(artifact, feed), await runOrt(modelPath, feed)];
  return Math.max(...[...reference].map(([name, array]) => distance(made.get(name) as number[], array)));
}

describe.skipIf(!htpToolchain)(`both chains${htpMissing}`, () => {
  const image = { input: [1, 3, 8, 12] };
  const [feed] = feedsOf(image) as [NamedArrays];

  test.each([
    ['qnn', 'fp32', 0.003, 'float32'], ['qnn', 'fp16', 0.003, 'float16'], ['qnn', 'w8a8', 0.03, 'ufixed-8'], ['qnn', 'w8a16', 0.01, 'ufixed-16'], ['qnn', 'w4a8', 0.25, 'ufixed-8'],
    ['qairt', 'fp16', 0.003, 'float16'], ['qairt', 'w8a8', 0.03, 'ufixed-8'],
  ] as const)('%s chain, %s: the context binary computes the model within what the scheme explains', async (chain, precision, limit, type) => {
    const { result: { artifact, history }, job } = await convert(temporary(), network(), { chain, precision, feeds: precision.startsWith('w') ? feedsOf(image, 3) : null });
    expect(artifact).toMatchObject({ form: 'context-binary', graph: 'model', chip: 'SM8650', backends: ['htp'], build: 'v2.40.0.250724' });
    const axes = chain === 'qnn' ? [0, 2, 3, 1] : null;
    expect(artifact.inputs).toMatchObject([{ name: 'input', type, dims: axes ? [1, 8, 12, 3] : [1, 3, 8, 12], axes }]);
    expect(artifact.outputs).toMatchObject([{ name: 'output', type, dims: axes ? [1, 8, 12, 4] : [1, 4, 8, 12], axes }]);
    expect(artifact.inputs[0]?.scale === null).toBe(!precision.startsWith('w'));
    if (precision !== 'fp16') expect(await compared(artifact, job.modelPath, feed)).toBeLessThan(limit);
    expect(await readArtifact(temporary('out'))).toEqual(artifact);
    expect(history.fallbacks).toEqual([]);
  });

  test('DLC and model library: axes read back, equal through ONNX Runtime', async () => {
    const feeds = feedsOf(image, 2);
    for (const [chain, form] of [['qairt', 'dlc'], ['qnn', 'model-library']] as const) {
      const { result: { artifact }, job } = await convert(temporary(), network(), { chain, form, precision: 'w8a8', feeds });
      expect(artifact).toMatchObject({ form, chip: null, backends: ['htp', 'gpu', 'cpu'] });
      expect(await compared(artifact, job.modelPath, feed)).toBeLessThan(0.03);
      expect(readdirSync(temporary('out')).sort()).toEqual([form === 'dlc' ? 'model.w8a8.dlc' : 'libmodel.so', 'artifact.json', 'log.txt'].sort());
    }
  });
});

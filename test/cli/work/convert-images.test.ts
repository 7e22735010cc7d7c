import { writeFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { convertModel } from '../../../cli/work/convert-model.ts';
import { DEFAULTS } from '../../../cli/config/defaults.ts';
import { type CoreMlModel, type ImageFeature, packageExecutor, readPackage } from '../../../converters/coreml/index.ts';
import type { ConvertOptions } from '../../../converters/coreml/options.ts';
import { openCoremlToolchain } from '../../../converters/coreml/toolchain.ts';
import type { InputContract } from '../../../models/contracts/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { createHostExecutor } from '../../../models/run/index.ts';
import { buildModel, type ModelSpec, toBytes } from '../../support/build-model.ts';
import { fixture } from '../../support/paths.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const toolchain = openCoremlToolchain();
const host = createHostExecutor({ threads: 1 });
afterAll(async () => {
  await host.close();
  if (!(toolchain instanceof Error)) await toolchain.close();
});
const temporary = temporaryFolder();

interface Wanted {
  readonly contract?: Partial<Omit<InputContract, 'name'>>;
  readonly output?: boolean;
  readonly outputRange?: readonly [number, number];
  readonly options?: Partial<ConvertOptions>;
}

async function convert(path: string, { contract = {}, output = false, outputRange, options = {} }: Wanted = {}) {
  if (toolchain instanceof Error) throw toolchain;
  const outcome = await convertModel(toolchain, {
    ref: { id: 'model', path, input: contract }, out: temporary('model.mlpackage'), options: { opset: 'iOS16', precision: 'fp16', ioDtype: 'fp16', ...options },
    images: { input: true, output, ...(outputRange ? { outputRange } : {}) }, settings: DEFAULTS.rewrite, shapes: [], flexible: new Map(), faces: [], rewrite: true, seed: 1, host,
    feeds: async () => [], progress: () => {}, signal: new AbortController().signal,
  });
  const model = readPackage(outcome.package.path);
  const { body } = model.program?.functions.get('main') ?? expect.fail();
  return { ...outcome, operations: body.operations, types: body.operations.map(({ type }) => type).filter((type) => type !== 'const'), input: imageOf(model, 'inputs'), image: imageOf(model, 'outputs') };
}

function imageOf({ functions: [main] }: CoreMlModel, side: 'inputs' | 'outputs'): ImageFeature | null {
  const type = main?.[side][0]?.type;
  return type?.kind === 'image' ? type : null;
}

function written(spec: ModelSpec): string {
  const path = temporary('model.onnx');
  writeFileSync(path, toBytes(buildModel(spec)));
  return path;
}

const weights = (dims: readonly number[]): Tensor => Tensor.of('float32', dims, Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * 1.7) / 4));

/** A convolution and a ReLU, padded: what is folded must hold at the border too. */
function network(channels: number, size = 12): ModelSpec {
  return {
    inputs: { x: ['float32', [1, channels, size, size]] }, outputs: { y: ['float32', [1, channels, size, size]] },
    initializers: { w: weights([4, channels, 3, 3]), b: weights([4]), v: weights([channels, 4, 3, 3]) },
    nodes: [['Conv', ['x', 'w', 'b'], ['h'], { pads: [1, 1, 1, 1] }], ['Relu', ['h'], ['r']], ['Conv', ['r', 'v'], ['y'], { pads: [1, 1, 1, 1] }]],
  };
}

describe.skipIf(toolchain instanceof Error)('images', () => {
  test('unshuffle_ultra_op17: an image in, native shuffles, no conversion to float32 anywhere, nothing above rank 4', async () => {
    const { input, types, operations, different, islands, parity } = await convert(fixture('exports/unshuffle_ultra_op17.onnx'));
    expect(input).toMatchObject({ color: 'RGB', width: 32, height: 32 });
    expect(types).toEqual(expect.arrayContaining(['pixel_unshuffle', 'pixel_shuffle']));
    expect(types).not.toContain('cast');
    const tensors = operations.flatMap(({ outputs }) => outputs.map(({ type }) => type)).filter((type) => type.kind === 'tensor');
    expect(tensors.some(({ dtype }) => dtype === 'fp32')).toBe(false);
    expect(Math.max(...tensors.map(({ shape }) => shape?.length ?? 0))).toBe(4);
    expect([different, islands]).toEqual([[], []]);
    expect(parity?.outputs[0]?.psnr).toBeGreaterThan(50);
  });

  test('a std for each channel goes into the first convolution: one scale and three biases are left, at the border too', async () => {
    const { input, types, different, operations } = await convert(written(network(3)), { contract: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } });
    expect(input?.color).toBe('RGB');
    expect(types).toEqual(['mul', 'add', 'conv', 'relu', 'conv']);
    expect(operations.find(({ type }) => type === 'add')?.outputs[0]?.type).toMatchObject({ dtype: 'fp16' });
    expect(different).toEqual([]);
  });

  test.each([['bgr', 3, 'BGR'], ['y', 1, 'GRAYSCALE'], ['gray', 1, 'GRAYSCALE']] as const)('%s', async (color, channels, expected) => {
    const { input, image, different } = await convert(written(network(channels)), { contract: { color, range: [0, 255] }, output: true });
    expect([input?.color, image?.color]).toEqual([expected, expected]);
    expect(different).toEqual([]);
  });

  test('an output image is cut off at 0 and 255 where the model goes beyond', async () => {
    const { image, types, different, package: { path } } = await convert(written(network(3)), { contract: { range: [-1, 1] }, output: true, outputRange: [-0.1, 0.1] });
    expect(image).toMatchObject({ color: 'RGB', width: 12, height: 12 });
    expect(types.slice(-2)).toEqual(['conv', 'clip']);
    expect(different).toEqual([]);
    const feed = new Map([['x', Tensor.of('float16', [1, 3, 12, 12], Array.from({ length: 432 }, (_, i) => (i * 37) % 256)).toNdArray()]]);
    const pixels = Tensor.fromNdArray((await packageExecutor(host).run(path, [feed]))[0]?.get('y') ?? expect.fail()).numbers();
    expect([Math.min(...pixels), Math.max(...pixels)]).toEqual([0, 255]);
  });

  test('a model of NHWC takes the image transposed', async () => {
    const nhwc = {
      inputs: { x: ['float32', [1, 10, 14, 3]] }, outputs: { y: ['float32', [1, 10, 14, 3]] }, initializers: { w: weights([3, 3, 3, 3]) },
      nodes: [['Transpose', ['x'], ['c'], { perm: [0, 3, 1, 2] }], ['Conv', ['c', 'w'], ['h'], { pads: [1, 1, 1, 1] }], ['Transpose', ['h'], ['y'], { perm: [0, 2, 3, 1] }]],
    } satisfies ModelSpec;
    const { input, image, different, types } = await convert(written(nhwc), { contract: { layout: 'NHWC' }, output: true });
    expect([input, image]).toEqual([expect.objectContaining({ width: 14, height: 10 }), expect.objectContaining({ width: 14, height: 10 })]);
    expect(types).not.toContain('transpose');
    expect(different).toEqual([]);
  });

  test('bytes in and out are images as they are', async () => {
    const { input, image, different } = await convert(fixture('exports/uint8_io_op17.onnx'), { output: true });
    expect([input?.color, image?.color]).toEqual(['RGB', 'RGB']);
    expect(different).toEqual([]);
  });

  test.each(['iOS15', 'iOS18'] as const)('%s', async (opset) => {
    const { input, different } = await convert(written(network(3)), { output: true, options: { opset, ioDtype: opset === 'iOS15' ? 'fp32' : 'fp16' } });
    expect(input?.color).toBe('RGB');
    expect(different).toEqual([]);
  });

  test('what is no image is refused', async () => {
    await expect(convert(written(network(4)))).rejects.toThrow(/No input of the model is an image/);
    await expect(convert(written({ ...network(3), inputs: { x: ['float32', [2, 3, 12, 12]] }, outputs: { y: ['float32', [2, 3, 12, 12]] } }))).rejects.toThrow(/a batch of 2, and an image is one/);
  });
});

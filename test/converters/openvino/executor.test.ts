import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openVinoExecutor, type OpenVinoToolchain } from '../../../converters/openvino/index.ts';
import { ExternalError, type NamedArrays, type NdArray } from '../../../models/contracts/index.ts';
import { type ModelProto, Tensor } from '../../../models/onnx/index.ts';
import { buildModel, toBytes } from '../../support/build-model.ts';
import { relativeToRange } from '../../support/compare.ts';
import { readNpy } from '../../support/npy.ts';
import { openVino, openVinoMissing } from '../../support/openvino.ts';
import { ndarray, runOrt } from '../../support/ort.ts';
import { fixture } from '../../support/paths.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();

describe.skipIf(!openVino)(`OpenVINO as an executor${openVinoMissing}`, () => {
  const executor = openVinoExecutor(openVino as OpenVinoToolchain, 'CPU');
  afterAll(() => executor.close());

  function saved(model: ModelProto, name = 'model.onnx'): string {
    writeFileSync(temporary(name), toBytes(model));
    return temporary(name);
  }

  async function run(path: string, feed: Readonly<Record<string, NdArray>>, fetch: readonly string[] = []): Promise<NamedArrays> {
    const [outputs] = await executor.run(path, [new Map(Object.entries(feed))], { fetch });
    return outputs as NamedArrays;
  }

  test.each(['fsrcnn_op13', 'window_attention_op17', 'unshuffle_ultra_dynamo', 'vap_block_op11'])('%s: what PyTorch computed', async (name) => {
    const stored = readNpy(fixture('exports', `${name}.output.npy`));
    const outputs = await run(fixture('exports', `${name}.onnx`), { input: readNpy(fixture('exports', `${name}.input.npy`)) });
    const [output] = [...outputs.values()] as [NdArray];
    expect(output.dims).toEqual(stored.dims);
    expect(relativeToRange(output, stored)).toBeLessThan(1e-5);
  }, 480_000);

  test('uint8 in and out, open sizes: two pictures of different size in one call', async () => {
    const path = fixture('exports', 'uint8_io_dynamic_op17.onnx');
    const feeds = [[24, 16], [8, 40]].map(([height, width]) => {
      const dims = [1, 3, height as number, width as number];
      return new Map([['input', ndarray('uint8', dims, Array.from({ length: 3 * dims[2]! * dims[3]! }, (_, i) => (i * 37) % 256))]]);
    });
    const found = await executor.run(path, feeds);
    for (const [i, feed] of feeds.entries()) {
      const [expected] = [...(await runOrt(path, feed)).values()] as [NdArray];
      const [output] = [...(found[i] as NamedArrays).values()] as [NdArray];
      expect([output.dtype, output.dims]).toEqual(['uint8', expected.dims]);
      const steps = Array.from(output.data as Uint8Array, (value, at) => Math.abs(value - Number(expected.data[at])));
      expect(Math.max(...steps)).toBeLessThanOrEqual(1);
      expect(steps.filter((step) => step > 0).length).toBeLessThanOrEqual(steps.length / 1000);
    }
  }, 480_000);

  test('8-bit weights per channel and activations: within a level of ONNX Runtime', async () => {
    const weights = Tensor.of('int8', [4, 3, 3, 3], Array.from({ length: 108 }, (_, i) => ((i * 53) % 255) - 127));
    const path = saved(buildModel({
      inputs: { x: ['float32', [1, 3, 9, 7]] }, outputs: { y: ['float32', [1, 4, 9, 7]] },
      initializers: {
        w: weights, ws: Tensor.of('float32', [4], [0.01, 0.02, 0.003, 0.015]), wz: Tensor.of('int8', [4], [0, 0, 0, 0]),
        s: Tensor.of('float32', [], [0.0078]), z: Tensor.of('uint8', [], [128]), os: Tensor.of('float32', [], [0.11]), oz: Tensor.of('uint8', [], [117]),
      },
      nodes: [
        ['QuantizeLinear', ['x', 's', 'z'], ['q']], ['DequantizeLinear', ['q', 's', 'z'], ['a']], ['DequantizeLinear', ['w', 'ws', 'wz'], ['b'], { axis: 0 }],
        ['Conv', ['a', 'b'], ['c'], { pads: [1, 1, 1, 1] }], ['QuantizeLinear', ['c', 'os', 'oz'], ['r']], ['DequantizeLinear', ['r', 'os', 'oz'], ['y']],
      ],
    }));
    const feed = { x: ndarray('float32', [1, 3, 9, 7], Float32Array.from({ length: 189 }, (_, i) => Math.sin(i))) };
    const [expected, output] = [(await runOrt(path, feed)).get('y') as NdArray, (await run(path, feed)).get('y') as NdArray];
    const levels = Array.from(output.data as Float32Array, (value, i) => Math.abs(value - Number(expected.data[i])) / 0.11);
    expect(Math.max(...levels)).toBeLessThan(1.001);
    expect(levels.filter((level) => level > 0.5).length).toBeLessThanOrEqual(2);
    expect(new Set(output.data as Float32Array).size).toBeGreaterThan(20);
  }, 480_000);

  test('outputs by their own names: one value twice, an input handed through, a value from inside', async () => {
    const path = saved(buildModel({
      inputs: { x: ['float32', [2, 3]] }, outputs: { same: ['float32', [2, 3]], doubled: ['float32', [2, 3]], through: ['float32', [2, 3]], back: ['float32', [2, 3]] },
      nodes: [['Add', ['x', 'x'], ['doubled']], ['Identity', ['doubled'], ['same']], ['Identity', ['x'], ['through']], ['Neg', ['doubled'], ['inner']], ['Neg', ['inner'], ['back']]],
    }));
    const feed = { x: ndarray('float32', [2, 3], [1, -2, 3, 0, 5.5, -6]) };
    const outputs = await run(path, feed, ['inner']);
    expect(Object.fromEntries([...outputs].map(([name, { data }]) => [name, Array.from(data as Float32Array)]))).toEqual({
      same: [2, -4, 6, 0, 11, -12], doubled: [2, -4, 6, 0, 11, -12], through: [1, -2, 3, 0, 5.5, -6], inner: [-2, 4, -6, -0, -11, 12], back: [2, -4, 6, 0, 11, -12],
    });
  }, 480_000);

  test('float32 stays float32 where the processor has bfloat16', async () => {
    const path = saved(buildModel({
      inputs: { x: ['float32', [1, 64]] }, outputs: { y: ['float32', [1, 1]] }, initializers: { w: Tensor.of('float32', [64, 1], Array.from({ length: 64 }, (_, i) => 1 + i / 1024)) },
      nodes: [['MatMul', ['x', 'w'], ['y']]],
    }));
    const feed = { x: ndarray('float32', [1, 64], Float32Array.from({ length: 64 }, (_, i) => 1 + i / 4096)) };
    const exact = Array.from({ length: 64 }, (_, i) => (1 + i / 1024) * (1 + i / 4096)).reduce((a, b) => a + b);
    expect(Math.abs(((await run(path, feed)).get('y') as NdArray).data[0] as number - exact)).toBeLessThan(1e-4);
  }, 480_000);

  test('an operator that it does not have: its own words, in front', async () => {
    const path = saved(buildModel({
      inputs: { x: ['float32', [4]] }, outputs: { y: ['float32', [4]] }, domains: { 'com.example': 1 }, nodes: [['Frobnicate', ['x'], ['y'], {}, { domain: 'com.example', name: 'f' }]],
    }), 'strange.onnx');
    const failure = await run(path, { x: ndarray('float32', [4], [1, 2, 3, 4]) }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ExternalError);
    expect((failure as ExternalError).message).toMatch(new RegExp(`^The run of ${basename(path)} on openvino:CPU failed: .*Frobnicate`));
    expect((failure as ExternalError).message).not.toContain('src/');
    expect((failure as ExternalError).output).toContain('Exception from src/');
  }, 480_000);

  test('a feed of another size than the model fixes is refused, and the next run works', async () => {
    const path = fixture('exports', 'plain_clip_x2_op17.onnx');
    await expect(run(path, { input: ndarray('float32', [1, 3, 5, 5], new Float32Array(75)) })).rejects.toThrow(ExternalError);
    expect((await run(path, { input: readNpy(fixture('exports', 'plain_clip_x2_op17.input.npy')) })).size).toBe(1);
  }, 480_000);
});

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parityOfPackage, readPackage, translate } from '../../../../converters/coreml/index.ts';
import type { NamedArrays } from '../../../../models/contracts/index.ts';
import { encodeModel, type ModelProto, readModel, Tensor } from '../../../../models/onnx/index.ts';
import { createHostExecutor, seededInputs } from '../../../../models/run/index.ts';
import { fixture, repoRoot } from '../../../support/paths.ts';
import { temporaryFolder } from '../../../support/temp-folder.ts';

const host = createHostExecutor({ threads: 1 });
afterAll(() => host.close());
const temporary = temporaryFolder();

const witness = (name: string): string => fixture('coreml-witnesses', `${name}.mlpackage`);
/** The same weights as the witnesses', exported by PyTorch: names differ in all places. */
const source = join(repoRoot, 'models/zoo/weights/quicksrnet-small-x2-dynamic.onnx');
const feeds: readonly NamedArrays[] = seededInputs([{ name: 'input', dtype: 'float32', dims: [1, 3, 32, 24], range: [0, 1] }], { seed: 5, kinds: ['unit', 'ramp'] });
const parity = (name: string, sourceModel = source, given = feeds) => parityOfPackage({ package: witness(name), sourceModel, feeds: given, host });

describe('against the ONNX model of the same weights', () => {
  test('fp32 agrees to more than 100 dB', async () => {
    const { outputs, explained, overflows, evidence } = await parity('quicksrnet_small_x2');
    expect(outputs.map(({ output, feature }) => [output, feature])).toEqual([['output', 'y']]);
    expect(outputs[0]?.psnr).toBeGreaterThan(100);
    expect(outputs[0]?.cosine).toBeGreaterThan(1 - 1e-9);
    expect([explained, overflows.length, evidence]).toEqual([true, 0, 'verified(host)']);
  });

  test('fp16 agrees to more than 60 dB, and is seen to be fp16', async () => {
    const { outputs, explained } = await parity('quicksrnet_small_x2_fp16');
    expect(outputs[0]?.psnr).toBeGreaterThan(60);
    expect(outputs[0]?.psnr).toBeLessThan(90);
    expect(explained).toBe(true);
  });

  test('an image input is fed in the range that the program scales it from', async () => {
    const { outputs, explained } = await parity('quicksrnet_small_x2_image_in');
    expect(outputs[0]?.psnr).toBeGreaterThan(60);
    expect(explained).toBe(true);
  });

  test('weights that lost bits are no rounding', async () => {
    const { outputs, explained } = await parity('quicksrnet_small_x2_w8_iOS16');
    expect(outputs[0]?.psnr).toBeLessThan(45);
    expect(explained).toBe(false);
  });
});

describe('where they begin to differ', () => {
  /** The program's own translation, whose values have the program's names, with one number of one weight changed. */
  function tampered(weight: string): string {
    const { program } = readPackage(witness('quicksrnet_small_x2'));
    const { proto } = translate(program ?? expect.fail(), 'main');
    const initializer = proto.graph?.initializer?.map((tensor) => {
      if (!tensor.name?.startsWith(weight)) return tensor;
      const values = Tensor.fromProto(tensor);
      return Tensor.of('float32', values.dims, values.numbers().map((value, i) => (i === 0 ? value + 0.5 : value))).toProto(tensor.name);
    });
    const changed: ModelProto = { ...proto, graph: { ...proto.graph, ...(initializer ? { initializer } : {}) } };
    const path = temporary('tampered.onnx');
    writeFileSync(path, encodeModel(changed));
    return path;
  }

  const own: readonly NamedArrays[] = feeds.map((feed) => new Map([['x', feed.get('input') as never]]));

  test.each([['c_0_weight', 'conv'], ['c_2_weight', 'conv']])('%s changed: its convolution is named', async (weight, operation) => {
    const path = tampered(weight);
    const { divergence, explained, layers } = await parity('quicksrnet_small_x2', path, own);
    expect(explained).toBe(false);
    const consumer = readModel(path).proto.graph?.node?.find(({ input }) => input?.some((name) => name.startsWith(weight)));
    expect(divergence).toMatchObject({ operation, value: consumer?.output?.[0] });
    const at = layers.findIndex(({ value }) => value === divergence?.value);
    expect(layers.slice(0, at).every(({ psnr }) => psnr === Number.POSITIVE_INFINITY)).toBe(true);
  });
});

describe('fp16 overflow', () => {
  test('the first convolution that leaves the range is named, not what follows it', async () => {
    const bright: readonly NamedArrays[] = [new Map([['input', { dtype: 'float32', dims: [1, 3, 32, 24], data: new Float32Array(3 * 32 * 24).fill(60000) }]])];
    const { overflows } = await parity('quicksrnet_small_x2_fp16', source, [...feeds, ...bright]);
    const { program } = readPackage(witness('quicksrnet_small_x2_fp16'));
    const first = program?.functions.get('main')?.body.operations.find(({ type }) => type === 'conv')?.outputs[0]?.name;
    expect(overflows.map(({ value, operation, feed }) => ({ value, operation, feed }))).toEqual([{ value: first, operation: 'conv', feed: 2 }]);
    expect(overflows[0]?.magnitude).toBeGreaterThan(65504);
  });

  test('pictures in range do not overflow', async () => {
    expect((await parity('quicksrnet_small_x2_fp16')).overflows).toEqual([]);
  });
});

test('a package whose features are not those of the model is refused', async () => {
  const request = { package: fixture('coreml-operators', 'operators.mlpackage'), sourceModel: source, feeds, host };
  await expect(parityOfPackage(request)).rejects.toThrow(/inputs .*x4.* are not those of the source model/);
});

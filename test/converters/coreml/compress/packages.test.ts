import { writeFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { compressWeights } from '../../../../converters/coreml/compress/compress-weights.ts';
import { parseWeightScheme } from '../../../../converters/coreml/compress/weight-scheme.ts';
import { parityOfPackage } from '../../../../converters/coreml/index.ts';
import { lowerModel } from '../../../../converters/coreml/lower/lower-model.ts';
import type { ConvertOptions } from '../../../../converters/coreml/options.ts';
import { wrongWeights } from '../../../../converters/coreml/parity/stored-weights.ts';
import { raised } from '../../../../converters/coreml/prepare.ts';
import { openCoremlToolchain } from '../../../../converters/coreml/toolchain.ts';
import { encodeModel, type ModelProto, Tensor } from '../../../../models/onnx/index.ts';
import { createHostExecutor, seededInputs } from '../../../../models/run/index.ts';
import { buildModel } from '../../../support/build-model.ts';
import { temporaryFolder } from '../../../support/temp-folder.ts';
import { type Compressed, compressed, EACH_KIND, model, problemsOf } from './weight-forms.ts';

const toolchain = openCoremlToolchain();
const host = createHostExecutor({ threads: 1 });
afterAll(async () => {
  await host.close();
  if (!(toolchain instanceof Error)) await toolchain.close();
});
const temporary = temporaryFolder();

async function convert(text: string, options: Partial<ConvertOptions> = {}, proto: ModelProto = model): Promise<Compressed> {
  if (toolchain instanceof Error) throw toolchain;
  return compressed(toolchain, temporary('model.mlpackage'), text, options, proto);
}

describe.skipIf(toolchain instanceof Error)('weights of every operation, as coremltools wrote them and as they were meant (further forms: test/full)', () => {
  test.each(EACH_KIND)('%s for %s', async (...form) => {
    if (toolchain instanceof Error) throw toolchain;
    expect(await problemsOf(toolchain, temporary('model.mlpackage'), form)).toEqual([]);
  }, 480_000);

  test('a tampered meaning is noticed', async () => {
    const { compression, path } = await convert('palette4');
    const [first, ...rest] = compression.tensors as [typeof compression.tensors[number]];
    const tampered = { ...compression, tensors: [{ ...first, values: first.values.map((value, i) => (i === 3 ? value + 0.01 : value)) }, ...rest] };
    expect(wrongWeights(path, tampered)).toEqual([first.name]);
  });

  test('more bits are closer; int8 is within what its levels allow; fp32 packages too', async () => {
    const least = (text: string, precision: 'fp16' | 'fp32' = 'fp16'): number => {
      const { compression } = compressWeights(lowerModel(raised(model), { opset: 'iOS18' }), { scheme: parseWeightScheme(text), above: 0, precision });
      return Math.min(...compression.tensors.map(({ sqnr }) => sqnr));
    };
    const palettes = [least('palette2'), least('palette4'), least('palette8')];
    expect(palettes).toEqual(palettes.toSorted((a, b) => a - b));
    expect(least('int8', 'fp32')).toBeGreaterThan(25);
    const { path, compression } = await convert('int8', { precision: 'fp32', opset: 'iOS16' });
    expect(wrongWeights(path, compression)).toEqual([]);
  }, 480_000);

  test('with 256 distinct weights a palette of 8 bits loses nothing', async () => {
    const levels = Tensor.of('float32', [16, 16, 3, 3], Array.from({ length: 2304 }, (_, i) => ((i * 89) % 256) / 64 - 2));
    const proto = buildModel({ inputs: { x: ['float32', [1, 16, 8, 8]] }, outputs: { y: ['float32', null] }, initializers: { w: levels }, nodes: [['Conv', ['x', 'w'], ['y']]] });
    const { path, compression } = await convert('palette8', {}, proto);
    expect(compression.tensors[0]?.sqnr).toBe(Number.POSITIVE_INFINITY);
    const sourceModel = temporary('model.onnx');
    writeFileSync(sourceModel, encodeModel(proto));
    const { explained } = await parityOfPackage({ package: path, sourceModel, feeds: seededInputs([{ name: 'x', dtype: 'float32', dims: [1, 16, 8, 8] }], { seed: 3 }), host });
    expect(explained).toBe(true);
  });

  test('small weights stay, and blocks that do not divide are said', async () => {
    const { compression } = await convert('int4-block4', { weightsAbove: 100 });
    expect(compression.left.map(({ elements, reason }) => [elements, reason])).toEqual(expect.arrayContaining([[96, '96 elements, not above 100'], [54, '54 elements, not above 100']]));
    expect(compression.tensors.find(({ source }) => source === 'conv')?.note).toMatch(/blocks of 4 do not divide 6 input channels/);
    await expect(convert('int8', { weightsAbove: 2048 })).rejects.toThrow(/No weight has more than 2048 elements/);
  });

  test('what the target does not have names the least that has', async () => {
    await expect(convert('palette3', { opset: 'iOS17' })).rejects.toMatchObject({ message: expect.stringContaining('palettes of 3 bits from iOS 18 on'), nextSteps: [expect.stringContaining('--min-ios 18')] });
  });

  test('channels far below the others keep what fp16 holds of them, also where scales are its least numbers', async () => {
    const peaks = [1, 1e-3, 2e-5, 1e-6];
    const tensor = Tensor.of('float32', [4, 16, 3, 3], Array.from({ length: 576 }, (_, i) => (peaks[Math.floor(i / 144)] as number) * Math.sin(i)));
    const proto = buildModel({ inputs: { x: ['float32', [1, 16, 8, 8]] }, outputs: { y: ['float32', null] }, initializers: { w: tensor }, nodes: [['Conv', ['x', 'w'], ['y']]] });
    const { findings, compression, path } = await convert('int8', {}, proto);
    const stored = compression.tensors[0]?.values ?? expect.fail();
    peaks.forEach((peak, channel) => {
      const worst = Math.max(...tensor.numbers().slice(channel * 144, channel * 144 + 144).map((value, i) => Math.abs(value - (stored[channel * 144 + i] as number))));
      expect(worst).toBeLessThanOrEqual(0.51 * Math.max(peak / 127 * 1.02, 2 ** -24) + 2 ** -25);
    });
    expect([findings, wrongWeights(path, compression)]).toEqual([[], []]);
  });

  test('NaN among the weights is refused', async () => {
    const proto = buildModel({ inputs: { x: ['float32', [1, 16, 8, 8]] }, outputs: { y: ['float32', null] }, initializers: { w: Tensor.of('float32', [4, 16, 1, 1], Array.from({ length: 64 }, (_, i) => (i === 5 ? Number.NaN : i))) }, nodes: [['Conv', ['x', 'w'], ['y']]] });
    await expect(convert('palette4', {}, proto)).rejects.toThrow(/"w" holds NaN/);
  });
});

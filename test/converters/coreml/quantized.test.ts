import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { convertToCoreml } from '../../../converters/coreml/convert.ts';
import { parityOfPackage, readPackage } from '../../../converters/coreml/index.ts';
import type { ConvertOptions } from '../../../converters/coreml/options.ts';
import { raised } from '../../../converters/coreml/prepare.ts';
import { openCoremlToolchain } from '../../../converters/coreml/toolchain.ts';
import { quantizeModel } from '../../../converters/quantize/index.ts';
import { Model } from '../../../models/graph/index.ts';
import { encodeModel, type ModelProto, readModel, Tensor } from '../../../models/onnx/index.ts';
import { createHostExecutor, seededInputs } from '../../../models/run/index.ts';
import { buildModel } from '../../support/build-model.ts';
import { repoRoot } from '../../support/paths.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const toolchain = openCoremlToolchain();
const host = createHostExecutor({ threads: 1 });
afterAll(async () => {
  await host.close();
  if (!(toolchain instanceof Error)) await toolchain.close();
});
const temporary = temporaryFolder();

async function convert(proto: ModelProto, options: ConvertOptions) {
  if (toolchain instanceof Error) throw toolchain;
  const sourceModel = temporary('model.onnx');
  writeFileSync(sourceModel, encodeModel(proto));
  const conversion = await convertToCoreml(toolchain, raised(proto), temporary('model.mlpackage'), options);
  const { body } = readPackage(conversion.package.path).program?.functions.get('main') ?? expect.fail();
  return { ...conversion, sourceModel, operations: body.operations, types: body.operations.map(({ type }) => type) };
}

describe.skipIf(toolchain instanceof Error)('a QDQ model by our own calibration', () => {
  let qdq: ModelProto;
  const source = join(repoRoot, 'models/zoo/weights/quicksrnet-small-x2.onnx');
  const feeds = seededInputs([{ name: 'input', dtype: 'float32', dims: [1, 3, 128, 128], range: [0, 1] }], { seed: 4, kinds: ['unit', 'ramp'] });

  beforeAll(async () => {
    const { proto } = readModel(source);
    qdq = (await quantizeModel(new Model(proto), { scheme: 'w8a8', range: 'minmax', executor: host, modelPath: source, calibration: feeds })).model.toProto();
  });

  test.each(['iOS17', 'iOS18'] as const)('%s: activations quantized where the model does, weights stored in bytes, outputs on the same levels', async (opset) => {
    const { types, operations, sourceModel, package: { path } } = await convert(qdq, { opset, precision: 'fp16' });
    const pairs = (qdq.graph?.node ?? []).filter(({ opType }) => opType === 'QuantizeLinear').length;
    expect([types.filter((type) => type === 'quantize').length, types.filter((type) => type === 'dequantize').length]).toEqual([pairs, pairs]);
    const weights = operations.filter(({ type }) => type === 'conv').map(({ inputs }) => operations.find(({ outputs }) => outputs[0]?.name === inputs.get('weight')?.[0])?.type);
    expect(weights).toEqual(new Array(4).fill(opset === 'iOS17' ? 'constexpr_affine_dequantize' : 'constexpr_blockwise_shift_scale'));
    const { outputs, explained } = await parityOfPackage({ package: path, sourceModel, feeds, host });
    expect(explained).toBe(true);
    expect(outputs[0]?.psnr).toBeGreaterThan(45);
  });

  test('iOS 16 is refused, and the least system named', async () => {
    await expect(convert(qdq, { opset: 'iOS16', precision: 'fp16' })).rejects.toMatchObject({ message: expect.stringContaining('quantized activations need iOS 17'), nextSteps: expect.arrayContaining(['Convert with --min-ios 17.']) });
  });
});

describe.skipIf(toolchain instanceof Error)('scales that fp16 would crush', () => {
  const scale = 1e-6;
  const tiny = buildModel({
    inputs: { x: ['float32', [1, 2, 4, 4]] },
    outputs: { y: ['float32', [1, 2, 4, 4]] },
    initializers: { s: Tensor.of('float32', [], [scale]), z: Tensor.of('uint8', [], [128]) },
    nodes: [['QuantizeLinear', ['x', 's', 'z'], ['q'], {}, { name: 'quant' }], ['DequantizeLinear', ['q', 's', 'z'], ['d'], {}, { name: 'dequant' }], ['Mul', ['d', 'e'], ['y'], {}, { name: 'mul' }]],
  });
  const model: ModelProto = { ...tiny, graph: { ...tiny.graph, initializer: [...(tiny.graph?.initializer ?? []), Tensor.of('float32', [], [1e4]).toProto('e')] } };
  const feeds = [new Map([['x', Tensor.of('float32', [1, 2, 4, 4], Array.from({ length: 32 }, (_, i) => (i - 16) * 7 * scale)).toNdArray()]])];

  test('are findings that name the nodes, and right they are: the package computes something else', async () => {
    const { findings, sourceModel, package: { path } } = await convert(model, { opset: 'iOS17', precision: 'fp16' });
    expect(findings.map(({ rule, node, severity }) => [rule, node, severity])).toEqual([['coreml/scale-underflow', 'quant', 'overflow'], ['coreml/scale-underflow', 'dequant', 'overflow']]);
    expect(findings[0]?.remedy).toContain('--keep-fp32');
    expect((await parityOfPackage({ package: path, sourceModel, feeds, host })).outputs[0]?.psnr).toBeLessThan(60);
  });

  test('the remedy helps: kept in float32 they are exact', async () => {
    const { findings, sourceModel, package: { path } } = await convert(model, { opset: 'iOS17', precision: 'fp16', keepFp32: ['quant', 'dequant', 'mul'] });
    expect(findings).toEqual([]);
    const { outputs } = await parityOfPackage({ package: path, sourceModel, feeds, host });
    expect(outputs[0]?.psnr).toBeGreaterThan(100);
  });

  test('scales of weights in bytes stay whole in layers that are kept', async () => {
    const weights = buildModel({
      inputs: { x: ['float32', [1, 2, 4, 4]] },
      outputs: { y: ['float32', [1, 3, 4, 4]] },
      initializers: {
        w: Tensor.of('int8', [3, 2, 1, 1], [127, -127, 3, 5, 100, -60]), s: Tensor.of('float32', [3], [3e-6, 2e-7, 5e-6]), z: Tensor.of('int8', [3], [0, 0, 0]),
      },
      nodes: [['DequantizeLinear', ['w', 's', 'z'], ['f'], { axis: 0 }], ['Conv', ['x', 'f'], ['y'], {}, { name: 'conv' }]],
    });
    const crushed = await convert(weights, { opset: 'iOS16', precision: 'fp16' });
    expect(crushed.findings.map(({ rule, node }) => [rule, node])).toEqual([['coreml/scale-underflow', 'w']]);
    const kept = await convert(weights, { opset: 'iOS16', precision: 'fp16', keepFp32: ['conv'] });
    expect(kept.findings).toEqual([]);
    const inputs = [new Map([['x', Tensor.of('float32', [1, 2, 4, 4], Array.from({ length: 32 }, (_, i) => i - 9)).toNdArray()]])];
    const { outputs } = await parityOfPackage({ package: kept.package.path, sourceModel: kept.sourceModel, feeds: inputs, host });
    expect(outputs[0]?.psnr).toBeGreaterThan(100);
  });
});

describe.skipIf(toolchain instanceof Error)('bytes at the face', () => {
  const bytesOf = (gain: number): ModelProto => buildModel({
    inputs: { x: ['float32', [1, 2, 8, 8]] }, outputs: { y: ['uint8', [1, 2, 8, 8]] }, initializers: { g: Tensor.of('float32', [], [gain]) },
    nodes: [['Mul', ['x', 'g'], ['m']], ['Cast', ['m'], ['y'], { to: 2 }]],
  });

  test('one off, where fp16 rounds another way at whole numbers, is explained; two off are not', async () => {
    const { sourceModel, package: { path } } = await convert(bytesOf(100), { opset: 'iOS16', precision: 'fp16', allowDtype: true });
    const feeds = [new Map([['x', Tensor.of('float32', [1, 2, 8, 8], Array.from({ length: 128 }, (_, i) => i / 100)).toNdArray()]])];
    const { outputs: [near], explained } = await parityOfPackage({ package: path, sourceModel, feeds, host });
    expect([near?.maxAbs, (near?.psnr ?? 0) < (near?.floor ?? 0), near?.explained, explained]).toEqual([1, true, true, true]);
    writeFileSync(sourceModel, encodeModel(bytesOf(102)));
    const { outputs: [far] } = await parityOfPackage({ package: path, sourceModel, feeds, host });
    expect([(far?.maxAbs ?? 0) >= 2, far?.explained]).toEqual([true, false]);
  });
});

import { afterAll, describe, expect, test } from 'vitest';
import { convertToCoreml } from '../../../converters/coreml/convert.ts';
import { applyFlexibleShapes, parseFlexibleShape, sampleShapes } from '../../../converters/coreml/flexible.ts';
import { type CoreMlModel, parityOfPackage, readPackage } from '../../../converters/coreml/index.ts';
import type { ConvertOptions } from '../../../converters/coreml/options.ts';
import { raised, rewriteForCoreml } from '../../../converters/coreml/prepare.ts';
import { openCoremlToolchain } from '../../../converters/coreml/toolchain.ts';
import { resolveTarget } from '../../../converters/rules/resolve-target.ts';
import { Model } from '../../../models/graph/index.ts';
import { readModel } from '../../../models/onnx/index.ts';
import { createHostExecutor, seededInputs } from '../../../models/run/index.ts';
import { buildModel } from '../../support/build-model.ts';
import { fixture } from '../../support/paths.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const toolchain = openCoremlToolchain();
const host = createHostExecutor({ threads: 1 });
afterAll(async () => {
  await host.close();
  if (!(toolchain instanceof Error)) await toolchain.close();
});
const temporary = temporaryFolder();

describe('shapes as text', () => {
  test.each([
    ['x=1x3x(64..2048)x(64..2048:512)', { kind: 'range', bounds: [[1, 1], [3, 3], [64, 2048], [64, 2048]], initial: [1, 3, 64, 512] }],
    ['x=1x3x256x256|1x3x512x512', { kind: 'enumerated', shapes: [[1, 3, 256, 256], [1, 3, 512, 512]], initial: [1, 3, 256, 256] }],
    ['x=1x3x8x8', { kind: 'range', bounds: [[1, 1], [3, 3], [8, 8], [8, 8]], initial: [1, 3, 8, 8] }],
  ])('%s', (text, shape) => {
    expect(parseFlexibleShape(text)).toEqual(['x', shape]);
  });

  test.each(['x', '=1x3', 'x=', 'x=1x0', 'x=1x(9..3)', 'x=1x(1..9:12)', 'x=1x(0..4)', 'x=1x(1..)', 'x=1x3|1x3x4', 'x=1x(1..4)|1x3', 'x=1x3|1x3', 'x=1xH', 'x=1x-3'])('"%s" is refused', (text) => {
    expect(() => parseFlexibleShape(text)).toThrow(/says no sizes|is a range|lists a shape twice/);
  });

  test('samples are the default and unequal sides', () => {
    expect(sampleShapes(parseFlexibleShape('x=1x3x(4..9)x(4..6)')[1])).toEqual([[1, 3, 4, 4], [1, 3, 4, 6]]);
    expect(sampleShapes(parseFlexibleShape('x=1x1x2|1x1x3|1x1x4|1x1x5')[1])).toEqual([[1, 1, 2], [1, 1, 3], [1, 1, 4]]);
    expect(sampleShapes(parseFlexibleShape('x=1x2')[1])).toEqual([[1, 2]]);
  });
});

/** An unshuffle in the middle: sides must be even. */
const unshuffled = (): Model => new Model(buildModel({
  inputs: { x: ['float32', [null, 1, 'H', null]] }, outputs: { y: ['float32', null] }, nodes: [['SpaceToDepth', ['x'], ['s'], { blocksize: 2 }], ['DepthToSpace', ['s'], ['y'], { blocksize: 2 }]],
}));
const apply = (model: Model, ...texts: string[]): string[] => applyFlexibleShapes(model, new Map(texts.map(parseFlexibleShape)));

describe('a model takes shapes', () => {
  test('what they fix is fixed, what stays open has a name', () => {
    const model = unshuffled();
    const notes = apply(model, 'x=1x1x(4..8)x(6..8)');
    expect(model.graph.inputs[0]?.type.shape).toEqual([1, 1, 'H', 'x_3']);
    expect(notes).toEqual([expect.stringContaining('Neural Engine'), expect.stringMatching(/Only sizes that make .*H\/2.* whole numbers work/)]);
    expect(apply(unshuffled(), 'x=1x1x4x4|1x1x8x4')).toEqual([]);
  });

  test.each([
    [['z=1x1x4x4|1x1x8x8'], /no input "z"/], [['x=1x1x(4..8)'], /4 dimensions, the shape given 3/], [['x=1x(1..3)x4x4'], /size 1 along axis 1 in the file/], [['x=1x2x4x4|1x2x8x8'], /size 1 along axis 1 in the file/],
    [['x=1x1x(4..7)x4'], /needs H\/2 to be a whole number/], [['x=1x1x4x4|1x1x5x4'], /needs H\/2 to be a whole number/],
  ])('%s is refused', (texts, message) => {
    expect(() => apply(unshuffled(), ...texts)).toThrow(message);
  });
});

async function convert(file: string, texts: readonly string[], options: Partial<ConvertOptions> = {}) {
  if (toolchain instanceof Error) throw toolchain;
  const sourceModel = fixture('exports', file);
  const flexible = new Map(texts.map(parseFlexibleShape));
  const model = new Model(readModel(sourceModel).proto);
  applyFlexibleShapes(model, flexible);
  const { model: rewritten } = await rewriteForCoreml(raised(model.toProto()), 'iOS16', { target: resolveTarget('ane'), precision: 'fp16', verify: 'off' } as Parameters<typeof rewriteForCoreml>[2]);
  const { package: { path } } = await convertToCoreml(toolchain, rewritten, temporary('model.mlpackage'), { opset: 'iOS16', precision: 'fp16', flexible, allowDtype: true, ...options });
  return { path, sourceModel, input: inputOf(readPackage(path)) };
}

function inputOf({ functions: [main] }: CoreMlModel) {
  return main?.inputs[0]?.type ?? expect.fail();
}

const SIZES = { range: 'input=1x3x(32..96)x(32..96:64)', listed: 'input=1x3x32x48|1x3x64x64' };

describe.skipIf(toolchain instanceof Error)('packages of the dynamic exports, at sizes in and between', () => {
  test.each([
    ['unshuffle_ultra_dynamic_op17.onnx', 'float32', 'iOS16'], ['unshuffle_ultra_dynamic_op17.onnx', 'float32', 'iOS18'], ['uint8_io_dynamic_op17.onnx', 'uint8', 'iOS17'],
  ] as const)('%s, %s, %s', async (file, dtype, opset) => {
    const ranged = await convert(file, [SIZES.range], { opset });
    expect(ranged.input).toMatchObject({ kind: 'array', shape: [1, 3, 32, 64], flexible: { kind: 'range', ranges: [[1, 1], [3, 3], [32, 96], [32, 96]] } });
    const listed = await convert(file, [SIZES.listed], { opset });
    expect(listed.input).toMatchObject({ flexible: { kind: 'enumerated', shapes: expect.arrayContaining([[1, 3, 32, 48], [1, 3, 64, 64]]) } });
    const feeds = [[32, 96], [64, 34], [96, 96]].flatMap(([height, width]) => seededInputs([{ name: 'input', dtype, dims: [1, 3, height as number, width as number], range: dtype === 'uint8' ? [0, 255] : [0, 1] }], { seed: 2, kinds: ['unit'] }));
    for (const { path, sourceModel } of [ranged, listed]) {
      const { outputs } = await parityOfPackage({ package: path, sourceModel, feeds, host });
      for (const { psnr, maxAbs } of outputs) expect(dtype === 'uint8' ? maxAbs <= 1 : psnr > 50).toBe(true);
    }
  }, 480_000);

  test('without shapes, open sizes are refused with both flags', async () => {
    await expect(convert('unshuffle_ultra_dynamic_op17.onnx', [])).rejects.toMatchObject({ nextSteps: [expect.stringContaining('--static input=1x3x'), expect.stringContaining('--shapes "input=1x3x(64..2048)x(64..2048)"')] });
  });
});

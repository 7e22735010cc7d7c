import { writeFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { htpExecutor, type HtpToolchain, verifyOnHtp } from '../../../converters/htp/index.ts';
import { rewriteModel } from '../../../converters/rewrites/engine.ts';
import { checkModel, resolveSoc, resolveTarget } from '../../../converters/rules/index.ts';
import { float, inferShapes, Model } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { createHostExecutor } from '../../../models/run/index.ts';
import { buildModel, type ModelSpec, type NodeSpec, toBytes } from '../../support/build-model.ts';
import { htpMissing, htpToolchain } from '../../support/htp.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();
const host = createHostExecutor({ threads: 1 });
const target = resolveTarget('htp:SM8550');
const f32 = (value: number): Tensor => Tensor.of('float32', [], [value]);

function image(shape: readonly number[], nodes: NodeSpec[], initializers: Record<string, Tensor> = {}, opset = 19): ModelSpec {
  return { opset, inputs: { x: ['float32', shape] }, outputs: { y: ['float32', null] }, initializers, nodes };
}

const grid = (attributes: Record<string, unknown>, height: number, width: number): ModelSpec => image([1, 4, 8, 8], [['Resize', ['x', '', '', 's'], ['y'], attributes as never]], { s: Tensor.of('int64', [4], [1n, 4n, BigInt(height), BigInt(width)]) });
const pooled = (attributes: Record<string, unknown>, shape: readonly number[] = [1, 8, 28, 28], op = 'AveragePool'): ModelSpec => image(shape, [[op, ['x'], ['y'], attributes as never]]);

/** Accepted by HTP and wrong (or the end of its compiler), by the rule that says so: what the recipe for HTP must mend. */
const WRONG: Readonly<Record<string, { readonly rule: string; readonly spec: ModelSpec }>> = {
  'Clip with attributes': { rule: 'htp/clip-attributes', spec: image([1, 4, 8, 8], [['Clip', ['x'], ['y'], { min: float(-0.5), max: float(0.5) }]], {}, 10) },
  'Cast from uint8': { rule: 'htp/cast-uint8', spec: { inputs: { x: ['uint8', [1, 4, 8, 8]] }, outputs: { y: ['float32', null] }, nodes: [['Cast', ['x'], ['y'], { to: 1 }]] } },
  'Resize, nearest on another grid': { rule: 'htp/resize-grid', spec: grid({ mode: 'nearest', coordinate_transformation_mode: 'half_pixel', nearest_mode: 'floor' }, 16, 12) },
  'Resize, default rounding downwards': { rule: 'htp/resize-grid', spec: grid({ mode: 'nearest' }, 4, 4) },
  'Resize, cubic without what is outside': { rule: 'htp/resize-grid', spec: grid({ mode: 'cubic', exclude_outside: 1 }, 16, 16) },
  'Resize by a scale that is not the ratio': { rule: 'htp/resize-grid', spec: image([1, 4, 8, 8], [['Resize', ['x', '', 's'], ['y'], { mode: 'linear' }]], { s: Tensor.of('float32', [4], [1, 1, 0.6, 0.7]) }) },
  'AveragePool with pads': { rule: 'htp/average-pool-divisor', spec: pooled({ kernel_shape: [3, 3], pads: [1, 1, 1, 1] }) },
  'AveragePool with counted pads': { rule: 'htp/average-pool-divisor', spec: pooled({ kernel_shape: [2, 2], pads: [1, 1, 1, 1], count_include_pad: 1 }) },
  'AveragePool with pads as large as its kernel': { rule: 'htp/average-pool-divisor', spec: pooled({ kernel_shape: [3, 3], pads: [2, 2, 2, 2] }, [1, 3, 28, 28]) },
  'AveragePool behind a Pad': { rule: 'htp/average-pool-divisor', spec: image([1, 8, 28, 28], [['Pad', ['x', 'p'], ['q']], ['AveragePool', ['q'], ['y'], { kernel_shape: [2, 2] }]], { p: Tensor.of('int64', [8], [0, 0, 1, 1, 0, 0, 1, 1].map(BigInt)) }) },
  'AveragePool with ceil_mode': { rule: 'htp/average-pool-divisor', spec: pooled({ kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }, [1, 4, 8, 8]) },
  'AveragePool with SAME_UPPER': { rule: 'htp/compiler-crash', spec: pooled({ kernel_shape: [2, 2], auto_pad: 'SAME_UPPER' }, [1, 3, 32, 32]) },
  'LpPool with SAME_UPPER': { rule: 'htp/compiler-crash', spec: pooled({ kernel_shape: [2, 2], auto_pad: 'SAME_UPPER' }, [1, 3, 32, 32], 'LpPool') },
  'x · HardSigmoid(x)': { rule: 'htp/hard-swish', spec: image([1, 4, 8, 8], [['HardSigmoid', ['x'], ['h'], { alpha: float(1 / 6), beta: float(0.5) }], ['Mul', ['x', 'h'], ['y']]]) },
  'a shuffle between two scales': {
    rule: 'htp/shuffle-rescaled',
    spec: {
      inputs: { x: ['uint8', [1, 4, 8, 8]] }, outputs: { y: ['uint8', null] }, initializers: { s: f32(2 / 255), z: Tensor.of('uint8', [], [0]), t: f32(8 / 255), u: Tensor.of('uint8', [], [128]) },
      nodes: [['DequantizeLinear', ['x', 's', 'z'], ['d']], ['DepthToSpace', ['d'], ['c'], { blocksize: 2, mode: 'CRD' }], ['QuantizeLinear', ['c', 't', 'u'], ['y']]],
    },
  },
};

describe.skipIf(!htpToolchain)(`forms that HTP computes wrong${htpMissing}`, () => {
  const toolchain = htpToolchain as HtpToolchain;
  const emulator = htpToolchain ? htpExecutor(toolchain, resolveSoc('SM8550').soc) : null;
  afterAll(() => Promise.all([host.close(), toolchain.close()]));
  const wrong = async (modelPath: string): Promise<boolean> => {
    const found = await verifyOnHtp({ modelPath, emulator: emulator as NonNullable<typeof emulator>, host }).catch((error: Error) => error.message);
    return typeof found === 'string' ? /signal/.test(found) : found.findings.some(({ severity }) => severity === 'wrong-result');
  };

  test.each(Object.entries(WRONG))('%s: wrong, known to a rule, and right once it is rewritten', async (name, { rule, spec }) => {
    const [before, after] = [temporary(`${name.replace(/\W+/g, '-')}.onnx`), temporary('after.onnx')];
    writeFileSync(before, toBytes(buildModel(spec)));
    expect(await wrong(before)).toBe(true);
    const model = new Model(buildModel(spec));
    inferShapes(model);
    expect(checkModel(model, target).map((finding) => finding.rule)).toContain(rule);
    const rewritten = await rewriteModel(model, { target, precision: 'fp16', verify: 'off' });
    expect(checkModel(rewritten.model, target).map((finding) => finding.rule)).not.toContain(rule);
    writeFileSync(after, toBytes(rewritten.model.toProto()));
    expect(await wrong(after)).toBe(false);
  });
});

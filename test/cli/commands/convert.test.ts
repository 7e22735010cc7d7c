import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findEnvironment } from '../../../converters/toolchain/index.ts';
import { readPackage } from '../../../converters/coreml/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { writeNpy } from '../../../models/run/npy.ts';
import { buildModel, type ModelSpec, toBytes } from '../../support/build-model.ts';
import { repoRoot } from '../../support/paths.ts';
import { runCli } from '../../support/run-cli.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();
const dyno = (...args: string[]) => runCli(['convert', ...args], { cwd: temporary() });
const ZOO = join(repoRoot, 'models/zoo/weights');
const left = (): string[] => readdirSync(temporary()).filter((name) => name.includes('.mlpackage'));

function written(spec: ModelSpec, name = 'model.onnx'): string {
  writeFileSync(temporary(name), toBytes(buildModel(spec)));
  return temporary(name);
}

describe.skipIf(!findEnvironment())('packages', () => {
  test('a function for each size: weights are there once', async () => {
    const { code, stdout, stderr } = await dyno(join(ZOO, 'quicksrnet-small-x2-dynamic.onnx'), '--min-ios', '18', '--functions', '24p=1x3x24x32', 'small=input=1x3x16x16', '-o', 'sizes.mlpackage', '--json');
    expect(code, stderr).toBe(0);
    const { conversions: [made] } = JSON.parse(stdout) as { conversions: { bytes: number; functions: { name: string }[] }[] };
    expect(made?.functions.map(({ name }) => name)).toEqual(['v24p', 'small']);
    const { functions, defaultFunction } = readPackage(temporary('sizes.mlpackage'));
    expect([defaultFunction, ...functions.map(({ name, inputs: [input] }) => [name, input?.type.kind === 'array' && input.type.shape])]).toEqual(['v24p', ['v24p', [1, 3, 24, 32]], ['small', [1, 3, 16, 16]]]);
    expect(made?.bytes).toBeLessThan(75_000);
  }, 480_000);

  test('compressed weights: what fp16 costs and what they cost, side by side', async () => {
    const { code, stdout } = await dyno(join(ZOO, 'quicksrnet-small-x2.onnx'), '--weights', 'palette6', '-o', 'small.mlpackage');
    expect(code).toBe(0);
    expect(stdout).toMatch(/weights as palette6: 3 tensors, 43\.8 kB → 16\.8 kB; 1 of 2048 elements or fewer stay/);
    expect(stdout).toMatch(/output: 7\d\.\d dB, largest difference \S+ with its weights as they were; [1-5]\d\.\d dB, largest difference \S+ as palette6 \(verified\(host\)\)/);
  }, 480_000);

  test('fp16 overflow on the user’s own input: exit 1, the layer, and the remedy works as it is said', async () => {
    const model = written({
      inputs: { x: ['float32', [1, 1, 4, 4]] }, outputs: { y: ['float32', [1, 1, 4, 4]] },
      initializers: { w: Tensor.of('float32', [1, 1, 1, 1], [300]), v: Tensor.of('float32', [1, 1, 1, 1], [1 / 300]) },
      nodes: [['Conv', ['x', 'w'], ['h'], {}, { name: 'large' }], ['Relu', ['h'], ['r'], {}, { name: 'relu' }], ['Conv', ['r', 'v'], ['y'], {}, { name: 'small' }]],
    });
    writeNpy(temporary('x.npy'), Tensor.of('float32', [1, 1, 4, 4], Array.from({ length: 16 }, (_, i) => 100 + i * 10)).toNdArray());
    const without = await dyno(model, '--no-rewrite');
    expect([without.code, without.stdout.includes('overflows')]).toEqual([0, false]);
    const { code, stdout } = await dyno(model, '--no-rewrite', '--inputs', 'x.npy');
    expect(code).toBe(1);
    const [, layer] = /fp16 overflows at conv \S+: 75000 is beyond 65504\.\s+Keep it in\s+float32:\s+--keep-fp32\s+(\S+)/.exec(stdout) ?? [];
    expect(layer, stdout).toBe('large');
    const mended = await dyno(model, '--no-rewrite', '--inputs', 'x.npy', '--keep-fp32', layer as string, 'relu', 'small');
    expect(mended.code, mended.stdout).toBe(0);
  }, 480_000);

  test.each([
    ['an operator without a form', { inputs: { x: ['float32', [1, 3, 3]] }, outputs: { y: ['float32', [1]] }, nodes: [['Det', ['x'], ['y']]] }, [], /Det \(.*\): Core ML has no form of it/],
    ['an open size', { inputs: { x: ['float32', [1, 'N']] }, outputs: { y: ['float32', [1, 'N']] }, nodes: [['Relu', ['x'], ['y']]] }, [], /The sizes of "x" \[1, N\] are open[\s\S]*--shapes/],
    ['rank 6', { inputs: { x: ['float32', [1, 2, 2, 2, 2, 2]] }, outputs: { y: ['float32', [1, 2, 2, 2, 2, 2]] }, nodes: [['Relu', ['x'], ['y']]] }, [], /rank 6/],
    ['NaN', { inputs: { x: ['float32', [1, 2]] }, outputs: { y: ['float32', [1, 2]] }, initializers: { w: Tensor.of('float32', [2, 2], [1, Number.NaN, 2, 3]) }, nodes: [['MatMul', ['x', 'w'], ['y']]] }, ['--no-rewrite'], /holds NaN/],
    ['int4 before iOS 18', { inputs: { x: ['float32', [1, 2]] }, outputs: { y: ['float32', [1, 2]] }, nodes: [['Relu', ['x'], ['y']]] }, ['--weights', 'int4'], /weights of 4 bits from iOS 18 on[\s\S]*--min-ios 18/],
    ['functions before iOS 18', { inputs: { x: ['float32', [1, 'N']] }, outputs: { y: ['float32', [1, 'N']] }, nodes: [['Relu', ['x'], ['y']]] }, ['--functions', 'a=1x2', 'b=1x3'], /several functions from iOS 18 on/],
    ['no weights to compress', { inputs: { x: ['float32', [1, 2]] }, outputs: { y: ['float32', [1, 2]] }, nodes: [['Relu', ['x'], ['y']]] }, ['--weights', 'int8'], /No weight has more than 2048 elements/],
  ] as const satisfies readonly (readonly [string, ModelSpec, readonly string[], RegExp])[])('%s: exit 2, what to do, and no half package', async (_, spec, flags, message) => {
    const { code, stderr } = await dyno(written(spec), '--no-verify', ...flags);
    expect([code, left()]).toEqual([2, []]);
    expect(stderr).toMatch(message);
  }, 480_000);

  test('what was there before stays where a conversion fails', async () => {
    const good = written({ inputs: { x: ['float32', [1, 2]] }, outputs: { y: ['float32', [1, 2]] }, nodes: [['Relu', ['x'], ['y']]] });
    expect((await dyno(good, '--no-verify', '-o', 'kept.mlpackage')).code).toBe(0);
    const bad = written({ inputs: { x: ['float32', [1, 3, 3]] }, outputs: { y: ['float32', [1]] }, nodes: [['Det', ['x'], ['y']]] }, 'bad.onnx');
    expect((await dyno(bad, '--no-verify', '-o', 'kept.mlpackage')).code).toBe(2);
    expect([left(), existsSync(temporary('kept.mlpackage', 'Manifest.json'))]).toEqual([['kept.mlpackage'], true]);
  }, 480_000);
});

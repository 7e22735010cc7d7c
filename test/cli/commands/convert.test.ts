import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findEnvironment } from '../../../converters/toolchain/index.ts';
import { readPackage } from '../../../converters/coreml/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { writeNpy } from '../../../models/run/npy.ts';
import { buildModel, type ModelSpec, toBytes } from '../../support/build-model.ts';
import { repoRoot } from '../../support/paths.ts';
import { childrenOf } from '../../support/processes.ts';
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
    const { code, stdout } = await dyno(join(ZOO, 'quicksrnet-small-x2-dynamic.onnx'), '--static', 'input=1x3x24x32', '--weights', 'palette6', '-o', 'small.mlpackage');
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
    const { code, stdout } = await dyno(model, '--no-rewrite', '--inputs', 'x.npy');
    expect(code).toBe(1);
    const [, layer] = /fp16 overflows at conv \S+: 75000 is beyond 65504\.\s+Keep it in\s+float32:\s+--keep-fp32\s+(\S+)/.exec(stdout) ?? [];
    expect(layer, stdout).toBe('large');
    const mended = await dyno(model, '--no-rewrite', '--inputs', 'x.npy', '--keep-fp32', layer as string, 'relu', 'small');
    expect(mended.code, mended.stdout).toBe(0);
  }, 480_000);

  test.each([
    ['an operator without a form, named with its node, and one behind it', {
      inputs: { x: ['float32', [1, 3, 3]] }, outputs: { y: ['float32', [1]], z: ['int64', [3, 'n']] }, nodes: [['Det', ['x'], ['y'], {}, { name: 'head/det' }], ['NonZero', ['x'], ['z'], {}, { name: 'head/where' }]],
    }, [], /Det \(head\/det\): Core ML has no form of it here[\s\S]*NonZero \(head\/where\): the size of its result depends on values[\s\S]*--cut-at TENSOR/],
    ['what the system does not have', { inputs: { x: ['float32', [1, 2]] }, outputs: { y: ['float32', [1, 2]] }, nodes: [['Relu', ['x'], ['y']]] }, ['--weights', 'int4'], /weights of 4 bits from iOS 18 on[\s\S]*--min-ios 18/],
    ['another ending', { inputs: { x: ['float32', [1, 2]] }, outputs: { y: ['float32', [1, 2]] }, nodes: [['Relu', ['x'], ['y']]] }, ['-o', 'x.mlmodel'], /saved as \.mlpackage[\s\S]*-o x\.mlpackage/],
  ] as const satisfies readonly (readonly [string, ModelSpec, readonly string[], RegExp])[])('%s: exit 2, what to do, nothing half, and what was there before', async (_, spec, flags, message) => {
    mkdirSync(temporary('model.mlpackage'));
    writeFileSync(temporary('model.mlpackage', 'Manifest.json'), '{"of": "before"}');
    const { code, stderr } = await dyno(written(spec), '--no-verify', ...flags);
    expect([code, left()]).toEqual([2, ['model.mlpackage']]);
    expect(readFileSync(temporary('model.mlpackage', 'Manifest.json'), 'utf8')).toContain('before');
    expect(stderr).toMatch(message);
  }, 480_000);

  test.skipIf(!existsSync('/proc/self/task'))('several models go through one worker, which imports coremltools once', async () => {
    const workers = new Set<number>();
    const models = ['a.onnx', 'b.onnx'].map((name) => written({ inputs: { x: ['float32', [1, 2]] }, outputs: { y: ['float32', [1, 2]] }, nodes: [['Relu', ['x'], ['y']]] }, name));
    let looking: NodeJS.Timeout | undefined;
    const { code, stderr } = await runCli(['convert', ...models, '--no-verify'], {
      cwd: temporary(), onStart: (pid) => { looking = setInterval(() => { for (const child of childrenOf(pid, 'worker.py')) workers.add(child); }, 20); },
    });
    clearInterval(looking);
    expect([code, left().sort(), workers.size], stderr).toEqual([0, ['a.mlpackage', 'b.mlpackage'], 1]);
  }, 480_000);
});

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { QnnArtifact } from '../../../converters/qnn/artifact.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { writeNpy } from '../../../models/run/npy.ts';
import { findEnvironment } from '../../../converters/toolchain/index.ts';
import { makeVirtualSdk } from '../../../device-harness/virtual/qnn-sdk/make-sdk.ts';
import { buildModel, toBytes } from '../../support/build-model.ts';
import { htpMissing, htpToolchain } from '../../support/htp.ts';
import { runCli } from '../../support/run-cli.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();
const python: Record<string, string> = { DYNO_PYTHON_ENV: findEnvironment()?.folder ?? '' };

/** A model, data to calibrate with, and an SDK of stand-ins that run as processes. */
function prepared(): void {
  const model = buildModel({ inputs: { x: ['float32', [1, 2, 4, 6]] }, outputs: { y: ['float32', [1, 2, 4, 6]] }, nodes: [['Sigmoid', ['x'], ['y'], {}, { name: 'sigmoid' }]] });
  writeFileSync(temporary('my model.onnx'), toBytes(model));
  mkdirSync(temporary('data'));
  for (const i of [0, 1]) writeNpy(temporary('data', `${i}.npy`), Tensor.of('float32', [1, 2, 4, 6], Float32Array.from({ length: 48 }, (_, at) => Math.sin(at + i))).toNdArray());
  makeVirtualSdk(temporary('sdk'), { version: '2.40.0.250724' });
}

const dyno = (...args: string[]) => runCli(['convert', 'my model.onnx', '--to', 'qnn', ...args], { cwd: temporary(), env: { QNN_SDK_ROOT: temporary('sdk'), DYNO_CACHE: temporary('cache'), ...python } });
const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

describe.skipIf(!htpToolchain || process.platform === 'win32')(`stand-ins as processes${htpMissing}`, () => {
  test('an artifact with its faces; the printed script makes the same one without dyno (the stand-in compiles equal graphs once: two binaries of Qualcomm’s compiler differ in names)', async () => {
    prepared();
    const asked = ['--target', 'htp:SM8650', '--precision', 'w8a8', '--chain', 'qnn', '-d', 'data', '--keep-workdir', 'work'];
    const { code, stdout, stderr } = await dyno(...asked, '--json', '-o', 'out');
    expect(code, stderr).toBe(0);
    const { conversions: [made] } = JSON.parse(stdout) as { conversions: { artifact: QnnArtifact; bytes: number; history: { steps: { tool: string }[] } }[] };
    expect(made?.artifact).toMatchObject({ form: 'context-binary', graph: 'my_model', chip: 'SM8650', inputs: [{ name: 'x', type: 'ufixed-8', dims: [1, 4, 6, 2], axes: [0, 2, 3, 1] }] });
    expect(made?.history.steps.map(({ tool }) => tool)).toEqual(['qnn-onnx-converter', 'qnn-model-lib-generator', 'qnn-context-binary-generator', 'qnn-context-binary-utility']);
    expect(stderr).toMatch(/by 4 calls in/);
    expect(readdirSync(temporary('out')).sort()).toEqual(['artifact.json', 'log.txt', 'my model.w8a8.SM8650.bin']);
    expect(sha256(made?.artifact.path as string)).toBe(made?.artifact.sha256);
    expect(readdirSync(temporary('work')).filter((name) => name.startsWith('tmp_'))).toEqual([]);

    const printed = await dyno(...asked.slice(0, -1), 'again', '--print-commands');
    expect(printed.code, printed.stderr).toBe(0);
    expect(existsSync(temporary('again', 'context'))).toBe(false);
    writeFileSync(temporary('convert.sh'), printed.stdout);
    await promisify(execFile)('/bin/sh', [temporary('convert.sh')], { cwd: '/', env: { PATH: process.env['PATH'] ?? '', DYNO_CACHE: temporary('cache'), ...python } });
    const built = 'libs/x86_64-linux-clang/libmy_model.so';
    expect(sha256(temporary('again', built))).toBe(sha256(temporary('work', built)));
    expect(sha256(temporary('again/context/my_model.context.bin'))).toBe(made?.artifact.sha256);
  });

  test('text: form, faces, fallbacks aloud with exit 1', async () => {
    prepared();
    const run = runCli(['convert', 'my model.onnx', '--to', 'qnn', '--form', 'model-library', '--precision', 'w8a8', '-d', 'data'], { cwd: temporary(), env: { QNN_SDK_ROOT: temporary('sdk'), DYNO_CACHE: temporary('cache'), ...python, ANDROID_NDK_ROOT: temporary(), DYNO_STAND_IN: 'qnn-onnx-converter=fallback' } });
    const { code, stdout, stderr } = await run;
    expect(code, stderr).toBe(1);
    expect(stdout).toMatch(/my model\.onnx as model-library in w8a8 \(runs on htp, gpu, cpu\)/);
    expect(stdout).toMatch(/by stand-in of SDK 2\.40\.0\.250724 \(qnn-onnx-converter, qnn-model-lib-generator\), simulated/);
    expect(stdout).toMatch(/in +x {2}ufixed-8 \[1, 4, 6, 2\] {2}axes 0,2,3,1 of the model \(NHWC\) {2}\(q [+-] \d+\) × 0\.\d+/);
    expect(stdout).toMatch(/In float although integers were asked for: \/head\/Softmax, \/head\/Mul/);
    expect(existsSync(temporary('my model.qnn', 'libmy_model.so'))).toBe(true);
  });

  test('Ctrl-C ends a tool that hangs: exit 130, no result, no process left', async () => {
    prepared();
    let dynoPid = 0;
    const running = runCli(['convert', 'my model.onnx', '--to', 'qnn', '--keep-workdir', 'work'], {
      cwd: temporary(), env: { QNN_SDK_ROOT: temporary('sdk'), DYNO_CACHE: temporary('cache'), ...python, DYNO_STAND_IN: 'qairt-converter=hang' }, onStart: (pid) => {
        dynoPid = pid;
      },
    });
    while (!existsSync(temporary('work', 'log.txt'))) await new Promise((resolve) => setTimeout(resolve, 50));
    process.kill(dynoPid, 'SIGINT');
    const { code, stderr } = await running;
    expect([code, existsSync(temporary('my model.qnn'))], stderr).toEqual([130, false]);
    const { stdout } = await promisify(execFile)('ps', ['-eo', 'args']);
    expect(stdout.split('\n').filter((line) => line.includes('qairt-converter') && line.includes(temporary()))).toEqual([]);
  });
});

describe('what is missing is said', () => {
  test('without an SDK: where it comes from, and what works without', async () => {
    prepared();
    const { code, stderr } = await runCli(['convert', 'my model.onnx', '--to', 'qnn'], { cwd: temporary(), env: { HOME: temporary('home') } });
    expect(code).toBe(2);
    expect(stderr).toMatch(/There is no QNN or QAIRT SDK here[\s\S]*QAIRT_SDK_ROOT[\s\S]*dyno compile/);
  });
});

test('dyno doctor qnn: each thing with its state and what mends it', async () => {
  prepared();
  mkdirSync(temporary('sdk/lib/python/qti/aisw/converters/common/linux-x86_64'), { recursive: true });
  writeFileSync(temporary('sdk/lib/python/qti/aisw/converters/common/linux-x86_64/libPyIrGraph38.so'), '');
  mkdirSync(temporary('ndk'));
  writeFileSync(temporary('ndk/source.properties'), 'Pkg.Desc = Android NDK\nPkg.Revision = 25.2.9519653\n');
  const ask = async (env: Readonly<Record<string, string>>) => {
    const { code, stdout } = await runCli(['doctor', 'qnn', '--json'], { cwd: temporary(), env });
    return { code, checks: Object.fromEntries((JSON.parse(stdout) as { checks: { title: string; state: string; found: string; fix: string | null }[] }).checks.map((check) => [check.title, check])) };
  };
  const { code, checks } = await ask({ QAIRT_SDK_ROOT: temporary('sdk'), ANDROID_NDK_ROOT: temporary('ndk'), HOME: temporary() });
  expect(code).toBe(2);
  expect(checks['QNN SDK']).toMatchObject({ state: 'ok', found: expect.stringContaining('stand-in of 2.40.0.250724') });
  expect(checks['Python of the SDK']).toMatchObject({ state: 'missing', found: expect.stringMatching(/needs Python 3\.8, and there is none on the path/), fix: expect.stringContaining('python3.8 -m venv') });
  expect(checks['Android NDK']).toMatchObject({ state: 'ok', found: expect.stringContaining('25.2.9519653') });
  expect(checks['libraries for phones']?.found).toBe('Hexagon v68, v69, v73, v75, v79, v81');
  const none = await ask({ HOME: join(temporary(), 'home') });
  expect([none.code, none.checks['QNN SDK']?.state, none.checks['QNN SDK']?.fix]).toEqual([0, 'optional', expect.stringContaining('dyno compile')]);
});

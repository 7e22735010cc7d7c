import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { listOpenVinoDevices, openOpenVino, type OpenVinoToolchain } from '../converters/openvino/index.ts';
import { findEnvironment, openVinoRequirements, pythonFolder, PythonWorker } from '../converters/toolchain/index.ts';
import { forkWorker } from '../models/run/fork-worker.ts';

const folder = mkdtempSync(join(tmpdir(), 'dyno-telemetry-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What ONNX Runtime's telemetry leaves behind: one file for each process that loaded it, by its process id. Older ones are of others. */
function leftTrace(pid: number, since: number): boolean {
  const path = `/tmp/mat-debug-${pid}.log`;
  return existsSync(path) && statSync(path).mtimeMs >= since;
}

test.skipIf(process.platform !== 'linux')('a process of ours with ONNX Runtime reports to nobody', async () => {
  const start = Date.now() - 1000;
  const child = forkWorker('models/run/ort-worker');
  const answered = new Promise((resolve) => child.once('message', resolve));
  writeFileSync(join(folder, 'none.onnx'), 'no model');
  child.send({ kind: 'describe', model: { path: join(folder, 'none.onnx') } });
  await answered;
  child.kill('SIGTERM');
  expect(leftTrace(child.pid as number, start)).toBe(false);
});

test.skipIf(process.platform !== 'linux' || findEnvironment() === null)('nor does the Python worker (needs dyno setup python)', async () => {
  const environment = findEnvironment();
  const before = new Set(readdirSync('/tmp'));
  const { ORT_DISABLE_TELEMETRY: _, ...plain } = process.env;
  const worker = new PythonWorker(environment?.python as string, pythonFolder(), plain);
  await worker.run('env.verify', { modules: ['onnxruntime'] }, { what: 'import' });
  await worker.close();
  expect(readdirSync('/tmp').filter((name) => name.startsWith('mat-debug-') && !before.has(name))).toEqual([]);
});

test.skipIf(openOpenVino() instanceof Error)('nor does OpenVINO, whose package for that is neither installed nor found (needs dyno setup openvino)', async () => {
  const toolchain = openOpenVino({ ...process.env, HOME: folder, USERPROFILE: folder }) as OpenVinoToolchain;
  const { value } = await toolchain.worker.run<{ failed: Record<string, string> }>('env.verify', { modules: ['openvino', 'openvino.tools.ovc', 'openvino_telemetry'] }, { what: 'import' });
  expect(Object.keys(value.failed)).toEqual(['openvino_telemetry']);
  await listOpenVinoDevices(toolchain);
  await toolchain.close();
  expect(readdirSync(folder).filter((name) => name === 'intel' || name === 'Intel Corporation')).toEqual([]);
  expect(Object.keys(findEnvironment(process.env, openVinoRequirements())?.packages ?? {})).not.toContain('openvino-telemetry');
});

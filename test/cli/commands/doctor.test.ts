import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { environmentFolder } from '../../../converters/toolchain/environment.ts';
import { htpMissing, htpToolchain } from '../../support/htp.ts';
import { runCli } from '../../support/run-cli.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

interface Check { readonly title: string; readonly state: string; readonly found: string; readonly fix: string | null }

const temporary = temporaryFolder();

async function doctor(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<{ code: number | null; checks: ReadonlyMap<string, Check> }> {
  const { code, stdout } = await runCli(['doctor', '--json', ...args], { env });
  return { code, checks: new Map((JSON.parse(stdout) as { checks: Check[] }).checks.map((check) => [check.title, check])) };
}

test('without the environment: what is missing and how to get it; what other versions and broken-off set-ups left', async () => {
  mkdirSync(temporary('cache', 'python-3.11-0123456789ab'), { recursive: true });
  writeFileSync(temporary('cache', 'python-3.11-0123456789ab', 'half'), 'x'.repeat(2_000_000));
  const { code, checks } = await doctor({ DYNO_CACHE: temporary('cache'), DYNO_PYTHON: '/nowhere/python3' });
  expect(code).toBe(0);
  expect(checks.get('Python environment')).toMatchObject({ state: 'optional', found: expect.stringContaining('/nowhere/python3 is not on the path'), fix: expect.stringContaining('dyno setup python') });
  expect(checks.has('HTP compiler')).toBe(false);
  expect(checks.get('cache')).toMatchObject({ state: 'optional', found: expect.stringMatching(/python-3\.11-0123456789ab \(unfinished, 2\.00 MB\)/), fix: expect.stringContaining('--clean') });
});

describe.skipIf(!htpToolchain)(`with the environment${htpMissing}`, () => {
  test('versions, the build of the compiler, one compilation, adb', async () => {
    const { code, checks } = await doctor({}, '--deep');
    expect(code).toBe(0);
    expect(checks.get('Python environment')).toMatchObject({ state: 'ok', found: expect.stringMatching(/^3\.1\d\.\d+ with .*onnxruntime-qnn 2\.7\.0/) });
    expect(checks.get('HTP compiler')).toMatchObject({ state: 'ok', found: expect.stringMatching(/^QAIRT v2\.51\.0\.\d+, .*compiles for SM8550 in [\d.]+ s$/) });
    expect(checks.get('adb')?.state).toBe('ok');
  });

  test.skipIf(process.platform === 'win32')('an environment whose libraries no longer load: exit 2, which, and how to make it anew', async () => {
    const environment = { DYNO_CACHE: temporary('cache') };
    const folder = environmentFolder('3.11', environment);
    mkdirSync(join(folder, 'bin'), { recursive: true });
    writeFileSync(join(folder, 'ready.json'), JSON.stringify({ numpy: '2.4.6' }));
    writeFileSync(join(folder, 'bin', 'python'), '#!/bin/sh\necho "libpython3.11.so: cannot open shared object file" >&2\nexit 127\n', { mode: 0o755 });
    const broken = await doctor(environment);
    expect(broken.code).toBe(2);
    expect(broken.checks.get('Python environment')).toMatchObject({ state: 'missing', fix: expect.stringContaining('--again') });
  });
});

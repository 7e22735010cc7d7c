import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findEnvironment } from '../../../converters/toolchain/index.ts';
import { hostileModels } from '../../support/hostile-models.ts';
import { htpMissing, htpToolchain } from '../../support/htp.ts';
import { fixture } from '../../support/paths.ts';
import { runCli } from '../../support/run-cli.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();
const plain = fixture('exports', 'plain_clip_x2_op17.onnx');
const dynamic = fixture('exports', 'uint8_io_dynamic_op17.onnx');

test.skipIf(process.platform === 'win32')('setup with an old Python: exit 2, what it is and what is needed', async () => {
  const stub = temporary('python');
  writeFileSync(stub, `#!/bin/sh\necho '["${stub}", "3.10.13"]'\n`, { mode: 0o755 });
  const { code, stderr } = await runCli(['setup', 'python'], { env: { DYNO_PYTHON: stub, DYNO_CACHE: temporary('cache') } });
  expect([code, stderr.includes('is Python 3.10.13. Needed is 3.11, 3.12 or 3.13.'), existsSync(temporary('cache'))]).toEqual([2, true, false]);
});

test('setup --clean removes what other versions and broken-off set-ups left, and nothing else', async () => {
  for (const name of ['python-3.11-0123456789ab', 'python-3.12-ba9876543210', 'htp', 'python-mine']) mkdirSync(temporary('cache', name), { recursive: true });
  writeFileSync(temporary('cache', 'python-3.11-0123456789ab', 'ready.json'), '{}');
  const { code, stdout } = await runCli(['setup', 'python', '--clean', '--json'], { env: { DYNO_CACHE: temporary('cache') } });
  expect([code, (JSON.parse(stdout) as { removed: unknown[] }).removed.length, readdirSync(temporary('cache')).sort()]).toEqual([0, 2, ['htp', 'python-mine']]);
});

describe.skipIf(!htpToolchain)(`Qualcomm's compiler, when things go wrong${htpMissing}`, () => {
  const own = process.env['DYNO_PYTHON_ENV'];
  const env = (more: Readonly<Record<string, string>> = {}): Record<string, string> => ({ ...(own ? { DYNO_PYTHON_ENV: own } : {}), ...more });

  test('a dynamic model: the flag that mends it, to be copied as it is', async () => {
    const compiled = await runCli(['compile', dynamic, '-t', 'htp:SM8550', '-o', temporary('out')], { env: env() });
    expect([compiled.code, existsSync(temporary('out'))]).toEqual([2, false]);
    const flag = /--static input=\S+/.exec(compiled.stderr)?.[0] as string;
    const checked = await runCli(['check', dynamic, '-t', 'htp:SM8550'], { env: env() });
    expect([checked.code, checked.stdout.includes(flag)]).toEqual([2, true]);
    const mended = await runCli(['check', dynamic, '-t', 'htp:SM8550', '--no-verify', ...flag.split(' ')], { env: env() });
    expect(mended.stdout).toContain('predicted and compiled');
  });

  test('a compilation that fails after every node was accepted: the code, and what to do', async () => {
    const { code, stdout } = await runCli(['compile', fixture('exports', 'vap_block_op17.onnx'), '-t', 'htp:SM8350'], { env: env() });
    expect([code, stdout]).toEqual([2, expect.stringMatching(/QNN_COMMON_ERROR_MEM_ALLOC.*Code: 1002\n.*→ .*dyno quantize/)]);
    const kept = await runCli(['compile', fixture('exports', 'vap_block_op17.onnx'), '-t', 'htp:SM8350', '-o', temporary('out')], { env: env() });
    expect([kept.code, readdirSync(temporary())]).toEqual([2, []]);
  });

  describe.runIf(process.platform === 'linux')('processes and disks', () => {
    /** Takes the compiler half a minute and tens of gigabytes. */
    const endless = (): string => hostileModels(temporary('models')).find(({ name }) => name === 'huge input')?.path as string;

    test('a model beyond its memory: said, nothing written', async () => {
      const { code, stderr } = await runCli(['compile', plain, '-t', 'htp:SM8550', '-o', temporary('out')], { env: env({ DYNO_JOB_MEMORY: '64MiB' }) });
      expect([code, stderr.includes('needed more than 64 MiB of memory'), stderr.includes('DYNO_JOB_MEMORY='), readdirSync(temporary())]).toEqual([2, true, true, []]);
    });

    test.each([['the job', 1], ['the worker', 0]] as const)('somebody kills %s: said, exit 2, nothing written, no process left', async (_, depth) => {
      const path = endless();
      const tree: number[] = [];
      const running = runCli(['compile', path, '-t', 'htp:SM8550', '-o', temporary('out')], { env: env(), onStart: (pid) => tree.push(pid) });
      tree.push(...(await workerAndJob(tree[0] as number)));
      process.kill(tree[1 + depth] as number, 'SIGKILL');
      const { code, stderr } = await running;
      expect([code, stderr]).toEqual([2, expect.stringContaining('SIGKILL')]);
      await expect.poll(() => tree.filter(lives), { timeout: 5000 }).toEqual([]);
      expect(readdirSync(temporary())).toEqual(['models']);
    });

    test('somebody kills the command: worker and job end with it, the folder asked for is not there', async () => {
      const path = endless();
      const tree: number[] = [];
      const running = runCli(['compile', path, '-t', 'htp:SM8550', '-o', temporary('out')], { env: env(), onStart: (pid) => tree.push(pid) });
      tree.push(...(await workerAndJob(tree[0] as number)));
      process.kill(tree[0] as number, 'SIGKILL');
      expect((await running).signal).toBe('SIGKILL');
      await expect.poll(() => tree.filter(lives), { timeout: 5000 }).toEqual([]);
      expect(existsSync(temporary('out'))).toBe(false);
    });

    test.runIf(canMount())('a disk that is full while the context is written: said, nothing half written', async () => {
      mkdirSync(temporary('disk'));
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=60k', 'tmpfs', temporary('disk')]);
      try {
        const { code, stderr } = await runCli(['compile', plain, '-t', 'htp:SM8550', '-o', temporary('disk', 'out')], { env: env() });
        expect([code, stderr, readdirSync(temporary('disk'))]).toEqual([2, expect.stringContaining('is full'), []]);
      } finally {
        execFileSync('umount', [temporary('disk')]);
      }
    });
  });

  test('hostile models, one after the other: each is answered, and the sound one at the end is compiled', async () => {
    const quick = /kills the compiler|beyond 2|endless|control characters|nobody has|opset 999|stride 0|random graph [1356]/;
    const readable = hostileModels(temporary('models')).filter(({ name }) => quick.test(name));
    const { code, stdout, stderr } = await runCli(['check', ...readable.map(({ path }) => path), plain, '-t', 'htp:SM8550', '--json'], { env: { DYNO_CACHE: temporary('cache'), DYNO_PYTHON_ENV: findEnvironment()?.folder as string } });
    expect(stderr).not.toContain('should not');
    const { checks } = JSON.parse(stdout) as { checks: { compiled: { whole: boolean } | null; compilerNote: string | null }[] };
    expect(code).toBe(2);
    expect([readable.length, checks.length]).toEqual([13, 14]);
    expect(checks.filter(({ compiled, compilerNote }) => compiled === null && !compilerNote)).toEqual([]);
    expect(checks.at(-1)?.compiled?.whole).toBe(true);
  });
});

/** Process ids of the Python worker of a command and of the job that it forked, as soon as both are there. */
async function workerAndJob(command: number): Promise<[worker: number, job: number]> {
  const python = (pid: number): boolean => said(`/proc/${pid}/cmdline`).includes('worker.py');
  for (;;) {
    for (const worker of childrenOf(command).filter(python)) {
      const [job] = childrenOf(worker);
      if (job !== undefined) return [worker, job];
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function childrenOf(pid: number): number[] {
  return said(`/proc/${pid}/task/${pid}/children`).trim().split(' ').filter(Boolean).map(Number);
}

function lives(pid: number): boolean {
  const status = said(`/proc/${pid}/stat`);
  return status !== '' && !/\) Z /.test(status);
}

/** What Linux says of a process; nothing when it has gone. */
function said(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function canMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const place = mkdtempSync(join(tmpdir(), 'dyno-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'tmpfs', place], { stdio: 'ignore' });
    execFileSync('umount', [place]);
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(place);
  }
}

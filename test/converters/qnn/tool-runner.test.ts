import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { runSteps } from '../../../converters/qnn/run-chain.ts';
import type { Step } from '../../../converters/qnn/chain-request.ts';
import { processEnvironment } from '../../../converters/qnn/tool-environment.ts';
import { processRunner } from '../../../converters/qnn/tool-runner.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();

function step(script: string): Step {
  const env = { variables: { QNN_SDK_ROOT: '/sdk', PYTHONPATH: '/sdk/lib/python' }, paths: { PATH: ['/sdk/bin'], LD_LIBRARY_PATH: ['/sdk/lib'] } };
  return { tool: 'tool', title: 'do it', command: ['/bin/sh', '-c', script], cwd: temporary(), produces: ['made'], env };
}

function run(script: string, more: { timeoutMs?: number; signal?: AbortSignal } = {}): ReturnType<typeof runSteps> {
  return runSteps([step(script)], { runner: processRunner(process.env), log: temporary('log.txt'), timeoutMs: 60_000, progress: () => undefined, ...more });
}

/** Whether a process is there. */
function lives(pid: string): boolean {
  return existsSync(`/proc/${pid.trim()}`) && !readFileSync(`/proc/${pid.trim()}/stat`, 'utf8').includes(') Z ');
}

test('the environment is set in full; files are hashed; what it leaves behind goes; all it prints is in the log', async () => {
  const [done] = await run('echo "$QNN_SDK_ROOT $PYTHONPATH ${PATH%%:*} ${LD_LIBRARY_PATH%%:*}"; echo bad >&2; mkdir tmp_123; echo abc > made');
  expect(done?.files).toEqual([{ path: 'made', bytes: 4, sha256: 'edeaaff3f1774ad2888673770c6d64097e391bc362d7d6fb34982ddf0efd18cb' }]);
  const log = readFileSync(temporary('log.txt'), 'utf8');
  expect(log).toContain('/sdk /sdk/lib/python /sdk/bin /sdk/lib');
  expect(log).toContain('bad');
  expect(existsSync(temporary('tmp_123'))).toBe(false);
});

test('a file of before is no result of this call', async () => {
  writeFileSync(temporary('made'), 'old');
  await expect(run('true')).rejects.toThrow(/said that it succeeded and wrote no made/);
});

test('a crash names the signal, a missing program its reason', async () => {
  await expect(run('kill -SEGV $$')).rejects.toThrow(/tool was ended by SIGSEGV/);
  const missing = { ...step(''), command: ['/nowhere/tool'] };
  await expect(runSteps([missing], { runner: processRunner(process.env), log: temporary('log.txt'), timeoutMs: 60_000, progress: () => undefined })).rejects.toThrow(/tool ended with code/);
});

test.skipIf(process.platform !== 'linux')('at the time limit all that it started ends, also what does not listen', async () => {
  await expect(run(`trap '' TERM; (trap '' TERM; sleep 300) & echo $! > pid; wait`, { timeoutMs: 300 })).rejects.toThrow(/did not end within 0 s/);
  expect(lives(readFileSync(temporary('pid'), 'utf8'))).toBe(false);
});

test.skipIf(process.platform !== 'linux')('work that is given up ends the tool', async () => {
  const controller = new AbortController();
  const running = run('echo $$ > pid; sleep 300; echo > made', { signal: controller.signal });
  while (!existsSync(temporary('pid')) || readFileSync(temporary('pid'), 'utf8') === '') await new Promise((resolve) => setTimeout(resolve, 20));
  controller.abort(new Error('given up'));
  await expect(running).rejects.toThrow('given up');
  expect(lives(readFileSync(temporary('pid'), 'utf8'))).toBe(false);
});

test('Python’s settings of the user stay out', () => {
  const { env } = step('');
  expect(processEnvironment(env, { PYTHONHOME: '/mine', PYTHONPATH: '/mine', PATH: '/usr/bin', OTHER: 'x' })).toEqual({ QNN_SDK_ROOT: '/sdk', PYTHONPATH: '/sdk/lib/python', PATH: '/sdk/bin:/usr/bin', LD_LIBRARY_PATH: '/sdk/lib', OTHER: 'x', PYTHONUNBUFFERED: '1' });
});

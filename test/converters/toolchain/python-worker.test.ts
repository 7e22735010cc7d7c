import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findPython, type JobFailure, pythonFolder, PythonWorker } from '../../../converters/toolchain/index.ts';

/** The real worker with jobs of the tests' own beside it. */
const folder = mkdtempSync(join(tmpdir(), 'dyno-worker-'));
const { python } = await findPython();
for (const file of ['worker.py', 'children.py', 'inbox.py']) cpSync(join(pythonFolder(), file), join(folder, file));
writeFileSync(join(folder, 'jobs_try.py'), `
import os, sys, time, signal
def echo(args):
    print('noise on stdout'); sys.stderr.write('noise on stderr\\n')
    return {"args": args, "pid": os.getpid(), "parent": os.getppid()}
def fail(args):
    print('the last line'); sys.stdout.flush()
    raise ValueError('no such thing')
def crash(args):
    os.write(1, b'before the crash\\n'); os.kill(os.getpid(), signal.SIGSEGV)
def leave(args):
    os._exit(7)
def hang(args):
    while True: time.sleep(0.05)
def big(args):
    return 'x' * args["size"]
def eat(args):
    data = bytearray(args["bytes"]); return len(data)
def grow(args):
    data = []
    while True: data.append(bytearray(10_000_000)); time.sleep(0.005)
def die(args):
    os.kill(os.getpid(), signal.SIGKILL)
`);

/** Children of a process by Linux' own list; null elsewhere. */
function childrenOf(pid: number): number[] | null {
  const path = `/proc/${pid}/task/${pid}/children`;
  return existsSync(path) ? readFileSync(path, 'utf8').trim().split(' ').filter(Boolean).map(Number) : null;
}

function isAlive(pid: number): boolean {
  const path = `/proc/${pid}/stat`;
  return existsSync(path) && !/\) Z /.test(readFileSync(path, 'utf8'));
}

afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(!python).each([['forking', {}], ['spawning, as on Windows', { DYNO_SPAWN: '1' }]])('the Python worker, %s', (_, mode) => {
  let worker: PythonWorker;
  beforeAll(() => { worker = new PythonWorker(python?.executable as string, folder, { ...process.env, ...mode }); });
  afterAll(() => worker.close());
  const run = <T>(job: string, args: object = {}, options: { timeoutMs?: number; memoryBytes?: number; signal?: AbortSignal } = {}) => worker.run<T>(job, args, { what: 'trial', ...options });
  const failure = async (job: string, options = {}): Promise<JobFailure> => run(job, {}, options).then(() => { throw new Error('no failure'); }, (error) => error as JobFailure);

  test('greets with its versions', async () => {
    expect((await worker.hello()).python).toBe(python?.version);
  });
  test('each job has a process of its own below one parent, and noise does not reach the replies', async () => {
    const [a, b] = await Promise.all([run<{ pid: number; parent: number; args: object }>('try.echo', { n: 1 }), run<{ pid: number; parent: number; args: object }>('try.echo', { n: 2 })]);
    expect([a.value.args, b.value.args]).toEqual([{ n: 1 }, { n: 2 }]);
    expect(a.value.pid).not.toBe(b.value.pid);
    expect(a.value.parent).toBe(b.value.parent);
  });
  test('exception, crash, silent exit, unknown job: a failure each, with the last lines, and the worker lives on', async () => {
    const raised = await failure('try.fail');
    expect([raised.kind, raised.message, raised.output]).toEqual(['exception', expect.stringContaining('ValueError: no such thing'), expect.stringContaining('the last line')]);
    const crashed = await failure('try.crash');
    expect([crashed.kind, crashed.message, crashed.output]).toEqual(['crash', expect.stringContaining('SIGSEGV'), expect.stringContaining('before the crash')]);
    expect((await failure('try.leave')).message).toContain('without a reply');
    expect((await failure('os.system')).kind).toBe('unknown-job');
    expect((await failure('nowhere.nothing')).kind).toBe('unknown-job');
    expect((await run<{ args: object }>('try.echo', { after: true })).value.args).toEqual({ after: true });
  });
  test('a hang ends at its time limit, an abort at once; others go on meanwhile', async () => {
    const hanging = failure('try.hang', { timeoutMs: 300 });
    await run('try.echo');
    expect((await hanging).kind).toBe('timeout');
    const controller = new AbortController();
    const aborted = failure('try.hang', { signal: controller.signal });
    await run('try.echo');
    controller.abort();
    expect((await aborted).kind).toBe('cancelled');
  });
  test('large replies, and the memory of the child alone', async () => {
    expect((await run<string>('try.big', { size: 3_000_000 })).value.length).toBe(3_000_000);
    const small = await run('try.echo');
    const large = await run('try.eat', { bytes: 200_000_000 });
    expect((large.peakBytes as number) - (small.peakBytes as number)).toBeGreaterThan(150_000_000);
  });
  test.runIf(process.platform === 'linux')('a job beyond its memory is ended, others go on', async () => {
    const [greedy, modest] = await Promise.all([failure('try.grow', { memoryBytes: 120_000_000 }), run<number>('try.eat', { bytes: 1000 }, { memoryBytes: 120_000_000 })]);
    expect([greedy.kind, greedy.message, modest.value]).toEqual(['memory', expect.stringContaining('needed more than 114 MiB'), 1000]);
    expect(greedy.nextSteps.join()).toContain('DYNO_JOB_MEMORY');
  });
  test('a child that somebody kills is no crash of its own', async () => {
    const killed = await failure('try.die');
    expect([killed.kind, killed.message]).toEqual(['killed', expect.stringContaining('SIGKILL')]);
  });
  test('a worker that is killed fails its jobs and starts again', async () => {
    const { value } = await run<{ parent: number }>('try.echo');
    const hanging = failure('try.hang');
    await run('try.echo');
    const children = childrenOf(value.parent);
    process.kill(value.parent, 'SIGKILL');
    expect((await hanging).kind).toBe('killed');
    if (children !== null) {
      expect(children.length).toBeGreaterThan(0);
      await expect.poll(() => children.filter(isAlive)).toEqual([]);
    }
    expect((await run<{ parent: number }>('try.echo')).value.parent).not.toBe(value.parent);
  });
});

test('an interpreter that is not there: an error with the command', async () => {
  const worker = new PythonWorker('/nowhere/python', folder);
  await expect(worker.run('env.verify', {}, { what: 'trial' })).rejects.toThrow('did not start');
});

test('the search for Python says what it tried', async () => {
  const { python: none, tried } = await findPython({ DYNO_PYTHON: '/nowhere/python3' });
  expect(none).toBeNull();
  expect(tried).toEqual(['/nowhere/python3 is not on the path']);
});

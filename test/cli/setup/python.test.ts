import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeEach, expect, test } from 'vitest';
import { repoRoot } from '../../support/paths.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();
const script = pathToFileURL(join(repoRoot, 'cli/setup/python.mjs')).href;

/** A checkout whose built toolchain does what the test says, and notes that it was asked. */
function checkout(setUp: string, found = 'null'): void {
  const built = temporary('dist', 'converters', 'toolchain');
  mkdirSync(built, { recursive: true });
  mkdirSync(temporary('converters', 'toolchain', 'python'), { recursive: true });
  writeFileSync(temporary('converters', 'toolchain', 'python', 'requirements.txt'), 'numpy==2.4.6\n');
  writeFileSync(temporary('package.json'), '{"type":"module"}');
  writeFileSync(join(built, 'index.js'), `
import { appendFileSync } from 'node:fs';
class Failure extends Error { constructor(name, message, nextSteps) { super(message); this.name = name; this.nextSteps = nextSteps; } }
export const cacheFolder = () => ${JSON.stringify(temporary('cache'))};
export const findEnvironment = () => (${found});
export async function setUpPython({ progress, signal }) {
  appendFileSync(${JSON.stringify(temporary('asked'))}, 'x');
  ${setUp}
}
`);
}

function prepare(purpose: string, env: Readonly<Record<string, string>> = {}): { status: number | null; stderr: string } {
  const program = `const { preparePython } = await import(${JSON.stringify(script)}); process.exitCode = (await preparePython(${JSON.stringify(temporary())}, '${purpose}')) ? 130 : 0;`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '', ...env } });
}

const asked = (): number => (existsSync(temporary('asked')) ? readFileSync(temporary('asked'), 'utf8').length : 0);

const OFFLINE = "throw new Failure('ExternalError', 'The package index cannot be reached.', ['Check the network.', 'Then: dyno setup python.']);";

beforeEach(() => checkout(OFFLINE));

test('in place: silent, nothing is asked', () => {
  checkout(OFFLINE, "{ folder: '/there' }");
  expect([prepare('start'), asked()]).toEqual([expect.objectContaining({ status: 0, stderr: '' }), 0]);
});

test('a failure is said with what works without and how to try again; the rest goes on', () => {
  const { status, stderr } = prepare('start');
  expect(status).toBe(0);
  expect(stderr).toMatch(/missing: The package index cannot be reached\. Without it: everything but .*\n {2}→ Check the network\.\n {2}→ To try again: npm run dyno -- setup python/);
});

test('npm start does not try again the same day, npm test does; other requirements are another matter', () => {
  prepare('start');
  expect(prepare('start').stderr).toContain('could not be made at');
  expect(asked()).toBe(1);
  prepare('test');
  expect(asked()).toBe(2);
  writeFileSync(temporary('converters', 'toolchain', 'python', 'requirements.txt'), 'numpy==2.4.7\n');
  prepare('start');
  expect(asked()).toBe(3);
});

test('what is noticed at once is said each time', () => {
  checkout("throw new Failure('UserError', 'No fitting Python was found.', ['Install one.']);");
  prepare('start');
  expect(prepare('start').stderr).toContain('No fitting Python was found. Without it');
  expect(asked()).toBe(2);
});

test('success forgets an earlier failure', () => {
  prepare('test');
  checkout("progress('importing', 0);");
  expect(prepare('test').stderr).toContain('Installed in');
  expect(existsSync(temporary('cache', 'python-failed.json'))).toBe(false);
});

test('DYNO_NO_PYTHON leaves it out; a build that cannot be loaded is no reason to stop', () => {
  expect([prepare('start', { DYNO_NO_PYTHON: '1' }), asked()]).toEqual([expect.objectContaining({ status: 0, stderr: '' }), 0]);
  writeFileSync(temporary('dist', 'converters', 'toolchain', 'index.js'), 'throw new Error("broken")');
  expect(prepare('start')).toMatchObject({ status: 0, stderr: expect.stringContaining('broken') });
});

test.skipIf(process.platform === 'win32')('Ctrl-C ends it', () => {
  checkout("process.kill(process.pid, 'SIGINT'); await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));");
  expect(prepare('test')).toMatchObject({ status: 130 });
});

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { repoRoot } from '../../support/paths.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();
const script = pathToFileURL(join(repoRoot, 'cli/setup/phones.mjs')).href;

/** A checkout whose built installer does what the test says, and notes that it was asked. */
function prepare(install: string, found: string, env: Readonly<Record<string, string>> = {}): { status: number | null; stderr: string; asked: boolean } {
  const built = temporary('dist', 'device-harness', 'appium');
  mkdirSync(built, { recursive: true });
  writeFileSync(temporary('package.json'), '{"type":"module"}');
  writeFileSync(join(built, 'driver-packages.js'), `
import { appendFileSync } from 'node:fs';
export const findDriverPackages = () => (${found});
export async function installDriverPackages({ signal }) {
  appendFileSync(${JSON.stringify(temporary('asked'))}, 'x');
  ${install}
}
`);
  const program = `const { preparePhones } = await import(${JSON.stringify(script)}); process.exitCode = (await preparePhones(${JSON.stringify(temporary())})) ? 130 : 0;`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '', ...env } });
  return { status, stderr, asked: existsSync(temporary('asked')) && readFileSync(temporary('asked'), 'utf8') !== '' };
}

test('in place, or not wanted: silent, nothing is installed', () => {
  expect(prepare('', "{ folder: '/there' }")).toEqual({ status: 0, stderr: '', asked: false });
  expect(prepare('', 'null', { DYNO_NO_PHONES: '1' })).toEqual({ status: 0, stderr: '', asked: false });
});

test('installed once, and said', () => {
  const { status, stderr, asked } = prepare('return {};', 'null');
  expect([status, asked]).toEqual([0, true]);
  expect(stderr).toMatch(/^Installing Appium and its drivers .*\nInstalled in \d+ s\.\n$/);
});

test('a failure is said with what works without and how to try again; the rest goes on', () => {
  const { status, stderr } = prepare("throw new Error('npm ended with exit code 1');", 'null');
  expect(status).toBe(0);
  expect(stderr).toMatch(/missing: npm ended with exit code 1 Without them: .* skipped; .*\n {2}→ To try again: npm run dyno -- setup phones/);
});

test('Ctrl-C ends it with 130', () => {
  expect(prepare("process.kill(process.pid, 'SIGINT'); await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));", 'null').status).toBe(130);
});

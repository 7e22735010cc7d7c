import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { repoRoot } from '../../support/paths.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();
const script = pathToFileURL(join(repoRoot, 'cli/setup/openvino.mjs')).href;

/** A checkout whose built set-up notes what it is asked to install. */
function prepare(env: Readonly<Record<string, string>> = {}): { status: number | null; stderr: string; asked: string } {
  const built = temporary('dist', 'converters', 'toolchain');
  mkdirSync(built, { recursive: true });
  writeFileSync(temporary('package.json'), '{"type":"module"}');
  writeFileSync(temporary('asked'), '');
  writeFileSync(join(built, 'index.js'), `
import { appendFileSync } from 'node:fs';
export const openVinoRequirements = () => 'openvino';
export const findEnvironment = (_, requirements) => (requirements === 'openvino' ? null : { folder: '/there' });
export const setUpPython = async ({ requirements, signal }) => appendFileSync(${JSON.stringify(temporary('asked'))}, requirements + ' ' + (signal instanceof AbortSignal));
`);
  const program = `const { prepareOpenVino } = await import(${JSON.stringify(script)}); process.exitCode = (await prepareOpenVino(${JSON.stringify(temporary())})) ? 130 : 0;`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '', ...env } });
  return { status, stderr, asked: readFileSync(temporary('asked'), 'utf8') };
}

test('its own requirements are installed, and that is said', () => {
  expect(prepare()).toMatchObject({ status: 0, asked: 'openvino true', stderr: expect.stringMatching(/^Installing OpenVINO .*\nInstalled in \d+ s\.\n$/) });
});

test.each(['DYNO_NO_OPENVINO', 'DYNO_NO_PYTHON'])('%s: silent, nothing is installed', (name) => {
  expect(prepare({ [name]: '1' })).toEqual({ status: 0, stderr: '', asked: '' });
});

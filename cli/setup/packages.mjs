import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { say, SetupError, sayWhile } from './say.mjs';

/**
 * Whether `node_modules` holds what `package-lock.json` asks for. npm writes the list of what it installed last, so an installation
 * that was broken off does not count.
 */
export function packagesInstalled(root) {
  const installed = readLock(join(root, 'node_modules', '.package-lock.json'));
  const wanted = readLock(join(root, 'package-lock.json'));
  if (!installed || !wanted) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    const there = installed[path];
    return there
      ? there.version === entry.version && there.integrity === entry.integrity
      : entry.optional === true || entry.devOptional === true;
  });
}

/** Installs the packages of the lock file with `npm ci`. Throws SetupError with npm's own words. */
export async function installPackages(root) {
  const paths = Object.entries(readLock(join(root, 'package-lock.json')) ?? {})
    .filter(([path, entry]) => path !== '' && !entry.optional)
    .map(([path]) => path);
  const started = Date.now();
  say(`Installing ${paths.length} Node packages (once; a minute at most) …`);
  const there = () => paths.filter((path) => existsSync(join(root, path, 'package.json'))).length;
  const { code, output } = await sayWhile(npmCi(root), () => `  ${there()} of ${paths.length} packages, ${seconds(started)} s`);
  if (code !== 0) {
    throw new SetupError(`npm ci ended with ${code}:\n${firstLines(output)}`, [
      'Check the network and the registry that npm uses (npm config get registry), then run the command again.',
    ]);
  }
  say(`Installed in ${seconds(started)} s.`);
}

function npmCi(root) {
  const npm = process.env.npm_execpath;
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const child = npm?.endsWith('.js')
    ? spawn(process.execPath, [npm, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    : spawn('npm', args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32' });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += chunk;
    });
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ code: error.code ?? 'an error', output: error.message }));
    child.on('close', (code, signal) => resolve({ code: code ?? signal, output }));
  });
}

/** npm says what is wrong first, and how to use it after that. */
function firstLines(output) {
  return output.trim().split('\n').filter((line) => line.trim() !== '' && line.trim() !== 'npm error').slice(0, 12).join('\n');
}

function readLock(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? null;
  } catch {
    return null;
  }
}

function seconds(since) {
  return Math.round((Date.now() - since) / 1000);
}

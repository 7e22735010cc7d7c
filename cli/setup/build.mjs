#!/usr/bin/env node
import { spawn } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { bundleCli } from './bundle.mjs';
import { asProgram, say, SetupError } from './say.mjs';
import { sourceFiles, sourceHash } from './sources.mjs';

const STAMP = '.built-from';

/** Whether `dist` was built from the sources as they are now. */
export function isBuilt(root) {
  const stamp = join(root, 'dist', STAMP);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === sourceHash(root);
}

/** Compiles and bundles into a new folder that then takes the place of `dist`, so that a build that is broken off leaves the old one. */
export async function build(root) {
  const started = Date.now();
  say('Building …');
  const hash = sourceHash(root);
  const target = join(root, `.dist-${process.pid}`);
  try {
    await compile(root, target);
    copyAssets(root, target);
    await bundleCli(root, join(target, 'bin'));
    chmodSync(join(target, 'bin', 'dyno.js'), 0o755);
    writeFileSync(join(target, STAMP), hash);
    replace(join(root, 'dist'), target);
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
  say(`Built in ${((Date.now() - started) / 1000).toFixed(1)} s.`);
}

async function compile(root, target) {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { code, output } = await run(process.execPath, [tsc, '-p', root, '--outDir', target, '--pretty', 'false'], root);
  if (code !== 0)
    throw new SetupError(`The TypeScript compiler reports:\n${output.trim()}`, ['Mend the sources, or check out a released version.']);
}

function run(command, args, cwd) {
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += chunk;
    });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

/** What the compiler does not carry over: generated JavaScript with its declarations, schemas, tables. */
function copyAssets(root, target) {
  for (const file of sourceFiles(root)) {
    if (/(?<!\.d)\.tsx?$/.test(file)) continue;
    mkdirSync(dirname(join(target, file)), { recursive: true });
    copyFileSync(join(root, file), join(target, file));
  }
}

function replace(place, fresh) {
  const old = `${fresh}.old`;
  if (existsSync(place)) renameSync(place, old);
  renameSync(fresh, place);
  rmSync(old, { recursive: true, force: true });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await asProgram(() => build(join(dirname(fileURLToPath(import.meta.url)), '..', '..')));
}

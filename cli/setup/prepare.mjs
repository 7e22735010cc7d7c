#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { requireNode } from './node-version.mjs';
import { installPackages, packagesInstalled } from './packages.mjs';
import { asProgram } from './say.mjs';

/**
 * Run before `npm start` and `npm test`, which the argument names: Node's version, packages, build; then the Python environment, and for the tests OpenVINO
 * and Appium's drivers, without which all goes on. Says nothing and costs little where all is in place.
 */
await asProgram(async () => {
  const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
  requireNode(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).engines.node);
  if (!packagesInstalled(root)) await installPackages(root);
  const { build, isBuilt } = await import('./build.mjs');
  if (!isBuilt(root)) await build(root);
  const purpose = process.argv[2] === 'start' ? 'start' : 'test';
  const { preparePython } = await import('./python.mjs');
  const { prepareOpenVino } = await import('./openvino.mjs');
  const { preparePhones } = await import('./phones.mjs');
  const interrupted = (await preparePython(root, purpose)) || (purpose === 'test' && ((await prepareOpenVino(root)) || (await preparePhones(root))));
  if (interrupted) process.exitCode = 130;
});

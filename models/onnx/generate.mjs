/**
 * Generates the codec in `generated/` from onnx-ml.proto (onnx 1.23, Apache-2.0): `node models/onnx/generate.mjs [FOLDER]`.
 * The proto2 schema with a root of its own: only it round-trips byte for byte, and no other generated module can overwrite it.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const bin = join(dirname(createRequire(import.meta.url).resolve('protobufjs-cli/package.json')), 'bin');
const out = process.argv[2] ?? join(here, 'generated');
const proto = join(here, 'onnx-ml.proto');
const flags = [
  '-t',
  'static-module',
  '-w',
  'esm',
  '-r',
  'onnx_ml',
  '--no-verify',
  '--no-delimited',
  '--no-typeurl',
  '--no-service',
  '--no-convert',
];
const scratch = mkdtempSync(join(tmpdir(), 'onnx-ml-'));
try {
  mkdirSync(out, { recursive: true });
  run('pbjs', ...flags, '--no-comments', '-o', join(out, 'onnx-ml.js'), proto);
  run('pbjs', ...flags, '-o', join(scratch, 'onnx-ml.js'), proto);
  run('pbts', '-o', join(out, 'onnx-ml.d.ts'), join(scratch, 'onnx-ml.js'));
} finally {
  rmSync(scratch, { recursive: true });
}

function run(tool, ...args) {
  execFileSync(process.execPath, [join(bin, tool), ...args], { stdio: 'inherit' });
}

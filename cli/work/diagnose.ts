import { readFileSync, statfsSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DTYPE_CODES } from '../../models/contracts/dtype.ts';
import { encodeModel } from '../../models/onnx/encode.ts';
import { createHostExecutor } from '../../models/run/host-executor.ts';
import { onnxRuntimeVersion } from '../../models/run/runtime-version.ts';
import { findConfig } from '../config/find-file.ts';
import { packageRoot, packageVersion } from '../package-root.ts';
import { formatBytes } from '../../reports/model/format.ts';
import { formatDuration } from '../ui/numbers.ts';

export interface Diagnosis {
  /** `optional`: not there, and only some commands miss it. */
  readonly state: 'ok' | 'missing' | 'optional';
  readonly found: string;
  readonly fix: string | null;
}

export interface Surroundings {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

interface Check {
  readonly title: string;
  run(surroundings: Surroundings): Promise<Diagnosis>;
}

const LEAST_DISK = 2 ** 30;

/** What `dyno doctor` looks at on the host, in order. */
export const CHECKS: readonly Check[] = [
  { title: 'Node.js', run: async () => nodeVersion() },
  { title: 'dyno', run: async () => ok(`${packageVersion()} in ${packageRoot()}`) },
  { title: 'ONNX Runtime', run: ({ signal }) => onnxRuntime(signal) },
  { title: 'sharp (pictures)', run: () => pictures() },
  { title: 'processor', run: async () => ok(`${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} cores`) },
  { title: 'temporary space', run: async () => freeSpace() },
  { title: 'config', run: async ({ cwd }) => configFile(cwd) },
];

function ok(found: string): Diagnosis {
  return { state: 'ok', found, fix: null };
}

/** Set-up checks this before anything runs; here it is for the reader. */
function nodeVersion(): Diagnosis {
  const { engines } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { engines: { node: string } };
  return ok(`${process.version} (needs ${engines.node})`);
}

/** Loads the native library in a child process and runs the smallest model there is: one Identity. */
async function onnxRuntime(signal: AbortSignal): Promise<Diagnosis> {
  const executor = createHostExecutor({ timeoutMs: 30_000 });
  const started = performance.now();
  try {
    const feed = new Map([['x', { dtype: 'float32' as const, dims: [1], data: new Float32Array([0.5]) }]]);
    const [outputs] = await executor.runBytes(identityModel(), [feed], { optimization: 'off', signal });
    if (outputs?.get('y')?.data[0] !== 0.5)
      return { state: 'missing', found: `${onnxRuntimeVersion()} computes wrong values`, fix: 'Reinstall the packages: npm ci' };
    return ok(`${onnxRuntimeVersion()}, loads and runs in ${formatDuration(performance.now() - started)}`);
  } catch (error) {
    return { state: 'missing', found: (error as Error).message, fix: 'Reinstall the packages: npm ci' };
  } finally {
    await executor.close();
  }
}

/** `y = Identity(x)`, float32 [1]. */
function identityModel(): Uint8Array {
  const face = (name: string) => ({ name, type: { tensorType: { elemType: DTYPE_CODES.float32, shape: { dim: [{ dimValue: 1 }] } } } });
  return encodeModel({
    irVersion: 7,
    opsetImport: [{ domain: '', version: 13 }],
    graph: { name: 'identity', node: [{ opType: 'Identity', input: ['x'], output: ['y'] }], input: [face('x')], output: [face('y')] },
  });
}

async function pictures(): Promise<Diagnosis> {
  const { default: sharp } = await import('sharp');
  const { data } = await sharp({ create: { width: 1, height: 1, channels: 3, background: '#ff0000' } })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return data[0] === 255
    ? ok(`${sharp.versions.sharp ?? ''} with libvips ${sharp.versions.vips ?? ''}`.trim())
    : { state: 'missing', found: 'reads wrong pixels', fix: 'Reinstall the packages: npm ci' };
}

function freeSpace(): Diagnosis {
  const { bavail, bsize } = statfsSync(tmpdir());
  const free = bavail * bsize;
  const found = `${formatBytes(free)} free in ${tmpdir()}`;
  return free >= LEAST_DISK
    ? ok(found)
    : { state: 'missing', found, fix: `Free some space, or point TMPDIR elsewhere: verifying a model needs a few times its size.` };
}

function configFile(cwd: string): Diagnosis {
  const file = findConfig(cwd);
  return file === null
    ? {
        state: 'optional',
        found: 'none here or above',
        fix: 'dyno init writes one; without it, models and folders are given on the command line.',
      }
    : ok(file);
}

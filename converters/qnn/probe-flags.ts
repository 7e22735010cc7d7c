import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ExternalError } from '../../models/contracts/index.ts';
import { cacheFolder } from '../toolchain/index.ts';
import { knownErrors } from './known-errors.ts';
import { type QnnSdk, toolPath } from './sdk.ts';
import { SCRIPTS } from './sdk-python.ts';
import type { ToolEnvironment } from './tool-environment.ts';
import type { ToolRunner } from './tool-runner.ts';

export interface Probe {
  readonly sdk: QnnSdk;
  readonly python: string;
  readonly environment: ToolEnvironment;
  readonly runner: ToolRunner;
  /** Where the cache lies, and what the processes inherit. */
  readonly base: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
}

const HELP_LIMIT_MS = 120_000;

/**
 * The flags of a tool, as its `--help` lists them: asked once per build of the SDK, then from the cache. Throws ExternalError, with advice,
 * where the tool does not even say that.
 */
export async function toolFlags(tool: string, probe: Probe): Promise<ReadonlySet<string>> {
  const { sdk, python, environment, runner, base, signal } = probe;
  const path = toolPath(sdk, tool);
  const place = placeOf(path, sdk, base);
  const known = readCached(place);
  if (known) return known;
  const command = [...(SCRIPTS.has(tool) ? [python] : []), path, '--help'];
  const log = join(tmpdir(), `dyno-help-${process.pid}-${tool}.log`);
  const { output } = await runner.run({ tool, command, cwd: tmpdir(), env: environment }, { log, timeoutMs: HELP_LIMIT_MS, ...(signal ? { signal } : {}) });
  const flags = new Set([...output.matchAll(/(?:^|[\s,[|(])(--?[A-Za-z][\w-]*)/gm)].map(([, name]) => name as string));
  if (flags.size < 2) {
    const known = knownErrors(output);
    throw new ExternalError(`${tool} does not start${known[0] ? `: ${known[0].cause}` : '.'}`, command.join(' '), output, known.map(({ advice }) => advice));
  }
  mkdirSync(dirname(place), { recursive: true });
  writeFileSync(`${place}.${process.pid}`, JSON.stringify([...flags]));
  renameSync(`${place}.${process.pid}`, place);
  return flags;
}

/** Another build of the tool has another place. */
function placeOf(path: string, { root, version }: QnnSdk, base: NodeJS.ProcessEnv): string {
  const { size, mtimeMs } = statSync(path);
  const key = createHash('sha256').update(JSON.stringify([path, root, version, size, mtimeMs])).digest('hex');
  return join(cacheFolder(base), 'qnn', `flags-${key.slice(0, 24)}.json`);
}

function readCached(place: string): ReadonlySet<string> | null {
  try {
    const names = JSON.parse(readFileSync(place, 'utf8')) as unknown;
    return Array.isArray(names) && names.length > 1 ? new Set(names as string[]) : null;
  } catch {
    return null;
  }
}

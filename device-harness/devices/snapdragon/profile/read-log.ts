import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type QnnSdk, toolPath } from '../../../../converters/qnn/sdk.ts';
import { ExternalError } from '../../../../models/contracts/errors.ts';
import type { ProfileFigures } from './figures.ts';
import { parseProfileCsv } from './parse-csv.ts';
import { parseProfileText } from './parse-text.ts';

export interface ViewerRun {
  readonly environment: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
}

const TIMEOUT_MS = 120_000;
const KEPT_OUTPUT = 1 << 24;

/**
 * What a profiling log holds, read by the SDK's `qnn-profile-viewer` on this machine: its CSV, which may have a row for each execution, and
 * what it prints where the CSV lacks something. Throws ExternalError where neither can be read.
 */
export async function readProfileLog(sdk: QnnSdk, log: string, run: ViewerRun): Promise<ProfileFigures> {
  const csv = `${log}.csv`;
  const printed = await runViewer(sdk, [`--input_log`, log, `--output=${csv}`], run);
  const rows = existsSync(csv) ? parseProfileCsv(readFileSync(csv, 'utf8')) : null;
  const text = parseProfileText(printed.stdout) ?? (rows === null ? parseProfileText((await runViewer(sdk, ['--input_log', log], run)).stdout) : null);
  if (rows === null && text === null) throw new ExternalError('qnn-profile-viewer could not read the profiling log.', printed.command, printed.stdout + printed.stderr, ['The log and the viewer have to be of one SDK.']);
  return merged(rows, text);
}

/** Runs the viewer with the libraries of its SDK. */
export async function runViewer(sdk: QnnSdk, args: readonly string[], { environment, signal }: ViewerRun): Promise<{ command: string; stdout: string; stderr: string }> {
  signal?.throwIfAborted();
  const program = toolPath(sdk, 'qnn-profile-viewer');
  const libraries = [join(sdk.root, 'lib', sdk.host ?? ''), environment['LD_LIBRARY_PATH']].filter(Boolean).join(delimiter);
  const command = [program, ...args].join(' ');
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: { ...environment, LD_LIBRARY_PATH: libraries }, stdio: ['ignore', 'pipe', 'pipe'], timeout: TIMEOUT_MS, ...(signal ? { signal } : {}) });
    const text = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) child[name].setEncoding('utf8').on('data', (data: string) => { text[name] = (text[name] + data).slice(-KEPT_OUTPUT); });
    child.once('error', (error) => reject(signal?.aborted ? signal.reason : new ExternalError(`qnn-profile-viewer did not start: ${error.message}.`, command, '')));
    child.once('close', () => resolve({ command, ...text }));
  });
}

/** Rows first; from the text what they lack, and the extremes of what they only have as one. */
function merged(rows: ProfileFigures | null, text: ProfileFigures | null): ProfileFigures {
  if (rows === null || text === null) return (rows ?? text) as ProfileFigures;
  const times = (name: 'netRun' | 'accelerator'): ProfileFigures['netRun'] => (rows[name]?.each ? rows[name] : (text[name] ?? rows[name]));
  return {
    initMs: rows.initMs ?? text.initMs, netRun: times('netRun'), accelerator: times('accelerator'), cycles: rows.cycles ?? text.cycles,
    operations: rows.operations.length > 0 ? rows.operations : text.operations,
  };
}

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { repoRoot } from './paths.ts';

export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called once with its process id. */
  readonly onStart?: (pid: number) => void;
  /** Called with everything that stderr and stdout have said so far; may send signals. */
  readonly onOutput?: (said: string, kill: (signal: NodeJS.Signals) => void) => void;
}

/** Runs `dyno` from its sources in a process of its own, stdin closed, with an environment that asks for nothing. */
export function runCli(args: readonly string[], { cwd = repoRoot, env = {}, onStart, onOutput }: CliOptions = {}): Promise<CliResult> {
  const tsx = join(repoRoot, 'node_modules/tsx/dist/esm/index.mjs');
  const clean = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', TMPDIR: process.env['TMPDIR'] ?? '/tmp' };
  const child = spawn(process.execPath, ['--import', tsx, join(repoRoot, 'cli/bin.ts'), ...args], { cwd, env: { ...clean, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  if (child.pid !== undefined) onStart?.(child.pid);
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
      onOutput?.(said.stderr + said.stdout, (signal) => child.kill(signal));
    });
  }
  return new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal, ...said })));
}

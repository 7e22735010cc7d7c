import { PassThrough } from 'node:stream';
import type { Io } from '../../cli/io.ts';
import { main } from '../../cli/main.ts';

export interface MainResult {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `dyno` in this process, at `cwd` and with an environment of its own: much quicker than `runCli` where nothing is said about processes. */
export async function runMain(args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}): Promise<MainResult> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const host = { stdout, stderr, stdin: new PassThrough(), env, cwd: () => cwd } as unknown as Io & { exitCode?: number };
  const said = { stdout: '', stderr: '' };
  stdout.setEncoding('utf8').on('data', (text: string) => { said.stdout += text; });
  stderr.setEncoding('utf8').on('data', (text: string) => { said.stderr += text; });
  await main(args, host);
  await Promise.all([stdout, stderr].map((stream) => new Promise((resolve) => { stream.end(resolve); })));
  return { code: host.exitCode, ...said };
}

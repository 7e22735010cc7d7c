import { spawn } from 'node:child_process';
import type { AdbStream } from './adb-stream.ts';

export interface ShellOptions {
  /** The folder that is the phone's `/`. */
  readonly root: string;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Folders of a phone that commands name by absolute paths; also in lists (`A;/vendor/dsp`) and assignments. `/proc` is this machine's: programs of
 * the phone run here.
 */
const PHONE_PATHS = /(?<![\w./$})-])\/(?=(?:data|sdcard|storage|sys|vendor|system|odm|mnt)(?:\/|\b))/g;

const [STDIN, STDOUT, STDERR, EXIT, CLOSE_STDIN] = [0, 1, 2, 3, 4];

/**
 * Runs one command line in a shell whose absolute paths and programs are the phone's. `version` 2 frames output, errors and the exit code
 * (AOSP, packages/modules/adb/shell_protocol.h); 1 is output alone.
 */
export function serveShell(stream: AdbStream, command: string, version: 1 | 2, { root, environment }: ShellOptions): void {
  const child = spawn('/bin/sh', ['-c', toHost(command, root)], { cwd: root, env: environment, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  child.stdin.on('error', () => undefined);
  for (const [kind, source] of [[STDOUT, child.stdout], [STDERR, child.stderr]] as const) {
    const seen = phonePaths(root);
    const forward = (data: Buffer): void => {
      if (data.length > 0) void stream.write(version === 2 ? framed(kind as number, data) : data);
    };
    source.on('data', (data: Buffer) => forward(seen.next(data)));
    source.once('end', () => forward(seen.rest()));
  }
  child.once('close', async (code, signal) => {
    if (version === 2) await stream.write(framed(EXIT as number, Buffer.from([signal ? 137 : (code ?? 255)])));
    await stream.end();
  });
  void feed(stream, version, child.stdin, () => {
    if (child.exitCode === null && child.pid !== undefined) killGroup(child.pid);
  });
}

async function feed(stream: AdbStream, version: 1 | 2, stdin: NodeJS.WritableStream, hangUp: () => void): Promise<void> {
  for (;;) {
    if (version === 1) {
      const data = await stream.read();
      if (data === null) return hangUp();
      stdin.write(data);
      continue;
    }
    const head = await stream.readExactly(5);
    const data = head === null ? null : await stream.readExactly(head.readUInt32LE(1));
    if (head === null || data === null) return hangUp();
    if (head[0] === STDIN) stdin.write(data);
    if (head[0] === CLOSE_STDIN) stdin.end();
  }
}

/** What a shell left running goes on, as on a phone, when it made a session of its own (`setsid`) or ignores the hang-up (`nohup`). */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGHUP');
  } catch {
    return;
  }
}

function framed(kind: number, data: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head[0] = kind;
  head.writeUInt32LE(data.length, 1);
  return Buffer.concat([head, data]);
}

function toHost(command: string, root: string): string {
  return command.replace(PHONE_PATHS, `${root}/`);
}

/** Programs of this machine see its paths; people see the phone's. What may be the beginning of such a path waits for the next bytes. */
function phonePaths(root: string): { next(data: Buffer): Buffer; rest(): Buffer } {
  const path = Buffer.from(root).toString('latin1');
  let held = '';
  return {
    next: (data) => {
      const text = (held + data.toString('latin1')).replaceAll(path, '');
      const begun = beginningAtEnd(text, path);
      held = text.slice(text.length - begun);
      return Buffer.from(text.slice(0, text.length - begun), 'latin1');
    },
    rest: () => Buffer.from(held, 'latin1'),
  };
}

/** Length of the longest beginning of `path` that `text` ends with. */
function beginningAtEnd(text: string, path: string): number {
  for (let length = Math.min(text.length, path.length - 1); length > 0; length--) if (text.endsWith(path.slice(0, length))) return length;
  return 0;
}

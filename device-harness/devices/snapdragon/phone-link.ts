import { open, writeFile } from 'node:fs/promises';
import { UserError } from '../../../models/contracts/errors.ts';
import type { Adb } from '../../adb/adb.ts';
import { adbFailure } from '../../adb/adb-failure.ts';
import { LinkLostError } from '../../adb/link-lost.ts';
import type { PhoneSession } from '../../appium/session.ts';

export interface ShellAnswer {
  readonly code: number;
  readonly output: string;
}

export interface LinkOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

/** How a phone is reached: its shell and its files. What breaks on the way is a LinkLostError. */
export interface PhoneLink {
  readonly serial: string;
  /** `adb` and `appium` in words, with versions: goes into the record. */
  readonly via: string;
  /** Runs a command line. Its output and errors come together; a failing command is no error. */
  shell(command: string, options?: LinkOptions): Promise<ShellAnswer>;
  /** Copies a file there. It appears under its name whole or not at all. */
  push(local: string, remote: string, options?: LinkOptions): Promise<void>;
  pull(remote: string, local: string, options?: LinkOptions): Promise<void>;
  close(): Promise<void>;
}

const BULK_MS = 1_800_000;

/** Bytes of one push through a session, where nobody says less. */
const CHUNK = 4 << 20;

/** Shell and files by adb alone. */
export function adbLink(adb: Adb, serial: string): PhoneLink {
  return {
    serial,
    via: 'adb',
    shell: async (command, options = {}) => {
      const { stdout, stderr } = await adb.shell(serial, framed(command), options);
      return answer(serial, stdout, stderr);
    },
    push: (local, remote, options = {}) => adb.push(serial, local, remote, { timeoutMs: BULK_MS, ...options }),
    pull: (remote, local, options = {}) => adb.pull(serial, remote, local, { timeoutMs: BULK_MS, ...options }),
    close: async () => undefined,
  };
}

/**
 * Shell by an Appium session of the UiAutomator2 driver. Files go by `bulk` where there is a direct way, such as adb; else through the session
 * in chunks, which are joined on the phone: one call of base64 would take a multiple of the file in memory, on both sides.
 */
export function appiumLink(serial: string, session: PhoneSession, via: string, bulk: PhoneLink | null, chunkBytes = CHUNK): PhoneLink {
  const ask = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw lostOr(serial, error);
    }
  };
  const shell: PhoneLink['shell'] = async (command, { timeoutMs = 30_000, signal } = {}) => {
    signal?.throwIfAborted();
    return answer(serial, await ask(() => session.execute<string>('mobile: shell', { command: framed(command), timeout: timeoutMs })), '');
  };
  const pushChunk = (path: string, bytes: Uint8Array): Promise<void> => ask(() => session.pushFile(path, bytes));
  return {
    serial,
    via,
    shell,
    push: bulk?.push ?? ((local, remote, options) => pushChunks(pushChunk, shell, chunkBytes, local, remote, options)),
    pull: bulk?.pull ?? (async (remote, local) => writeFile(local, await ask(() => session.pullFile(remote)))),
    close: async () => {
      await session.close();
      await bulk?.close();
    },
  };
}

type PushChunk = (path: string, bytes: Uint8Array) => Promise<void>;

async function pushChunks(pushChunk: PushChunk, shell: PhoneLink['shell'], chunkBytes: number, local: string, remote: string, { signal }: LinkOptions = {}): Promise<void> {
  const partial = `${remote}.partial`;
  const file = await open(local);
  const buffer = Buffer.alloc(chunkBytes);
  try {
    await shell(`rm -f ${quote(partial)} && touch ${quote(partial)}`);
    for (;;) {
      signal?.throwIfAborted();
      const { bytesRead } = await file.read(buffer, 0, chunkBytes);
      if (bytesRead === 0) break;
      await pushChunk(`${partial}.chunk`, buffer.subarray(0, bytesRead));
      await shell(`cat ${quote(`${partial}.chunk`)} >> ${quote(partial)} && rm ${quote(`${partial}.chunk`)}`);
    }
    await shell(`mv ${quote(partial)} ${quote(remote)}`);
  } finally {
    await file.close();
  }
}

/** A word for the phone's shell. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** The last line is ours: a shell that was cut off on the way does not print it. */
function framed(command: string): string {
  return `( ${command}\n) 2>&1; echo "__rc=$?"`;
}

function answer(serial: string, stdout: string, stderr: string): ShellAnswer {
  const found = /__rc=(\d+)\s*$/.exec(stdout);
  if (found) return { code: Number(found[1]), output: stdout.slice(0, found.index) };
  throw lostOr(serial, new LinkLostError(`The connection to ${serial} broke.`, 'shell', stdout + stderr, ['Check the cable, then run the same command again: what arrived is kept.']));
}

/** What a session cannot do, the phone's shell reports by itself; an error of the session is one of the way to the phone. */
function lostOr(serial: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof UserError) return error;
  const known = adbFailure(serial, 'output' in error ? String(error.output) : error.message);
  if (known?.kind === 'user') return new UserError(known.message, known.nextSteps, { cause: error });
  return error instanceof LinkLostError ? error : new LinkLostError(known?.message ?? error.message, 'appium', error.message, known?.nextSteps ?? [], { cause: error });
}

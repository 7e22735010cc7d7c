import { readFile, writeFile } from 'node:fs/promises';
import type { Adb } from '../../adb/adb.ts';
import type { PhoneSession } from '../../appium/session.ts';

export interface ShellAnswer {
  readonly code: number;
  readonly output: string;
}

export interface LinkOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

/** How a phone is reached: its shell and its files. */
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

/** Shell and files by adb alone. */
export function adbLink(adb: Adb, serial: string): PhoneLink {
  return {
    serial,
    via: 'adb',
    shell: async (command, options = {}) => {
      const { code, stdout, stderr } = await adb.shell(serial, command, options);
      return { code, output: stdout + stderr };
    },
    push: (local, remote, options = {}) => adb.push(serial, local, remote, { timeoutMs: BULK_MS, ...options }),
    pull: (remote, local, options = {}) => adb.pull(serial, remote, local, { timeoutMs: BULK_MS, ...options }),
    close: async () => undefined,
  };
}

const BULK_MS = 1_800_000;
const CHUNK = 4 << 20;

/**
 * Shell by an Appium session of the UiAutomator2 driver. Files go by `bulk` where there is a direct way, such as adb; else through the session
 * in chunks of 4 MB, which are joined on the phone: one call of base64 would take a multiple of the file in memory, on both sides.
 */
export function appiumLink(serial: string, session: PhoneSession, via: string, bulk: PhoneLink | null): PhoneLink {
  const shell: PhoneLink['shell'] = async (command, { timeoutMs = 30_000, signal } = {}) => {
    signal?.throwIfAborted();
    const output = await session.execute<string>('mobile: shell', { command: `( ${command}\n) 2>&1; echo "__rc=$?"`, timeout: timeoutMs });
    const found = /__rc=(\d+)\s*$/.exec(output);
    return { code: found ? Number(found[1]) : 255, output: output.replace(/__rc=\d+\s*$/, '') };
  };
  return {
    serial,
    via,
    shell,
    push: bulk?.push ?? ((local, remote, options) => pushChunks(session, shell, local, remote, options)),
    pull: bulk?.pull ?? (async (remote, local) => writeFile(local, await session.pullFile(remote))),
    close: async () => {
      await session.close();
      await bulk?.close();
    },
  };
}

async function pushChunks(session: PhoneSession, shell: PhoneLink['shell'], local: string, remote: string, { signal }: LinkOptions = {}): Promise<void> {
  const bytes = await readFile(local);
  const partial = `${remote}.partial`;
  await shell(`rm -f ${quote(partial)}`);
  for (let at = 0; at === 0 || at < bytes.length; at += CHUNK) {
    signal?.throwIfAborted();
    await session.pushFile(`${partial}.chunk`, bytes.subarray(at, at + CHUNK));
    await shell(`cat ${quote(`${partial}.chunk`)} >> ${quote(partial)} && rm ${quote(`${partial}.chunk`)}`);
  }
  await shell(`mv ${quote(partial)} ${quote(remote)}`);
}

/** A word for the phone's shell. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

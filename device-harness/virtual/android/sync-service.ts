import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { chmod, mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import type { AdbStream } from './adb-stream.ts';

export interface SyncFolder {
  /** Where a path of the phone lies on this machine. */
  readonly locate: (path: string) => string;
  /** Bytes that the phone still has room for. */
  readonly free: () => number;
}

const MAX_CHUNK = 65536;

/** File transfer of adb in its first version: STAT, LIST, SEND, RECV, QUIT (AOSP, packages/modules/adb/SYNC.TXT). */
export async function serveSync(stream: AdbStream, folder: SyncFolder): Promise<void> {
  for (;;) {
    const head = await stream.readExactly(8);
    if (head === null) return;
    const id = head.toString('latin1', 0, 4);
    if (id === 'QUIT') return stream.end();
    const name = await stream.readExactly(head.readUInt32LE(4));
    if (name === null) return;
    const path = name.toString('utf8');
    if (id === 'STAT') await stream.write(await statReply(folder.locate(path)));
    else if (id === 'LIST') await stream.write(await listReply(folder.locate(path)));
    else if (id === 'SEND') await receiveFile(stream, path, folder);
    else if (id === 'RECV') await sendFile(stream, folder.locate(path), path);
    else {
      await stream.write(failure(`unknown request ${id}`));
      return stream.end();
    }
  }
}

async function statReply(path: string): Promise<Buffer> {
  const found = await stat(path).catch(() => null);
  return record('STAT', found?.mode ?? 0, found ? Number(found.size) : 0, found ? Math.floor(found.mtimeMs / 1000) : 0);
}

async function listReply(path: string): Promise<Buffer> {
  const names = await readdir(path).catch(() => []);
  const entries = await Promise.all(names.map(async (name) => {
    const { mode, size, mtimeMs } = await stat(join(path, name));
    return Buffer.concat([record('DENT', mode, size, Math.floor(mtimeMs / 1000), Buffer.byteLength(name)), Buffer.from(name)]);
  }));
  return Buffer.concat([...entries, record('DONE', 0, 0, 0, 0)]);
}

/** A file appears under its name when it is whole. A full phone says so and takes the rest of the file without keeping it, as adbd does. */
async function receiveFile(stream: AdbStream, request: string, { locate, free }: SyncFolder): Promise<void> {
  const comma = request.lastIndexOf(',');
  const [path, mode] = [request.slice(0, comma), Number(request.slice(comma + 1))];
  const target = locate(path);
  const partial = `${target}.adb-partial`;
  const begun = path.endsWith('/') ? 'Is a directory' : await begin(partial);
  let file = typeof begun === 'string' ? null : begun;
  let failed = typeof begun === 'string' ? `couldn't create file '${path}': ${begun}` : null;
  let room = free();
  for (;;) {
    const head = await stream.readExactly(8);
    const id = head?.toString('latin1', 0, 4);
    if (head === null || (id !== 'DATA' && id !== 'DONE')) {
      file?.destroy();
      await rm(partial, { force: true });
      return;
    }
    const value = head.readUInt32LE(4);
    if (id === 'DONE') {
      if (file !== null) await finish(file, partial, target, mode, value);
      await stream.write(failed === null ? status('OKAY', '') : failure(failed));
      return;
    }
    const data = await stream.readExactly(value);
    if (data === null) {
      file?.destroy();
      await rm(partial, { force: true });
      return;
    }
    room -= data.length;
    if (room < 0 && failed === null) {
      failed = `couldn't write to '${path}': No space left on device`;
      file?.destroy();
      file = null;
      await rm(partial, { force: true });
    }
    if (file !== null && !file.write(data)) await once(file, 'drain');
  }
}

/** A file to write to, with its folder; else the reason why there is none. */
async function begin(path: string): Promise<WriteStream | string> {
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = createWriteStream(path);
    await once(file, 'open');
    return file;
  } catch (error) {
    return (error as Error).message;
  }
}

async function finish(file: WriteStream, partial: string, target: string, mode: number, modified: number): Promise<void> {
  file.end();
  await once(file, 'close');
  await chmod(partial, (mode & 0o777) || 0o644);
  await utimes(partial, modified, modified);
  await rename(partial, target);
}

async function sendFile(stream: AdbStream, path: string, named: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (!found?.isFile()) return stream.write(failure(`failed to open '${named}': No such file or directory`));
  for await (const chunk of createReadStream(path, { highWaterMark: MAX_CHUNK }) as AsyncIterable<Buffer>) await stream.write(Buffer.concat([record('DATA', chunk.length), chunk]));
  await stream.write(record('DONE', 0));
}

function record(id: string, ...words: readonly number[]): Buffer {
  const buffer = Buffer.alloc(4 + 4 * words.length);
  buffer.write(id, 0, 'latin1');
  for (const [i, word] of words.entries()) buffer.writeUInt32LE(word >>> 0, 4 + 4 * i);
  return buffer;
}

function status(id: string, text: string): Buffer {
  return Buffer.concat([record(id, Buffer.byteLength(text)), Buffer.from(text)]);
}

function failure(text: string): Buffer {
  return status('FAIL', text);
}

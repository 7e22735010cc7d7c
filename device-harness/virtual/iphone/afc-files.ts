import {
  closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, readdirSync, readSync, renameSync, rmdirSync, rmSync, statSync, truncateSync, unlinkSync, utimesSync, writeSync,
} from 'node:fs';
import { join, posix } from 'node:path';
import { AFC, AFC_STATUS, type AfcPacket } from './afc-packet.ts';

export interface AfcFilesOptions {
  /** Folder here that is `/` there. */
  readonly root: string;
  /** Folder there below which may be written. */
  readonly writable: string;
  readonly freeBytes: () => number;
  /** Takes room from the phone. */
  readonly use: (bytes: number) => void;
}

type Answer = Omit<AfcPacket, 'number'>;

class Refusal extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`AFC status ${status}`);
    this.status = status;
  }
}

const NONE = Buffer.alloc(0);
/** Modes of `open`: r, r+, w, w+, a, a+. */
const MODES: Readonly<Record<number, string>> = { 1: 'r', 2: 'r+', 3: 'w', 4: 'w+', 5: 'a', 6: 'a+' };
const BY_ERRNO: Readonly<Record<string, number>> = {
  ENOENT: AFC_STATUS.notFound, ENOTDIR: AFC_STATUS.notFound, EISDIR: AFC_STATUS.isDirectory, EEXIST: AFC_STATUS.exists,
  ENOTEMPTY: AFC_STATUS.notEmpty, EACCES: AFC_STATUS.denied, ENOSPC: AFC_STATUS.noSpace,
};

/** Files of a phone below a folder here, and the handles that one client opened. */
export class AfcFiles {
  readonly #options: AfcFilesOptions;
  readonly #handles = new Map<number, { readonly fd: number; position: number; readonly append: boolean }>();
  #next = 1;

  constructor(options: AfcFilesOptions) {
    this.#options = options;
  }

  close(): void {
    for (const { fd } of this.#handles.values()) closeSync(fd);
    this.#handles.clear();
  }

  /** What comes of a request: an answer, or the status by which it was refused. */
  answer(packet: AfcPacket): Answer {
    try {
      return this.#do(packet) ?? status(AFC_STATUS.success);
    } catch (error) {
      if (error instanceof Refusal) return status(error.status);
      const code = (error as NodeJS.ErrnoException).code;
      if (code === undefined) throw error;
      return status(BY_ERRNO[code] ?? AFC_STATUS.unknown);
    }
  }

  #do({ operation, head, data }: AfcPacket): Answer | undefined {
    switch (operation) {
      case AFC.readDir: return words(['.', '..', ...readdirSync(this.#path(head))]);
      case AFC.fileInfo: return info(this.#path(head));
      case AFC.deviceInfo: return words(['Model', 'iPhone', 'FSTotalBytes', '128000000000', 'FSFreeBytes', String(this.#options.freeBytes()), 'FSBlockSize', '4096']);
      case AFC.makeDir: return void mkdirSync(this.#writable(head), { recursive: true });
      case AFC.removePath: return void remove(this.#writable(head));
      case AFC.removeAll: return void rmSync(this.#writable(head), { recursive: true });
      case AFC.rename: return this.#rename(head);
      case AFC.truncate: return void truncateSync(this.#writable(head.subarray(8)), Number(head.readBigUInt64LE(0)));
      case AFC.setTime: return void utimesSync(this.#writable(head.subarray(8)), new Date(), new Date(Number(head.readBigUInt64LE(0) / 1_000_000n)));
      case AFC.open: return this.#open(head);
      default: return this.#onHandle(operation, head, data);
    }
  }

  #onHandle(operation: number, head: Buffer, data: Buffer): Answer | undefined {
    const known: readonly number[] = [AFC.read, AFC.write, AFC.seek, AFC.tell, AFC.setSize, AFC.close];
    if (!known.includes(operation)) throw new Refusal(AFC_STATUS.unknownPacket);
    const handle = this.#handles.get(Number(head.readBigUInt64LE(0)));
    if (!handle) throw new Refusal(AFC_STATUS.invalidArgument);
    if (operation === AFC.read) {
      const buffer = Buffer.alloc(Number(head.readBigUInt64LE(8)));
      const count = readSync(handle.fd, buffer, 0, buffer.length, handle.position);
      handle.position += count;
      return { operation: AFC.data, head: NONE, data: buffer.subarray(0, count) };
    }
    if (operation === AFC.write) {
      if (data.length > this.#options.freeBytes()) throw new Refusal(AFC_STATUS.noSpace);
      handle.position += writeSync(handle.fd, data, 0, data.length, handle.append ? null : handle.position);
      this.#options.use(data.length);
    } else if (operation === AFC.seek) handle.position = this.#sought(handle, Number(head.readBigUInt64LE(8)), Number(head.readBigInt64LE(16)));
    else if (operation === AFC.tell) return { operation: AFC.tellResult, head: word(handle.position), data: NONE };
    else if (operation === AFC.setSize) ftruncateSync(handle.fd, Number(head.readBigUInt64LE(8)));
    else {
      closeSync(handle.fd);
      this.#handles.delete(Number(head.readBigUInt64LE(0)));
    }
    return undefined;
  }

  #open(head: Buffer): Answer {
    const mode = MODES[head.readUInt32LE(0)];
    if (mode === undefined) throw new Refusal(AFC_STATUS.invalidArgument);
    const path = mode === 'r' ? this.#path(head.subarray(8)) : this.#writable(head.subarray(8));
    const number = this.#next++;
    this.#handles.set(number, { fd: openSync(path, mode), position: 0, append: mode.startsWith('a') });
    return { operation: AFC.openResult, head: word(number), data: NONE };
  }

  #sought({ fd, position }: { readonly fd: number; readonly position: number }, whence: number, offset: number): number {
    return Math.max(0, offset + (whence === 1 ? position : whence === 2 ? fstatSync(fd).size : 0));
  }

  #rename(head: Buffer): undefined {
    const split = head.indexOf(0);
    renameSync(this.#writable(head.subarray(0, split)), this.#writable(head.subarray(split + 1)));
  }

  /** Stays below the root, whatever the path says. */
  #path(bytes: Buffer): string {
    return join(this.#options.root, named(bytes));
  }

  #writable(bytes: Buffer): string {
    const { writable } = this.#options;
    if (writable !== '/' && !`${named(bytes)}/`.startsWith(`${writable}/`)) throw new Refusal(AFC_STATUS.denied);
    return this.#path(bytes);
  }
}

function named(bytes: Buffer): string {
  return posix.join('/', bytes.toString('utf8').replace(/\0.*$/s, ''));
}

function remove(path: string): void {
  if (statSync(path).isDirectory()) rmdirSync(path);
  else unlinkSync(path);
}

function info(path: string): Answer {
  const found = statSync(path);
  const nanoseconds = (ms: number): string => String(BigInt(Math.round(ms * 1000)) * 1000n);
  return words([
    'st_size', String(found.size), 'st_blocks', String(found.blocks), 'st_nlink', String(found.nlink), 'st_ifmt', found.isDirectory() ? 'S_IFDIR' : 'S_IFREG',
    'st_mtime', nanoseconds(found.mtimeMs), 'st_birthtime', nanoseconds(found.birthtimeMs),
  ]);
}

function words(list: readonly string[]): Answer {
  return { operation: AFC.data, head: NONE, data: Buffer.from(list.map((each) => `${each}\0`).join('')) };
}

function status(code: number): Answer {
  return { operation: AFC.status, head: word(code), data: NONE };
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}


import { read as readCallback, write as writeCallback } from 'node:fs';
import { promisify } from 'node:util';
import { ExternalError, UserError } from '../contracts/errors.ts';
import type { FileRange } from './file-range.ts';
import { readFully, type SourceFile } from './source-file.ts';

export type Content = FileRange | Uint8Array;

const BLOCK = 512 * 1024;
const LANES = 3;
const READ_AT_ONCE_BELOW = 64 * 1024;

const read = promisify(readCallback);
const write = promisify(writeCallback);

/**
 * Writes pieces one after another into an open file. Every block is read back from the file as soon as it is written and compared byte for
 * byte with its source. Works on a few blocks at a time: reading and writing on Node's I/O threads, comparing here, so memory does not grow
 * with the file and both overlap. Returns the bytes written. Throws UserError when a source changes meanwhile, ExternalError when the disk returns other bytes.
 */
export async function writePieces(descriptor: number, pieces: readonly Content[], path: string, signal?: AbortSignal): Promise<number> {
  const layout = new Layout(pieces);
  const sources = new Set(pieces.flatMap((piece) => (piece instanceof Uint8Array ? [] : [piece.file])));
  const opened = new Map([...sources].map((file) => [file, file.acquire()]));
  try {
    const blocks = new Blocks(layout, descriptor, path, new Map([...opened].map(([file, { descriptor: source }]) => [file, source])));
    const lanes = Array.from({ length: Math.min(LANES, Math.ceil(layout.size / BLOCK)) }, () => blocks.work(signal));
    for (const lane of await Promise.allSettled(lanes)) if (lane.status === 'rejected') throw lane.reason;
  } finally {
    for (const { release } of opened.values()) release();
  }
  for (const file of sources) file.assertUnchanged();
  return layout.size;
}

/** True when two stretches hold the same bytes. */
export async function sameContent(a: FileRange, b: FileRange): Promise<boolean> {
  if (a.length !== b.length) return false;
  const [left, right] = [Buffer.alloc(BLOCK), Buffer.alloc(BLOCK)];
  const files = [a.file.acquire(), b.file.acquire()] as const;
  try {
    for (let at = 0; at < a.length; at += BLOCK) {
      const length = Math.min(BLOCK, a.length - at);
      await Promise.all([fill(files[0].descriptor, left.subarray(0, length), a.offset + at, a.file.path), fill(files[1].descriptor, right.subarray(0, length), b.offset + at, b.file.path)]);
      if (left.compare(right, 0, length, 0, length) !== 0) return false;
    }
    return true;
  } finally {
    for (const { release } of files) release();
  }
}

/** Where each piece begins. */
class Layout {
  readonly size: number;
  readonly #pieces: readonly Content[];
  readonly #starts: number[] = [];

  constructor(pieces: readonly Content[]) {
    let size = 0;
    for (const piece of pieces) {
      this.#starts.push(size);
      size += piece.length;
    }
    this.#pieces = pieces;
    this.size = size;
  }

  /** The parts of pieces within `[start, end)`: where in the block they go, and which bytes of the piece. */
  *within(start: number, end: number): Generator<{ piece: Content; to: number; from: number; length: number }> {
    for (let i = this.#find(start); i < this.#pieces.length && (this.#starts[i] as number) < end; i++) {
      const piece = this.#pieces[i] as Content;
      const begin = this.#starts[i] as number;
      const from = Math.max(0, start - begin);
      const length = Math.min(piece.length, end - begin) - from;
      if (length > 0) yield { piece, to: begin + from - start, from, length };
    }
  }

  /** The last piece that begins at or before `at`. */
  #find(at: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#starts[middle] as number) <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** Blocks of the file to write, taken one by one by the lanes. */
class Blocks {
  readonly #layout: Layout;
  readonly #target: number;
  readonly #path: string;
  readonly #sources: ReadonlyMap<SourceFile, number>;
  #next = 0;

  constructor(layout: Layout, target: number, path: string, sources: ReadonlyMap<SourceFile, number>) {
    this.#layout = layout;
    this.#target = target;
    this.#path = path;
    this.#sources = sources;
  }

  async work(signal: AbortSignal | undefined): Promise<void> {
    const size = Math.min(BLOCK, this.#layout.size);
    const [block, back] = [Buffer.allocUnsafeSlow(size), Buffer.allocUnsafeSlow(size)];
    try {
      while (this.#next < this.#layout.size) {
        signal?.throwIfAborted();
        const start = this.#next;
        const length = Math.min(BLOCK, this.#layout.size - start);
        this.#next += length;
        await this.#copy(start, block.subarray(0, length), back.subarray(0, length));
      }
    } catch (error) {
      this.#next = this.#layout.size;
      throw error;
    }
  }

  async #copy(start: number, block: Buffer, back: Buffer): Promise<void> {
    for (const { piece, to, from, length } of this.#layout.within(start, start + block.length)) {
      const part = block.subarray(to, to + length);
      if (piece instanceof Uint8Array) part.set(piece.subarray(from, from + length));
      else await fill(this.#sources.get(piece.file) as number, part, piece.offset + from, piece.file.path);
    }
    for (let done = 0; done < block.length;) done += (await write(this.#target, block, done, block.length - done, start + done)).bytesWritten;
    readFully(this.#target, back, start, this.#path);
    if (block.compare(back) === 0) return;
    throw new ExternalError(`${this.#path} holds other bytes than were written to it, near byte ${start}.`, `write ${this.#path}`, '', ['Check the disk and the memory of this machine.']);
  }
}

async function fill(descriptor: number, target: Buffer, offset: number, path: string): Promise<void> {
  if (target.length < READ_AT_ONCE_BELOW) return readFully(descriptor, target, offset, path);
  for (let done = 0; done < target.length;) {
    const { bytesRead } = await read(descriptor, target, done, target.length - done, offset + done);
    if (bytesRead === 0) throw new UserError(`${path} became shorter while it was being read.`, ['Wait until whatever writes it is done, then run the command again.']);
    done += bytesRead;
  }
}

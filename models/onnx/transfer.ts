import { writeSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { ExternalError } from '../contracts/errors.ts';
import type { FileRange } from './file-range.ts';
import { readFully, type SourceFile } from './source-file.ts';

export type Content = FileRange | Uint8Array;

/** Small enough that a block and its copy stay in the processor's cache between reading, writing, reading back and comparing. */
const BLOCK = 256 * 1024;
const BLOCKS_PER_TURN = 32;

/**
 * Writes pieces one after another into an open file. Every block is read back from the file as soon as it is written and compared byte for
 * byte with its source. Works block by block, so memory does not grow with the file, and lets others have their turn in between. Returns
 * the bytes written. Throws UserError when a source changes meanwhile, ExternalError when the disk returns other bytes.
 */
export async function writePieces(descriptor: number, pieces: readonly Content[], path: string, signal?: AbortSignal): Promise<number> {
  const layout = new Layout(pieces);
  const sources = new Sources(pieces.flatMap((piece) => (piece instanceof Uint8Array ? [] : [piece.file])));
  const [block, back] = [Buffer.allocUnsafeSlow(BLOCK), Buffer.allocUnsafeSlow(BLOCK)];
  try {
    for (let start = 0, turn = 1; start < layout.size; start += BLOCK, turn++) {
      signal?.throwIfAborted();
      const length = Math.min(BLOCK, layout.size - start);
      const filled = block.subarray(0, length);
      for (const { piece, to, from, length: part } of layout.within(start, start + length))
        sources.copy(piece, from, filled.subarray(to, to + part));
      for (let done = 0; done < length; ) done += writeSync(descriptor, filled, done, length - done, start + done);
      readFully(descriptor, back.subarray(0, length), start, path);
      if (filled.compare(back, 0, length) !== 0) throw differs(path, start);
      if (turn % BLOCKS_PER_TURN === 0) await setImmediate();
    }
    sources.assertUnchanged();
  } finally {
    sources.release();
  }
  return layout.size;
}

/** True when two stretches hold the same bytes. */
export async function sameContent(a: FileRange, b: FileRange): Promise<boolean> {
  if (a.length !== b.length) return false;
  const [left, right] = [Buffer.allocUnsafeSlow(BLOCK), Buffer.allocUnsafeSlow(BLOCK)];
  const sources = new Sources([a.file, b.file]);
  try {
    for (let start = 0, turn = 1; start < a.length; start += BLOCK, turn++) {
      const length = Math.min(BLOCK, a.length - start);
      sources.copy(a, start, left.subarray(0, length));
      sources.copy(b, start, right.subarray(0, length));
      if (left.compare(right, 0, length, 0, length) !== 0) return false;
      if (turn % BLOCKS_PER_TURN === 0) await setImmediate();
    }
    return true;
  } finally {
    sources.release();
  }
}

/** The files that pieces come from, open for the time of one job. */
class Sources {
  readonly #files: ReadonlyMap<SourceFile, { descriptor: number; release(): void }>;

  constructor(files: readonly SourceFile[]) {
    this.#files = new Map([...new Set(files)].map((file) => [file, file.acquire()]));
  }

  /** Fills `target` with the bytes of a piece from `from` on. */
  copy(piece: Content, from: number, target: Uint8Array): void {
    if (piece instanceof Uint8Array) {
      target.set(piece.subarray(from, from + target.length));
    } else {
      const { descriptor } = this.#files.get(piece.file) as { descriptor: number };
      readFully(descriptor, target, piece.offset + from, piece.file.path);
    }
  }

  assertUnchanged(): void {
    for (const file of this.#files.keys()) file.assertUnchanged();
  }

  release(): void {
    for (const { release } of this.#files.values()) release();
  }
}

function differs(path: string, at: number): ExternalError {
  return new ExternalError(`${path} holds other bytes than were written to it, near byte ${at}.`, `write ${path}`, '', [
    'Check the disk and the memory of this machine.',
  ]);
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

import type { SourceFile } from './source-file.ts';

const SIZE = 64 * 1024;

/** A small window that slides over a file, or over bytes in memory: random access to single bytes without holding the whole. */
export class Window {
  readonly size: number;
  readonly #file: SourceFile | null;
  #bytes: Uint8Array;
  #start = 0;

  constructor(source: SourceFile | Uint8Array) {
    this.size = source instanceof Uint8Array ? source.length : source.size;
    this.#file = source instanceof Uint8Array ? null : source;
    this.#bytes = source instanceof Uint8Array ? source : new Uint8Array(0);
  }

  /** The byte at `at`, which must be below `size`. */
  byte(at: number): number {
    const index = at - this.#start;
    if (index >= 0 && index < this.#bytes.length) return this.#bytes[index] as number;
    this.#slide(at);
    return this.#bytes[at - this.#start] as number;
  }

  /** Copies `[start, end)` to `target` at `position`. */
  copy(start: number, end: number, target: Uint8Array, position: number): void {
    if (start >= this.#start && end <= this.#start + this.#bytes.length) {
      target.set(this.#bytes.subarray(start - this.#start, end - this.#start), position);
    } else if (end - start < SIZE) {
      this.#slide(start);
      target.set(this.#bytes.subarray(0, end - start), position);
    } else {
      this.#file?.readInto(target.subarray(position, position + end - start), start);
    }
  }

  #slide(at: number): void {
    const length = Math.min(SIZE, this.size - at);
    if (this.#bytes.length !== length) this.#bytes = new Uint8Array(length);
    this.#start = at;
    this.#file?.readInto(this.#bytes, at);
  }
}

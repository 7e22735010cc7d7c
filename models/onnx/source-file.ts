import { type BigIntStats, closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { BugError, UserError } from '../contracts/errors.ts';

/** A file that bytes are read from by range. Notices when the file was changed since it was first looked at. */
export class SourceFile {
  readonly path: string;
  readonly size: number;
  readonly #seen: BigIntStats;
  #held: number | null = null;
  #closed = false;

  /** Throws UserError where there is no such regular file. `what` names it in messages: `Model`, `External data file`. */
  constructor(path: string, what: string) {
    this.path = path;
    this.#seen = regularFile(path, what);
    this.size = Number(this.#seen.size);
  }

  /** Keeps the file open until `close`: what was read stays readable when the path is replaced. */
  hold(): this {
    if (this.#closed) throw new BugError(`${this.path} is opened after it was closed.`);
    this.#held ??= this.#open();
    return this;
  }

  /** Gives a descriptor for the time of `action`. Throws UserError when the file is no longer the one that was looked at. */
  use<T>(action: (descriptor: number) => T): T {
    if (this.#closed) throw new BugError(`${this.path} is read after its model was closed.`);
    if (this.#held !== null) {
      this.#check(this.#held);
      return action(this.#held);
    }
    const descriptor = this.#open();
    try {
      return action(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }

  /** A descriptor for work that outlives a call, until `release`. */
  acquire(): { descriptor: number; release(): void } {
    if (this.#held !== null) return { descriptor: this.use((held) => held), release: () => {} };
    const descriptor = this.#open();
    return { descriptor, release: () => closeSync(descriptor) };
  }

  /** Throws UserError when size, time of change or identity differ from what was first seen. */
  assertUnchanged(): void {
    this.use(() => {});
  }

  read(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    this.readInto(bytes, offset);
    return bytes;
  }

  /** Fills `target` from `offset` on. */
  readInto(target: Uint8Array, offset: number): void {
    this.use((descriptor) => readFully(descriptor, target, offset, this.path));
  }

  close(): void {
    if (this.#held !== null) closeSync(this.#held);
    this.#held = null;
    this.#closed = true;
  }

  #open(): number {
    let descriptor: number;
    try {
      descriptor = openSync(this.path, 'r');
    } catch (error) {
      throw new UserError(`Cannot open ${this.path}: ${(error as Error).message}`, [
        'Check that the file exists and that you may read it.',
      ]);
    }
    try {
      this.#check(descriptor);
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
    return descriptor;
  }

  #check(descriptor: number): void {
    const now = fstatSync(descriptor, { bigint: true });
    const { ino, size, mtimeNs } = this.#seen;
    if (now.ino === ino && now.size === size && now.mtimeNs === mtimeNs) return;
    throw new UserError(`${this.path} was changed while it was being read.`, [
      'Wait until whatever writes it is done, then run the command again.',
    ]);
  }
}

/** Reads until `target` is full. Throws UserError at the end of the file. */
export function readFully(descriptor: number, target: Uint8Array, offset: number, path: string): void {
  for (let done = 0; done < target.length; ) {
    const count = readSync(descriptor, target, done, Math.min(target.length - done, MOST_PER_READ), offset + done);
    if (count === 0)
      throw new UserError(`${path} ends at byte ${offset + done}, before the data that it should hold.`, [
        'Fetch or export the file again.',
      ]);
    done += count;
  }
}

const MOST_PER_READ = 2 ** 30;

function regularFile(path: string, what: string): BigIntStats {
  let stats: BigIntStats;
  try {
    stats = statSync(path, { bigint: true });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new UserError(`${what} not found: ${path}`, ['Check the path; it is taken from the current folder.']);
    throw new UserError(`Cannot read ${path}: ${message}`, ['Check that you may read the file and its folder.']);
  }
  if (!stats.isFile())
    throw new UserError(`${path} is ${stats.isDirectory() ? 'a folder' : 'not a regular file'}, where a file is needed.`, [
      'Give the path of one .onnx file.',
    ]);
  return stats;
}

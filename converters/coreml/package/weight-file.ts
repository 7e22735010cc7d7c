import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { UserError } from '../../../models/contracts/index.ts';
import { blobDataType, type MilDType, milBytes } from './data-types.ts';

const VERSION = 2;
const HEADER = 64;
const METADATA = 64;
const SENTINEL = 0xdeadbeef;

/**
 * A weight.bin of version 2 (mlmodel/src/MILBlob/Blob/StorageFormat.hpp of apple/coremltools): a header of 64 bytes; then blobs, each with
 * 64 bytes of metadata, which is where a program's offsets point, and its data wherever the metadata says. Nothing is kept open or in memory.
 */
export class WeightFile {
  readonly path: string;
  readonly #shown: string;
  #size: number | null = null;

  /** `shown`: the path for messages. */
  constructor(path: string, shown: string) {
    this.path = path;
    this.#shown = shown;
  }

  /** The packed elements of the blob whose metadata lies at `offset`. Throws UserError for anything that does not fit. */
  read(offset: number, dtype: MilDType, count: number): Uint8Array {
    return this.#open((file, size) => {
      const { at, bytes } = this.#find(file, size, offset, dtype, count);
      const data = this.#bytes(file, at, bytes, size);
      return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    });
  }

  /** Throws UserError where `read` would. */
  check(offset: number, dtype: MilDType, count: number): void {
    this.#open((file, size) => this.#find(file, size, offset, dtype, count));
  }

  #find(file: number, size: number, offset: number, dtype: MilDType, count: number): { readonly at: number; readonly bytes: number } {
    if (!Number.isSafeInteger(offset) || offset < HEADER || offset % METADATA !== 0) throw this.#damaged(`a blob at ${offset}, where none can begin`);
    const metadata = this.#bytes(file, offset, METADATA, size);
    if (metadata.getUint32(0, true) !== SENTINEL) throw this.#damaged(`no blob at ${offset}`);
    const type = metadata.getUint32(4, true);
    if (type !== blobDataType(dtype)) throw this.#damaged(`data type ${type} at ${offset}, where the program says ${dtype}`);
    const bytes = Number(metadata.getBigUint64(8, true));
    const expected = milBytes(dtype, count);
    if (bytes !== expected) throw this.#damaged(`${bytes} bytes at ${offset}, where ${count} of ${dtype} take ${expected}`);
    const at = Number(metadata.getBigUint64(16, true));
    this.#assertInside(at, bytes, size);
    return { at, bytes };
  }

  #open<T>(use: (file: number, size: number) => T): T {
    let file: number;
    try {
      file = openSync(this.path, 'r');
    } catch (error) {
      throw new UserError(`${this.#shown} cannot be read, and the program refers to it (${(error as Error).message}).`, ['Copy the package whole, with all of its files.'], { cause: error });
    }
    try {
      this.#size ??= this.#checkedSize(file);
      return use(file, this.#size);
    } finally {
      closeSync(file);
    }
  }

  #checkedSize(file: number): number {
    const { size } = fstatSync(file);
    const version = this.#bytes(file, 0, HEADER, size).getUint32(4, true);
    if (version !== VERSION) throw this.#damaged(`version ${version}, where ${VERSION} is the one that is known`);
    return size;
  }

  #bytes(file: number, offset: number, length: number, size: number): DataView {
    this.#assertInside(offset, length, size);
    const buffer = Buffer.alloc(length);
    let read = 0;
    while (read < length) {
      const more = readSync(file, buffer, read, length - read, offset + read);
      if (more === 0) throw this.#damaged(`its end after ${offset + read} bytes`);
      read += more;
    }
    return new DataView(buffer.buffer, buffer.byteOffset, length);
  }

  #assertInside(offset: number, length: number, size: number): void {
    if (!Number.isSafeInteger(offset) || offset < 0 || offset + length > size) throw this.#damaged(`${length} bytes at ${offset} of a file of ${size}`);
  }

  #damaged(what: string): UserError {
    return new UserError(`${this.#shown} is damaged, or belongs to another program: ${what}.`, ['Convert or copy the package again.']);
  }
}

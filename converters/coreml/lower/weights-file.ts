import { type FileHandle, open } from 'node:fs/promises';
import type { Blob, MilDtype } from '../plan.ts';

const ALIGNMENT = 64;

/** Elements of all constants, in the order of the file that they will be in. */
export class WeightsFile {
  readonly #parts: { readonly offset: number; readonly bytes: Uint8Array }[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Takes over little-endian elements; where they will lie in the file. */
  add(dtype: MilDtype, dims: readonly number[], bytes: Uint8Array): Blob {
    const offset = this.#size;
    this.#parts.push({ offset, bytes });
    this.#size = Math.ceil((offset + bytes.length) / ALIGNMENT) * ALIGNMENT;
    return { dtype, dims: [...dims], offset, bytes: bytes.length };
  }

  /** The elements of a blob as they were given. */
  read(blob: Blob): Uint8Array {
    const part = this.#parts.find(({ offset }) => offset === blob.offset);
    if (!part || part.bytes.length !== blob.bytes) throw new RangeError(`No blob lies at ${blob.offset}.`);
    return part.bytes;
  }

  async write(path: string): Promise<void> {
    const file = await open(path, 'w');
    try {
      for (const { offset, bytes } of this.#parts) await writeAll(file, bytes, offset);
      await file.truncate(this.#size);
    } finally {
      await file.close();
    }
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, offset + done);
    done += bytesWritten;
  }
}

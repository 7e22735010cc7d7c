import { type FileHandle, open } from 'node:fs/promises';
import type { Blob, MilDtype } from '../plan.ts';

const ALIGNMENT = 64;
const CHUNK = 2 ** 20;

interface Part {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Elements of all constants, in the order of the file that they will be in. */
export class WeightsFile {
  readonly #parts: Part[] = [];
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
      for (const run of this.#runs()) await writeAll(file, joined(run), run[0].offset);
      await file.truncate(this.#size);
    } finally {
      await file.close();
    }
  }

  /** Neighbours that fit into a chunk: each write costs as much as many small parts. */
  #runs(): [Part, ...Part[]][] {
    const runs: [Part, ...Part[]][] = [];
    for (const part of this.#parts) {
      const run = runs.at(-1);
      if (run && part.offset + part.bytes.length - run[0].offset <= CHUNK) run.push(part);
      else runs.push([part]);
    }
    return runs;
  }
}

function joined(run: [Part, ...Part[]]): Uint8Array {
  const [first] = run;
  const last = run.at(-1) ?? first;
  if (last === first) return first.bytes;
  const bytes = new Uint8Array(last.offset + last.bytes.length - first.offset);
  for (const part of run) bytes.set(part.bytes, part.offset - first.offset);
  return bytes;
}

async function writeAll(file: FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, offset + done);
    done += bytesWritten;
  }
}

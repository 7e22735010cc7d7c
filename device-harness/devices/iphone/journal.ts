import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type BatchSpec, batchSpecSchema } from '../../runner/index.ts';

/** The batches of a phone whose results are not all in safety, written down here before they are sent: a run that is killed finds them on the phone. */
export class Journal {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  add(spec: BatchSpec): void {
    this.#write([...this.open(), spec]);
  }

  drop(batch: string): void {
    this.#write(this.open().filter(({ id }) => id !== batch));
  }

  /** Batches that were sent and not dropped; none where the file cannot be read. */
  open(): BatchSpec[] {
    if (!existsSync(this.#path)) return [];
    try {
      return batchSpecSchema.array().parse(JSON.parse(readFileSync(this.#path, 'utf8')));
    } catch {
      return [];
    }
  }

  #write(specs: readonly BatchSpec[]): void {
    if (specs.length === 0) {
      rmSync(this.#path, { force: true });
      return;
    }
    mkdirSync(dirname(this.#path), { recursive: true });
    const temporary = `${this.#path}.${process.pid}`;
    writeFileSync(temporary, JSON.stringify(specs));
    renameSync(temporary, this.#path);
  }
}

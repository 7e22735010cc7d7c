import { realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Names for data files beside a model: `MODEL.onnx.data`, then `-2`, `-3`, …; the same ones every time, never one that is reserved. */
export class DataNames {
  readonly folder: string;
  readonly #base: string;
  readonly #reserved = new Set<string>();

  constructor(target: string) {
    this.folder = dirname(target);
    this.#base = `${basename(target)}.data`;
  }

  /** Keeps a file from being given out. */
  reserve(path: string): void {
    this.#reserved.add(real(path));
  }

  /** The next name that is free, or that `own` has already. */
  next(own?: string): string {
    for (let i = 1; ; i++) {
      const name = i === 1 ? this.#base : `${this.#base}-${i}`;
      const path = join(this.folder, name);
      if (this.#reserved.has(real(path)) && !(own !== undefined && samePath(path, own))) continue;
      this.reserve(path);
      return name;
    }
  }
}

/** True when both paths lead to the same existing file. */
export function samePath(a: string, b: string): boolean {
  try {
    return realpathSync(a) === realpathSync(b);
  } catch {
    return false;
  }
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Evidence, Executor, NamedArrays } from '../../../models/contracts/index.ts';
import { type ModelProto, writeModel, type WriteOptions } from '../../../models/onnx/index.ts';
import type { VerifyLevel } from './feeds.ts';

export interface VerifyOptions {
  readonly executor: Executor;
  readonly level: Exclude<VerifyLevel, 'off'>;
  readonly seed: number;
  readonly progress?: ((note: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A folder for the models that a verification runs, and the executor to run them on. Dispose of it when done. */
export class VerifySession {
  readonly options: VerifyOptions;
  readonly #folder = mkdtempSync(join(tmpdir(), 'dyno-verify-'));
  #files = 0;

  constructor(options: VerifyOptions) {
    this.options = options;
  }

  get evidence(): Evidence {
    const { id } = this.options.executor;
    if (id === 'host') return 'verified(host)';
    if (id.startsWith('emulator')) return 'verified(emulator)';
    return id.startsWith('virtual') ? 'verified(simulated)' : 'verified(device)';
  }

  async write(proto: ModelProto, options?: WriteOptions): Promise<string> {
    const path = join(this.#folder, `${++this.#files}.onnx`);
    await writeModel(proto, path, options);
    return path;
  }

  /** Outputs per feed, optimisations off. The error message where the runtime refuses; cancellation is thrown. */
  async run(path: string, feeds: readonly NamedArrays[]): Promise<NamedArrays[] | { readonly failed: string }> {
    const { executor, signal } = this.options;
    signal?.throwIfAborted();
    try {
      return await executor.run(path, feeds, { optimization: 'off', ...(signal ? { signal } : {}) });
    } catch (error) {
      signal?.throwIfAborted();
      return { failed: error instanceof Error ? (error.message.split('\n')[0] as string) : String(error) };
    }
  }

  dispose(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

import { accessSync, constants, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { type DynoError, UserError } from '../contracts/errors.ts';
import type { Executor, NamedArrays, RunOptions } from '../contracts/executor.ts';
import type { ModelFace, OrtRequest, SessionSpec } from './protocol.ts';
import { type PackedArray, packArray, packArrays, unpackArrays } from './transfer.ts';
import { WorkerChannel } from './worker-channel.ts';

/** A path, or the encoded model itself (which must not have external data). */
export type ModelSource = string | Uint8Array;

export interface RunJob {
  readonly model: ModelSource;
  readonly feeds: readonly NamedArrays[];
  readonly options?: RunOptions;
}

export type RunResult = { readonly ok: true; readonly outputs: NamedArrays[] } | { readonly ok: false; readonly error: DynoError };

/** A model that stays loaded in the worker, for many feeds. It is loaded again by itself after a crash. */
export interface HostSession {
  readonly face: ModelFace;
  run(feed: NamedArrays, options?: Pick<RunOptions, 'signal' | 'timeoutMs'>): Promise<NamedArrays>;
  release(): Promise<void>;
}

/** ONNX Runtime on this machine's CPU, as the reference. */
export interface HostExecutor extends Executor {
  runBytes(model: Uint8Array, feeds: readonly NamedArrays[], options?: RunOptions): Promise<NamedArrays[]>;
  /** One job after the other; a job that fails does not stop the rest. */
  runMany(jobs: readonly RunJob[]): Promise<RunResult[]>;
  /** Inputs and outputs as the runtime sees them, `fetch`ed values included. */
  describe(model: ModelSource, options?: RunOptions): Promise<ModelFace>;
  open(model: ModelSource, options?: RunOptions): Promise<HostSession>;
  /** Process id of the worker while it lives. */
  readonly pid: number | null;
  /** What the runtime last wrote to stderr. */
  readonly diagnostics: string;
}

export interface HostExecutorOptions {
  /** For requests that say nothing; default 10 minutes. */
  readonly timeoutMs?: number;
  /** Intra-op threads where a request says nothing; default: the runtime's own choice, all cores. */
  readonly threads?: number;
}

/**
 * The reference executor: ONNX Runtime in a child process that starts with the first request, so that a native crash, an
 * out-of-memory kill or a hang is an ExternalError and nothing more. Optimisations are `off` unless asked for.
 * Requests run in the order they were made. Call `close` when done; an open executor does not keep the process alive.
 */
export function createHostExecutor(options: HostExecutorOptions = {}): HostExecutor {
  return new OrtHostExecutor(options);
}

class OrtHostExecutor implements HostExecutor {
  readonly id = 'host';
  readonly #channel = new WorkerChannel('models/run/ort-worker');
  readonly #defaults: HostExecutorOptions;
  #folder: string | null = null;
  #sessions = 0;

  constructor(defaults: HostExecutorOptions) {
    this.#defaults = defaults;
  }

  get pid(): number | null {
    return this.#channel.pid;
  }

  get diagnostics(): string {
    return this.#channel.stderr;
  }

  run(modelPath: string, feeds: readonly NamedArrays[], options: RunOptions = {}): Promise<NamedArrays[]> {
    return this.#once(modelPath, feeds, options);
  }

  runBytes(model: Uint8Array, feeds: readonly NamedArrays[], options: RunOptions = {}): Promise<NamedArrays[]> {
    return this.#once(model, feeds, options);
  }

  runMany(jobs: readonly RunJob[]): Promise<RunResult[]> {
    return Promise.all(jobs.map((job) => this.#once(job.model, job.feeds, job.options ?? {}).then(
      (outputs): RunResult => ({ ok: true, outputs }),
      (error: DynoError): RunResult => ({ ok: false, error }),
    )));
  }

  async describe(model: ModelSource, options: RunOptions = {}): Promise<ModelFace> {
    return this.#ask({ kind: 'describe', spec: this.#spec(model, options) }, model, 'loading', options);
  }

  async open(model: ModelSource, options: RunOptions = {}): Promise<HostSession> {
    const session = ++this.#sessions;
    const load = (): Promise<ModelFace> =>
      this.#ask({ kind: 'open', session, spec: this.#spec(model, options) }, model, 'loading', options);
    const face = await load();
    let loadedIn = this.#channel.starts;
    return {
      face,
      run: async (feed, runOptions = {}) => {
        if (this.#channel.pid === null || this.#channel.starts !== loadedIn) {
          await load();
          loadedIn = this.#channel.starts;
        }
        const folder = this.#scratch();
        const request: OrtRequest = { kind: 'run', session, feeds: packArrays(feed, folder), folder };
        return unpackArrays(await this.#ask<PackedArray[]>(request, model, 'run', { ...options, ...runOptions }));
      },
      release: async () => {
        const lives = this.#channel.pid !== null && this.#channel.starts === loadedIn;
        if (lives) await this.#ask({ kind: 'release', session }, model, 'release', options);
      },
    };
  }

  async close(): Promise<void> {
    await this.#channel.close();
    this.#removeScratch();
  }

  async #once(model: ModelSource, feeds: readonly NamedArrays[], options: RunOptions): Promise<NamedArrays[]> {
    const folder = this.#scratch();
    const packed = feeds.map((feed) => packArrays(feed, folder));
    const request: OrtRequest = { kind: 'once', spec: this.#spec(model, options), feeds: packed, folder };
    return (await this.#ask<PackedArray[][]>(request, model, 'run', options)).map(unpackArrays);
  }

  #ask<T>(request: OrtRequest, model: ModelSource, verb: string, options: RunOptions): Promise<T> {
    const what = `ONNX Runtime ${verb} of ${typeof model === 'string' ? basename(model) : `a model of ${model.byteLength} bytes`}`;
    const timeoutMs = options.timeoutMs ?? this.#defaults.timeoutMs ?? 600_000;
    return this.#channel.request<T>(request, { what, signal: options.signal, timeoutMs });
  }

  #spec(model: ModelSource, options: RunOptions): SessionSpec {
    return {
      model: typeof model === 'string' ? { path: readable(model) } : { bytes: packArray(model, this.#scratch()) },
      optimization: options.optimization ?? 'off',
      threads: options.threads ?? this.#defaults.threads ?? null,
      fetch: options.fetch ?? [],
    };
  }

  /** Folder for arrays too large for the message pipe. */
  #scratch(): string {
    if (this.#folder === null) {
      this.#folder = mkdtempSync(join(tmpdir(), 'dyno-run-'));
      process.once('exit', this.#removeScratch);
    }
    return this.#folder;
  }

  readonly #removeScratch = (): void => {
    if (this.#folder === null) return;
    rmSync(this.#folder, { recursive: true, force: true });
    process.off('exit', this.#removeScratch);
    this.#folder = null;
  };
}

function readable(path: string): string {
  const full = resolve(path);
  try {
    accessSync(full, constants.R_OK);
  } catch (error) {
    throw new UserError(`Cannot read ${path}.`, ['Check the path and its permissions.'], { cause: error });
  }
  if (!statSync(full).isFile()) throw new UserError(`${path} is not a file.`, ['Give the path of an .onnx file.']);
  return full;
}

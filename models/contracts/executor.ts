import type { NdArray } from './ndarray.ts';

export type NamedArrays = ReadonlyMap<string, NdArray>;

export interface RunOptions {
  /** `off` for verification (the model as written), `all` for speed. */
  readonly optimization?: 'off' | 'basic' | 'all';
  readonly threads?: number;
  /** Values to fetch besides the graph outputs; the executor exposes them itself. */
  readonly fetch?: readonly string[];
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  /** Called with the number of feeds that are done, by executors that take long. */
  readonly onFeeds?: (done: number) => void;
}

/** Something that computes a model's outputs: ONNX Runtime on the host, a vendor's emulator, a phone. */
export interface Executor {
  /** Selector text, e.g. `host` or `emulator:SM8550`. */
  readonly id: string;
  /** Runs the ONNX file once per feed. Throws ExternalError when the runtime refuses, crashes or hangs. */
  run(modelPath: string, feeds: readonly NamedArrays[], options?: RunOptions): Promise<NamedArrays[]>;
  close(): Promise<void>;
}

/** Something that says how good a model is; higher is better. Handed to quantizers and tuners from above. */
export interface Scorer {
  readonly id: string;
  score(modelPath: string, signal?: AbortSignal): Promise<number>;
}

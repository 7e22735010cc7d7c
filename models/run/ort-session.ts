import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { DType } from '../contracts/dtype.ts';
import type { NamedArrays } from '../contracts/executor.ts';
import type { NdArray, NumericArray } from '../contracts/ndarray.ts';
import { exposeValues } from './expose-values.ts';
import type { FaceValue, ModelFace } from './protocol.ts';
import { RequestFault, RuntimeFault } from './worker-side.ts';

export interface OrtOptions {
  readonly optimization: 'off' | 'basic' | 'all';
  readonly threads: number | null;
  /** Inner values that become outputs. */
  readonly fetch: readonly string[];
}

/** One loaded model in this process. Meant for worker processes only: a native crash takes the process along. */
export class OrtSession {
  readonly face: ModelFace;
  readonly #session: InferenceSession;

  private constructor(session: InferenceSession) {
    this.#session = session;
    this.face = { inputs: session.inputMetadata.map(faceValue), outputs: session.outputMetadata.map(faceValue) };
  }

  /** Loads a file or bytes. Throws RequestFault for an unknown `fetch` name, RuntimeFault with ONNX Runtime's words otherwise. */
  static async load(model: string | Uint8Array, options: OrtOptions): Promise<OrtSession> {
    try {
      return new OrtSession(await create(model, options));
    } catch (error) {
      throw loadFault(error, typeof model === 'string' ? basename(model) : 'the model');
    }
  }

  /** All outputs for one feed. Throws RequestFault where the feed does not fit the inputs, RuntimeFault when the run fails. */
  async run(feed: NamedArrays): Promise<NamedArrays> {
    return fromResults(await this.runTensors(this.toFeeds(feed)));
  }

  /** Checks a feed against the inputs and wraps it once, for repeated `runTensors`. */
  toFeeds(feed: NamedArrays): Record<string, Tensor> {
    for (const name of feed.keys()) {
      const known = this.face.inputs.some((input) => input.name === name);
      if (!known) throw new RequestFault(`The model has no input named "${name}".`, [this.#inputList()]);
    }
    for (const output of this.face.outputs) {
      if (!isNumeric(output)) throw new RequestFault(`Output "${output.name}" is ${kindOf(output)}; only numeric tensors can be fetched.`);
    }
    return Object.fromEntries(this.face.inputs.map((input) => [input.name, toTensor(input, feed.get(input.name))]));
  }

  /** The bare call, for timing. Throws RuntimeFault. */
  runTensors(feeds: Record<string, Tensor>): Promise<InferenceSession.ReturnType> {
    return this.#session.run(feeds).catch((error: unknown) => {
      throw new RuntimeFault(`ONNX Runtime could not run the model: ${firstLine(error)}`, text(error));
    });
  }

  release(): Promise<void> {
    return this.#session.release();
  }

  #inputList(): string {
    return `Its inputs are ${this.face.inputs.map((input) => `"${input.name}"`).join(', ') || '(none)'}.`;
  }
}

/** Results as they travel between rooms. */
export function fromResults(results: InferenceSession.ReturnType): NamedArrays {
  return new Map(Object.entries(results).map(([name, tensor]) => [name, toNdArray(tensor)]));
}

function create(model: string | Uint8Array, options: OrtOptions): Promise<InferenceSession> {
  const sessionOptions: InferenceSession.SessionOptions = {
    graphOptimizationLevel: options.optimization === 'off' ? 'disabled' : options.optimization,
    ...(options.threads === null ? {} : { intraOpNumThreads: options.threads, interOpNumThreads: 1 }),
  };
  if (typeof model !== 'string') return InferenceSession.create(exposeValues(model, options.fetch), sessionOptions);
  if (options.fetch.length === 0) return InferenceSession.create(model, sessionOptions);
  const extra = { session: { model_external_initializers_file_folder_path: dirname(model) } };
  return InferenceSession.create(exposeValues(readFileSync(model), options.fetch), { ...sessionOptions, extra });
}

function loadFault(error: unknown, what: string): RequestFault | RuntimeFault {
  const message = text(error);
  const unknown = /Graph output \((.*?)\) does not exist/s.exec(message);
  if (unknown) return new RequestFault(`There is no value named "${unknown[1]}" in the main graph of ${what}.`);
  if (message.startsWith('Unsupported data type: ')) {
    const type = message.slice('Unsupported data type: '.length);
    return new RequestFault(`An input or output of ${what} has element type ${type}, which ONNX Runtime's Node binding does not pass.`);
  }
  const foreign = /([\w.]*:\w+)\(-?\d+\) is not a registered function\/op/.exec(message)?.[1];
  if (foreign !== undefined) {
    return new RequestFault(`ONNX Runtime has no operator ${foreign.replace(/^:/, '')}, which ${what} uses.`, [
      'Cut it out (dyno rewrite MODEL --cut-from TENSOR or --cut-at TENSOR), or export without it.',
    ]);
  }
  return new RuntimeFault(`ONNX Runtime does not load ${what}: ${firstLine(error).replace(/^Load model from .*? failed: ?/, '')}`, message);
}

function faceValue(meta: InferenceSession.ValueMetadata): FaceValue {
  if (!meta.isTensor) return { name: meta.name, dtype: null, dims: [] };
  return { name: meta.name, dtype: meta.type as FaceValue['dtype'], dims: meta.shape.map((dim) => (dim === '' ? null : dim)) };
}

function toTensor(input: FaceValue, array: NdArray | undefined): Tensor {
  if (!isNumeric(input)) throw new RequestFault(`Input "${input.name}" is ${kindOf(input)}; only numeric tensors can be fed.`);
  if (!array) throw new RequestFault(`The model's input "${input.name}" was given no value.`);
  if (array.dtype !== input.dtype) throw new RequestFault(`Input "${input.name}" takes ${input.dtype} and was given ${array.dtype}.`);
  const sameRank = array.dims.length === input.dims.length;
  const fits = sameRank && input.dims.every((dim, axis) => typeof dim !== 'number' || array.dims[axis] === dim);
  if (!fits) {
    const shape = input.dims.map((dim) => dim ?? '?').join(', ');
    throw new RequestFault(`Input "${input.name}" has shape [${shape}] and was given [${array.dims.join(', ')}].`);
  }
  return new Tensor(array.dtype as 'float32', array.data as Float32Array, array.dims);
}

function toNdArray(tensor: Tensor): NdArray {
  const data = tensor.data as NumericArray;
  const bits = tensor.type === 'float16' ? new Uint16Array(data.buffer as ArrayBuffer, data.byteOffset, data.length) : data;
  return { dtype: tensor.type as DType, dims: [...tensor.dims], data: bits };
}

function isNumeric(value: FaceValue): boolean {
  return value.dtype !== null && value.dtype !== 'string';
}

function kindOf(value: FaceValue): string {
  return value.dtype === null ? 'not a tensor' : `of type ${value.dtype}`;
}

/** ONNX Runtime puts its source position before what it has to say. */
function firstLine(error: unknown): string {
  return (text(error).split('\n')[0] ?? '').replace(/^\S*onnxruntime_src\S*:\d+ (?:[^()]*\([^)]*\)(?: const)? )?/, '').trim();
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

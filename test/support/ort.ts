import ort from 'onnxruntime-node';
import type { DType, NamedArrays, NdArray, NumericArray } from '../../models/contracts/index.ts';
import type { ModelProto } from '../../models/onnx/index.ts';
import { toBytes } from './build-model.ts';

export type Feeds = Readonly<Record<string, NdArray>> | NamedArrays;

/** Runs a model (file path, bytes or message) once in ONNX Runtime, optimisations off: the independent oracle of the tests. */
export async function runOrt(model: string | Uint8Array | ModelProto, feeds: Feeds): Promise<Map<string, NdArray>> {
  const [outputs] = await runOrtAll(model, [feeds]);
  return outputs as Map<string, NdArray>;
}

/** Runs a model once per feed in one session. */
export async function runOrtAll(model: string | Uint8Array | ModelProto, feeds: readonly Feeds[]): Promise<Map<string, NdArray>[]> {
  const options: ort.InferenceSession.SessionOptions = {
    graphOptimizationLevel: 'disabled',
    logSeverityLevel: 4,
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
  };
  const source = typeof model === 'string' || model instanceof Uint8Array ? model : toBytes(model);
  const session =
    typeof source === 'string' ? await ort.InferenceSession.create(source, options) : await ort.InferenceSession.create(source, options);
  try {
    const results: Map<string, NdArray>[] = [];
    for (const feed of feeds) results.push(toArrays(await session.run(toTensors(feed))));
    return results;
  } finally {
    await session.release();
  }
}

/** An array from plain numbers. */
export function ndarray(
  dtype: 'float32' | 'float64' | 'int32' | 'uint8' | 'int8' | 'bool',
  dims: readonly number[],
  values: ArrayLike<number>,
): NdArray {
  const Type = { float32: Float32Array, float64: Float64Array, int32: Int32Array, uint8: Uint8Array, int8: Int8Array, bool: Uint8Array }[
    dtype
  ];
  return { dtype, dims, data: Type.from(values) };
}

function toTensors(feeds: Feeds): Record<string, ort.Tensor> {
  const entries = feeds instanceof Map ? [...(feeds as NamedArrays)] : Object.entries(feeds);
  return Object.fromEntries(entries.map(([name, array]) => [name, toTensor(array)]));
}

function toTensor({ dtype, dims, data }: NdArray): ort.Tensor {
  return new ort.Tensor(dtype as ort.Tensor.Type, data as ort.Tensor.DataType, [...dims]);
}

function toArrays(outputs: ort.InferenceSession.ReturnType): Map<string, NdArray> {
  return new Map(
    Object.entries(outputs).map(([name, value]) => {
      const tensor = value as ort.Tensor;
      return [name, { dtype: tensor.type as DType, dims: tensor.dims, data: fromTensor(tensor) }];
    }),
  );
}

/** Newer Node versions get float16 as a `Float16Array`; here it is the bits. */
function fromTensor(tensor: ort.Tensor): NumericArray {
  const data = tensor.data as unknown as NumericArray;
  return tensor.type === 'float16' ? new Uint16Array(data.buffer as ArrayBuffer, data.byteOffset, data.length) : data;
}

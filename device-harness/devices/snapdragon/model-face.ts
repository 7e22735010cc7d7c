import type { DType } from '../../../models/contracts/dtype.ts';
import { Model } from '../../../models/graph/index.ts';
import { readModel } from '../../../models/onnx/index.ts';

/** Calls `work` with a variant's ONNX model; its payloads stay in the file. */
export function withModel<T>(path: string, work: (model: Model) => T): T {
  const onnx = readModel(path);
  try {
    return work(new Model(onnx.proto));
  } finally {
    onnx.close();
  }
}

/** Element types of a model's outputs by name. */
export function outputTypes(path: string): ReadonlyMap<string, DType | null> {
  return withModel(path, ({ graph }) => new Map(graph.outputs.map(({ name, type }) => [name, type.dtype])));
}

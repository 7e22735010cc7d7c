import { readModel } from '../../models/onnx/index.ts';

/** Names of a model's outputs in its own order. OpenVINO knows a value by all of its names, and does not say which one is the output's. */
export function outputNames(modelPath: string): string[] {
  const { proto, close } = readModel(modelPath);
  try {
    return (proto.graph?.output ?? []).map(({ name }) => name ?? '');
  } finally {
    close();
  }
}

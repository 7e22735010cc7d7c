import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../contracts/errors.ts';
import { readModel } from '../onnx/read.ts';
import { Tensor } from '../onnx/tensor.ts';
import { trainedWeights, type Weights } from './trace/weights.ts';

/** Networks and scales that the folder has trained weights of, e.g. `ultramini-x2`. */
export function trainedNames(folder: string): string[] {
  return readdirSync(folder).filter((file) => /-x[\d.]+\.onnx$/.test(file)).map((file) => file.replace(/\.onnx$/, '')).sort();
}

/** Trained weights of a network, from `FOLDER/NAME-xSCALE.onnx`. Throws UserError naming what there is. */
export function trainedFrom(folder: string, name: string, scale: number): Weights {
  const known = trainedNames(folder);
  const wanted = `${name}-x${scale}`;
  if (!known.includes(wanted)) throw new UserError(`There are no trained weights of ${name} ×${scale}.`, [`There are of ${known.join(', ')}; without --trained they are random.`]);
  const onnx = readModel(join(folder, `${wanted}.onnx`));
  try {
    const tensors = (onnx.proto.graph?.initializer ?? []).map(Tensor.fromProto);
    return trainedWeights(`trained ${wanted}`, tensors.map((tensor) => Tensor.fromBytes(tensor.dtype, tensor.dims, Uint8Array.from(tensor.bytes()))));
  } finally {
    onnx.close();
  }
}

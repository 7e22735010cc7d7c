import { readFileSync } from 'node:fs';
import { ToolFailure } from '../tools/documented-tool.ts';
import type { ListedInputs } from './input-list.ts';
import type { BoundTensor, NativeTensors } from './onnx-binding.ts';
import { elements, fromReals, nativeBytes } from './raw-values.ts';

/**
 * Reads the raw files of one inference: in the tensor's own type where `isNative` says so, else as little-endian float32 that is converted. Throws
 * ToolFailure for a file of another size: what has the right size is taken, whatever is in it.
 */
export function readInputs(listed: ListedInputs, inputs: readonly BoundTensor[], isNative: (input: string) => boolean): NativeTensors {
  return new Map(inputs.map((tensor) => {
    const native = isNative(tensor.name);
    const path = listed.get(tensor.name) as string;
    const bytes = read(path);
    const expected = native ? nativeBytes(tensor) : 4 * elements(tensor.dims);
    if (bytes.length !== expected) throw new ToolFailure(`Size of input file ${path} (${bytes.length} bytes) does not match the expected size ${expected} of tensor ${tensor.name} [${tensor.dims.join(', ')}]`);
    if (native) return [tensor.name, bytes];
    const floats = new Float32Array(Uint8Array.from(bytes).buffer);
    return [tensor.name, fromReals(Float64Array.from(floats), tensor)];
  }));
}

function read(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch {
    throw new ToolFailure(`Could not open input file: ${path}`);
  }
}

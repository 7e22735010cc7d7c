import type { QnnTensor } from '../../../../converters/qnn/artifact.ts';
import { rawType } from '../../../../converters/qnn/data-types.ts';
import type { DType } from '../../../../models/contracts/dtype.ts';
import type { NamedArrays } from '../../../../models/contracts/executor.ts';
import type { NdArray, NumericArray } from '../../../../models/contracts/ndarray.ts';
import { arrayNumbers, asArray, bytesOf, elements, fromReals, type RawTensor, reinterpreted, toReals } from './raw-values.ts';

/** Bytes of tensors in their own types, by name. */
export type NativeTensors = ReadonlyMap<string, Uint8Array>;

/** A tensor at the face of an artifact, and the value of an ONNX model that it stands for. */
export interface BoundTensor extends RawTensor {
  readonly name: string;
  readonly onnxName: string;
  readonly dtype: DType;
  /** Order in which the artifact has the axes of the ONNX value; null where it is the same. */
  readonly axes: readonly number[] | null;
}

/** Binds a tensor to a value of this element type. `carried`: the model has the artifact's own names and axes already. */
export function bindTensor({ name, onnxName, type, dims, axes, scale, offset }: QnnTensor, dtype: DType, carried: boolean): BoundTensor {
  return { name, onnxName: carried ? name : onnxName, type, dims, scale, offset, dtype, axes: carried ? null : axes };
}

/** What the ONNX model is fed for the bytes of an artifact's inputs. */
export function toFeed(natives: NativeTensors, inputs: readonly BoundTensor[]): NamedArrays {
  return new Map(inputs.map((tensor) => {
    const bytes = natives.get(tensor.name) as Uint8Array;
    const array = isSame(tensor) ? reinterpreted(bytes, tensor.dtype, tensor.dims) : asArray(toReals(bytes, tensor), tensor.dtype, tensor.dims);
    return [tensor.onnxName, tensor.axes ? transposed(array, inverse(tensor.axes)) : array];
  }));
}

/** Bytes of an artifact's outputs for what the ONNX model gave. */
export function fromOutputs(arrays: NamedArrays, outputs: readonly BoundTensor[]): NativeTensors {
  return new Map(outputs.map((tensor) => {
    const array = arrays.get(tensor.onnxName) as NdArray;
    const ordered = tensor.axes ? transposed(array, tensor.axes) : array;
    return [tensor.name, isSame(tensor) ? bytesOf(ordered.data) : fromReals(arrayNumbers(ordered), tensor)];
  }));
}

function isSame({ type, dtype }: BoundTensor): boolean {
  return rawType(type) === dtype || (type === 'bool8' && dtype === 'bool');
}

function inverse(axes: readonly number[]): number[] {
  return axes.map((_, axis) => axes.indexOf(axis));
}

function transposed({ dtype, dims, data }: NdArray, axes: readonly number[]): NdArray {
  const strides = dims.map((_, axis) => elements(dims.slice(axis + 1)));
  const [shape, steps] = [axes.map((axis) => dims[axis] as number), axes.map((axis) => strides[axis] as number)];
  const result = new (data.constructor as Float32ArrayConstructor)(data.length);
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < data.length; to++) {
    result[to] = data[from] as number;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += steps[axis] as number;
      if (++(index[axis] as number) < (shape[axis] as number)) break;
      from -= (steps[axis] as number) * (shape[axis] as number);
      index[axis] = 0;
    }
  }
  return { dtype, dims: shape, data: result as NumericArray };
}

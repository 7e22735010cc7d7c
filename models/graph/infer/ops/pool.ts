import { mulDims, subDims, addDims } from '../../dims/dim.ts';
import type { Dim } from '../../types.ts';
import { type OpCall, type OpRule, type OpTable, tensor } from '../op-call.ts';
import { readWindow, windowedSize } from './conv.ts';

function pooledShape(call: OpCall): Dim[] | null {
  const input = call.shape(0);
  const kernel = call.attributes.ints('kernel_shape');
  if (!input || !kernel) return null;
  const window = readWindow(call, kernel);
  const ceil = call.attributes.int('ceil_mode', 0) !== 0;
  return [input[0] ?? null, input[1] ?? null, ...input.slice(2).map((size, axis) => windowedSize(call, size, window, axis, ceil))];
}

const pool: OpRule = (call) => tensor(call.dtype(0), pooledShape(call));

const maxPool: OpRule = (call) => {
  const shape = pooledShape(call);
  return [tensor(call.dtype(0), shape), tensor('int64', shape)];
};

const globalPool: OpRule = (call) => tensor(call.dtype(0), call.shape(0)?.map((dim, axis) => (axis < 2 ? dim : 1)) ?? null);

/** Inverse of a pooling: (in − 1)·stride + kernel − pads, or the optional third input. */
const maxUnpool: OpRule = (call) => {
  const stated = call.elements(2);
  if (stated) return tensor(call.dtype(0), stated);
  const [input, kernel] = [call.shape(0), call.attributes.ints('kernel_shape')];
  if (!input || !kernel || call.has(2)) return tensor(call.dtype(0), input?.map(() => null) ?? null);
  const { strides, pads } = readWindow(call, kernel);
  return tensor(call.dtype(0), input.map((size, axis) => {
    const i = axis - 2;
    if (i < 0) return size;
    const taken = (pads[i] ?? 0) + (pads[i + kernel.length] ?? 0);
    return addDims(mulDims(subDims(size, 1), strides[i] ?? 1), (kernel[i] ?? 1) - taken);
  }));
};

const maxRoiPool: OpRule = (call) => {
  const pooled = call.attributes.ints('pooled_shape');
  return tensor(call.dtype(0), [call.shape(1)?.[0] ?? null, call.shape(0)?.[1] ?? null, pooled?.[0] ?? null, pooled?.[1] ?? null]);
};

/** Pooling over windows and over everything. */
export const POOL: OpTable = {
  AveragePool: pool,
  LpPool: pool,
  MaxPool: maxPool,
  GlobalAveragePool: globalPool,
  GlobalMaxPool: globalPool,
  GlobalLpPool: globalPool,
  MaxUnpool: maxUnpool,
  MaxRoiPool: maxRoiPool,
};

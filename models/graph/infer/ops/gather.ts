import type { Dim } from '../../types.ts';
import { fromFront, type OpRule, type OpTable, tensor } from '../op-call.ts';

const gather: OpRule = (call) => {
  const [data, indices] = [call.shape(0), call.shape(1)];
  const axis = data && fromFront(call.attributes.int('axis', 0), data.length);
  if (!data || !indices || axis === null) return tensor(call.dtype(0), null);
  return tensor(call.dtype(0), [...data.slice(0, axis), ...indices, ...data.slice(axis + 1)]);
};

/** data[b, i…, rest] by indices [b, …, depth]: batch and outer dimensions of the indices, then what the depth leaves of the data. */
const gatherNd: OpRule = (call) => {
  const [data, indices] = [call.shape(0), call.shape(1)];
  const depth = indices?.at(-1);
  if (!data || !indices || typeof depth !== 'number') return tensor(call.dtype(0), null);
  return tensor(call.dtype(0), [...indices.slice(0, -1), ...data.slice(call.attributes.int('batch_dims', 0) + depth)]);
};

const likeData: OpRule = (call) => tensor(call.dtype(0), call.shape(0));

/** How many elements are kept is in the data; without `axis` the input is flattened. */
const compress: OpRule = (call) => {
  const input = call.shape(0);
  const condition = call.numbers(1);
  const kept: Dim = condition ? condition.filter((flag) => flag !== 0).length : null;
  const stated = call.attributes.int('axis');
  if (stated === undefined) return tensor(call.dtype(0), [kept]);
  const axis = input && fromFront(stated, input.length);
  return tensor(call.dtype(0), input && axis !== null ? input.map((dim, i) => (i === axis ? kept : dim)) : null);
};

const unique: OpRule = (call) => {
  const input = call.shape(0);
  const stated = call.attributes.int('axis');
  const axis = input && stated !== undefined ? fromFront(stated, input.length) : null;
  const values = stated === undefined ? [null] : input && axis !== null ? input.map((dim, i) => (i === axis ? null : dim)) : null;
  const places = tensor('int64', [null]);
  return [tensor(call.dtype(0), values), places, places, places];
};

/** Reading and writing at indices. */
export const GATHER: OpTable = {
  Gather: gather,
  GatherElements: (call) => tensor(call.dtype(0), call.shape(1)),
  GatherND: gatherNd,
  Scatter: likeData,
  ScatterElements: likeData,
  ScatterND: likeData,
  TensorScatter: likeData,
  Compress: compress,
  Unique: unique,
};

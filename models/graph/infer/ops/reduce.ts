import type { Dim } from '../../types.ts';
import { fromFront, type OpCall, type OpRule, type OpTable, tensor, unknownDims } from '../op-call.ts';

const reduce: OpRule = (call) => tensor(call.dtype(0), reducedShape(call));

function reducedShape(call: OpCall): Dim[] | null {
  const input = call.shape(0);
  const keep = call.attributes.int('keepdims', 1) !== 0;
  const axes = call.axes(1);
  if (!input) return null;
  if (axes === 'unknown') return keep ? unknownDims(input.length) : null;
  if (axes === 'absent' || axes.length === 0) {
    if (call.attributes.int('noop_with_empty_axes', 0) !== 0) return [...input];
    return keep ? input.map(() => 1) : [];
  }
  const gone = new Set(axes.map((axis) => fromFront(axis, input.length)));
  return keep ? input.map((dim, axis) => (gone.has(axis) ? 1 : dim)) : input.filter((_, axis) => !gone.has(axis));
}

const argReduce: OpRule = (call) => {
  const input = call.shape(0);
  const axis = input && fromFront(call.attributes.int('axis', 0), input.length);
  if (!input || axis === null) return tensor('int64', null);
  const keep = call.attributes.int('keepdims', 1) !== 0;
  return tensor('int64', keep ? input.map((dim, i) => (i === axis ? 1 : dim)) : input.filter((_, i) => i !== axis));
};

/** Values and int64 indices with k elements along `axis`; k is an attribute before opset 10. */
const topK: OpRule = (call) => {
  const input = call.shape(0);
  const axis = input && fromFront(call.attributes.int('axis', -1), input.length);
  const k = call.attributes.int('k') ?? call.elements(1)?.[0] ?? null;
  const shape = input && axis !== null ? input.map((dim, i) => (i === axis ? k : dim)) : null;
  return [tensor(call.dtype(0), shape), tensor('int64', shape)];
};

/** Scores [N, C, …] against labels [N, …]: per label with reduction `none`, else one number; then log-probabilities. */
const loss: OpRule = (call) => {
  const shape = call.attributes.string('reduction', 'mean') === 'none' ? call.shape(1) : [];
  return [tensor(call.dtype(0), shape), tensor(call.dtype(0), call.shape(0))];
};

const names = ['L1', 'L2', 'LogSum', 'LogSumExp', 'Max', 'Mean', 'Min', 'Prod', 'Sum', 'SumSquare'];

/** Reductions and selections along axes. */
export const REDUCE: OpTable = {
  ...Object.fromEntries(names.map((name) => [`Reduce${name}`, reduce])),
  ArgMax: argReduce,
  ArgMin: argReduce,
  TopK: topK,
  NegativeLogLikelihoodLoss: loss,
  SoftmaxCrossEntropyLoss: loss,
};

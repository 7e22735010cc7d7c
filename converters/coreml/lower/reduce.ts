import type { Node } from '../../../models/graph/index.ts';
import type { LowerContext } from './context.ts';
import { floatInput } from './float-input.ts';
import type { Lowerer } from './lowerer.ts';
import { bool, int, ints, type MilValue, text } from './mil-value.ts';
import { Refused } from './refused.ts';

/** Reductions along axes, and what runs along one axis. */
export const REDUCE: Readonly<Record<string, Lowerer>> = {
  ReduceMean: reduction('reduce_mean'),
  ReduceSum: reduction('reduce_sum'),
  ReduceMax: reduction('reduce_max'),
  ReduceMin: reduction('reduce_min'),
  ReduceProd: reduction('reduce_prod'),
  ReduceL1: reduction('reduce_l1_norm'),
  ReduceL2: reduction('reduce_l2_norm'),
  ReduceSumSquare: reduction('reduce_sum_square'),
  ReduceLogSumExp: reduction('reduce_log_sum_exp'),
  ReduceLogSum: reduceLogSum,
  ArgMax: argReduction('reduce_argmax'),
  ArgMin: argReduction('reduce_argmin'),
  CumSum: cumSum,
};

interface Axes { readonly axes: number[]; readonly keepDims: boolean }

function reduction(op: string): Lowerer {
  return (node, c) => {
    const x = floatInput(c, 0);
    const { axes, keepDims } = reducedAxes(node, c, x);
    if (axes.length === 0) withoutAxes(op, c, x);
    else c.finish(op, { x, axes: ints(axes), keep_dims: bool(keepDims) });
  };
}

/** The logarithm of a sum; MIL's own adds an epsilon that nobody states. */
function reduceLogSum(node: Node, c: LowerContext): void {
  const x = floatInput(c, 0);
  const { axes, keepDims } = reducedAxes(node, c, x);
  const sum = axes.length === 0 ? x : c.emit('reduce_sum', { x, axes: ints(axes), keep_dims: bool(keepDims) }, c.outputType(), 'sum');
  c.finish('log', { x: sum, epsilon: { dtype: 'fp32', value: 0 } });
}

function reducedAxes(node: Node, c: LowerContext, x: MilValue): Axes {
  const { attributes } = node;
  const rank = x.shape.length;
  const given = c.knownNumbers(1, 'axes') ?? attributes.ints('axes') ?? [];
  const keepDims = attributes.int('keepdims', 1) !== 0;
  const none = given.length === 0 && attributes.int('noop_with_empty_axes', 0) === 0;
  const axes = none ? x.shape.map((_, axis) => axis) : given.map((axis) => (axis < 0 ? axis + rank : axis));
  return { axes: [...new Set(axes)].sort((a, b) => a - b), keepDims };
}

/** Over no axis at all, what is left is what each element goes through. */
function withoutAxes(op: string, c: LowerContext, x: MilValue): void {
  if (op === 'reduce_sum_square') c.finish('mul', { x, y: x });
  else if (op === 'reduce_l1_norm' || op === 'reduce_l2_norm') c.finish('abs', { x });
  else c.settle(x);
}

function argReduction(op: string): Lowerer {
  return (node, c) => {
    const x = c.input(0);
    const { attributes } = node;
    if (attributes.int('select_last_index', 0) !== 0) throw new Refused('it selects the last of equal values', 'Core ML returns the first.');
    const given = attributes.int('axis', 0);
    const axis = given < 0 ? given + x.shape.length : given;
    const size = x.shape[axis];
    const more = c.release >= 17 ? { output_dtype: text('int32') } : {};
    c.finish(op, { x, axis: int(axis), keep_dims: bool(attributes.int('keepdims', 1) !== 0), ...more }, 0, [0, typeof size === 'number' ? size - 1 : 2 ** 31 - 1]);
  };
}

function cumSum(node: Node, c: LowerContext): void {
  const x = floatInput(c, 0);
  const given = c.knownNumbers(1, 'axis')?.[0] ?? 0;
  const axis = given < 0 ? given + x.shape.length : given;
  c.finish('cumsum', { x, axis: int(axis), exclusive: bool(node.attributes.int('exclusive', 0) !== 0), reverse: bool(node.attributes.int('reverse', 0) !== 0) });
}

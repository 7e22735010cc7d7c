import type { Family, Translate } from './rule.ts';

/** Reductions (coremltools mil/ops/defs/iOS15/reduction.py): over all axes where none are given. */
export const REDUCTIONS: Family = {
  reduce_l1_norm: over('ReduceL1'),
  reduce_l2_norm: over('ReduceL2'),
  reduce_log_sum: over('ReduceLogSum'),
  reduce_log_sum_exp: over('ReduceLogSumExp'),
  reduce_max: over('ReduceMax'),
  reduce_mean: over('ReduceMean'),
  reduce_min: over('ReduceMin'),
  reduce_prod: over('ReduceProd'),
  reduce_sum: over('ReduceSum'),
  reduce_sum_square: over('ReduceSumSquare'),
};

/** Positions of extremes, as int32. Of several equal ones the first is taken; MIL leaves that open. */
export const POSITIONS: Family = { reduce_argmax: position('ArgMax'), reduce_argmin: position('ArgMin') };

function over(opType: string): Translate {
  return (o, out) => {
    const axes = o.numbers('axes', null);
    return out.node(opType, [o.value('x'), ...(axes ? [out.vector(axes)] : [])], { keepdims: Number(o.flag('keep_dims', false)) });
  };
}

function position(opType: string): Translate {
  return (o, out) => {
    const found = out.node(opType, [o.value('x')], { axis: o.number('axis', -1), keepdims: Number(o.flag('keep_dims', false)) });
    return out.node('Cast', [found], { to: INT32 });
  };
}

const INT32 = 6;

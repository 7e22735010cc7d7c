import type { DType } from '../../../contracts/dtype.ts';
import { dtypeName } from '../../../contracts/dtype.ts';
import { broadcastShapes } from '../broadcast.ts';
import { type OpCall, type OpRule, type OpTable, tensor } from '../op-call.ts';

/** Output like the first input. */
const same: OpRule = (call) => {
  const type = call.type(0);
  return type && tensor(type.dtype, type.shape);
};

const broadcastTo = (pick: (call: OpCall) => DType | null): OpRule => (call) => {
  const shapes = call.node.inputs.filter((value) => value !== null).map((value) => value.type.shape);
  return tensor(pick(call), broadcastShapes(shapes, call));
};

const firstKnown = (call: OpCall): DType | null => {
  for (let i = 0; i < call.inputCount; i++) if (call.dtype(i)) return call.dtype(i);
  return null;
};

const broadcast = broadcastTo(firstKnown);
const compare = broadcastTo(() => 'bool');

/** Old opsets align the second operand at `axis`; the output is the first operand's shape then. */
const arithmetic: OpRule = (call) => (call.opset > 0 && call.opset < 7 ? same(call) : broadcast(call));
const comparison: OpRule = (call) => (call.opset > 0 && call.opset < 7 ? tensor('bool', call.shape(0)) : compare(call));

const cast: OpRule = (call) => tensor(dtypeName(call.attributes.int('to', 0)), call.shape(0));
const toBool: OpRule = (call) => tensor('bool', call.shape(0));

const dropout: OpRule = (call) => {
  const mask: DType | null = call.opset >= 10 ? 'bool' : call.dtype(0);
  return [tensor(call.dtype(0), call.shape(0)), tensor(mask, call.shape(0))];
};

const where: OpRule = (call) => {
  return tensor(call.dtype(1) ?? call.dtype(2), broadcastShapes([call.shape(0), call.shape(1), call.shape(2)], call));
};

const random: OpRule = (call) => tensor(dtypeName(call.attributes.int('dtype', 0)) ?? call.dtype(0), call.shape(0));

const table = (names: string, rule: OpRule): OpTable => Object.fromEntries(names.split(' ').map((name) => [name, rule]));

/** Elementwise operators: unary ones, activations, arithmetic, comparison, logic, casts. */
export const ELEMENTWISE: OpTable = {
  ...table('Abs Acos Acosh Asin Asinh Atan Atanh BitwiseNot Ceil Cos Cosh Erf Exp Floor Identity Log Neg Not', same),
  ...table('Reciprocal Round Sign Sin Sinh Sqrt Tan', same),
  ...table('Celu Clip Elu Gelu HardSigmoid HardSwish Hardmax LeakyRelu LogSoftmax Mish PRelu Relu', same),
  ...table('Selu Shrink Sigmoid Softmax Softplus Softsign Swish Tanh ThresholdedRelu', same),
  ...table('CumProd CumSum LpNormalization LRN MeanVarianceNormalization ReverseSequence Trilu', same),
  ...table('Add Sub Mul Div Pow', arithmetic),
  ...table('Mod BitShift BitwiseAnd BitwiseOr BitwiseXor Max Min Mean Sum', broadcast),
  ...table('Equal Greater Less And Or Xor', comparison),
  ...table('GreaterOrEqual LessOrEqual', compare),
  ...table('IsNaN IsInf', toBool),
  Bernoulli: random,
  RandomNormalLike: random,
  RandomUniformLike: random,
  Cast: cast,
  BitCast: cast,
  CastLike: (call) => tensor(call.dtype(1), call.shape(0)),
  Dropout: dropout,
  Where: where,
};

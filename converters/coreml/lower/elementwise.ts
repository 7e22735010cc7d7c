import { FLOAT_DTYPES } from '../../../models/contracts/index.ts';
import type { Node } from '../../../models/graph/index.ts';
import { broadcastShape } from './broadcast.ts';
import type { LowerContext } from './context.ts';
import { floatInput } from './float-input.ts';
import type { Lowerer } from './lowerer.ts';
import { type Input, type MilValue, number, real } from './mil-value.ts';
import { Refused } from './refused.ts';

/** Arithmetic, element by element with broadcasting. Epsilons that MIL would add unasked are written out as 0. */
export const ELEMENTWISE: Readonly<Record<string, Lowerer>> = {
  Add: arithmetic('add', (a, b) => [a[0] + b[0], a[1] + b[1]]),
  Sub: arithmetic('sub', (a, b) => [a[0] - b[1], a[1] - b[0]]),
  Mul: arithmetic('mul', productRange),
  Div: divide,
  Pow: power,
  Mod: modulo,
  Max: nary('maximum', (a, b) => [Math.max(a[0], b[0]), Math.max(a[1], b[1])]),
  Min: nary('minimum', (a, b) => [Math.min(a[0], b[0]), Math.min(a[1], b[1])]),
  Sum: nary('add', (a, b) => [a[0] + b[0], a[1] + b[1]]),
  Mean: mean,
  Neg: (node, c) => void c.finish('mul', { x: c.input(0), y: number(checkedInput(node, c).dtype, -1) }),
  Abs: (_, c) => void c.finish('abs', { x: c.input(0) }),
  Sign: (_, c) => void c.finish('sign', { x: floatInput(c, 0) }),
  Floor: unary('floor'),
  Ceil: unary('ceil'),
  Round: unary('round'),
  Exp: unary('exp'),
  Sqrt: unary('sqrt'),
  Sin: unary('sin'),
  Cos: unary('cos'),
  Tan: unary('tan'),
  Asin: unary('asin'),
  Acos: unary('acos'),
  Atan: unary('atan'),
  Sinh: unary('sinh'),
  Cosh: unary('cosh'),
  Atanh: unary('atanh'),
  Log: unary('log', { epsilon: real(0) }),
  Reciprocal: unary('inverse', { epsilon: real(0) }),
};

type Range = readonly [number, number];
type RangeRule = (a: Range, b: Range) => Range;

function unary(op: string, more: Readonly<Record<string, Input>> = {}): Lowerer {
  return (_, c) => void c.finish(op, { x: floatInput(c, 0), ...more });
}

function arithmetic(op: string, rule: RangeRule): Lowerer {
  return (node, c) => {
    const [x, y] = [c.input(0), c.input(1)];
    c.finish(op, { x, y }, 0, wholeRange(node, c, x, y, rule));
  };
}

function nary(op: string, rule: RangeRule): Lowerer {
  return (node, c) => {
    const [first, ...rest] = node.inputs.map((_, index) => c.input(index));
    if (!first) throw new Refused('it has no inputs', 'Check the model with onnx.checker.');
    if (rest.length === 0) {
      c.settle(first);
      return;
    }
    rest.reduce<MilValue>((x, y, at) => {
      const range = wholeRange(node, c, x, y, rule);
      if (at === rest.length - 1) return c.finish(op, { x, y }, 0, range);
      return c.emit(op, { x, y }, { dtype: x.dtype, shape: broadcastShape(x.shape, y.shape) }, `${op}_${at}`, range);
    }, first);
  };
}

function mean(node: Node, c: LowerContext): void {
  const [first, ...rest] = node.inputs.map((_, index) => floatInput(c, index));
  const sum = rest.reduce<MilValue>((x, y) => c.emit('add', { x, y }, { dtype: 'fp32', shape: broadcastShape(x.shape, y.shape) }, 'sum'), first as MilValue);
  c.finish('mul', { x: sum, y: real(1 / node.inputs.length) });
}

/** Whole numbers are divided towards zero in ONNX and downwards in MIL: the same where nothing is negative. */
function divide(node: Node, c: LowerContext): void {
  const [x, y] = [c.input(0), c.input(1)];
  const dtype = node.output()?.type.dtype;
  if (dtype && FLOAT_DTYPES.has(dtype)) {
    c.finish('real_div', { x, y });
    return;
  }
  if (!x.range || !y.range || x.range[0] < 0 || y.range[0] <= 0) throw new Refused('it divides whole numbers that may be negative', 'Divide in float32 in the model.');
  c.finish('floor_div', { x, y }, 0, [0, x.range[1]]);
}

/** MIL's remainder has the sign of the divisor, as ONNX's without `fmod`; with it, the sign is that of the dividend. */
function modulo(node: Node, c: LowerContext): void {
  const [x, y] = [c.input(0), c.input(1)];
  const isNegative = (value: MilValue): boolean => !value.range || value.range[0] < 0;
  if (node.attributes.int('fmod', 0) === 0) {
    const range = wholeRange(node, c, x, y, (_, divisors) => [Math.min(0, divisors[0] + 1), Math.max(0, divisors[1] - 1)]);
    c.finish('mod', { x, y }, 0, range);
    return;
  }
  if (x.dtype === 'int32' && (isNegative(x) || isNegative(y))) throw new Refused('it takes remainders of whole numbers that may be negative', 'Set fmod to 0, or compute in float32.');
  if (x.dtype === 'int32') {
    c.finish('mod', { x, y }, 0, x.range);
    return;
  }
  const left = c.emit('mod', { x: c.emit('abs', { x }, x, 'dividend'), y: c.emit('abs', { x: y }, y, 'divisor') }, c.outputType(), 'rest');
  c.finish('mul', { x: left, y: c.emit('sign', { x }, x) });
}

function power(node: Node, c: LowerContext): void {
  const x = floatInput(c, 0);
  const exponent = c.known(node.input(1));
  if (exponent?.size === 1) {
    const value = exponent.numbers()[0] as number;
    if (value === 2 && exponent.dims.length <= x.shape.length) c.finish('mul', { x, y: x });
    else c.finish('pow', { x, y: c.floats([value], exponent.dims, 'exponent') });
  } else c.finish('pow', { x, y: exponent ? c.floats(exponent.numbers(), exponent.dims, 'exponent') : floatInput(c, 1) });
}

function checkedInput(node: Node, c: LowerContext): MilValue {
  const x = c.input(0);
  checkArithmetic(node);
  return x;
}

/** Bytes wrap around, which floats do not. */
function checkArithmetic(node: Node): void {
  const dtype = node.output()?.type.dtype;
  if (dtype && SMALL.has(dtype)) throw new Refused(`it computes in ${dtype}`, 'Cast to float32 before it.');
}

const SMALL: ReadonlySet<string> = new Set(['uint8', 'int8', 'uint16', 'int16', 'uint32', 'uint64']);
const LEAST = -(2 ** 31);
const MOST = 2 ** 31 - 1;

/** Range of a result of whole numbers. Throws Refused where 64 bits may have been needed. */
function wholeRange(node: Node, c: LowerContext, x: MilValue, y: MilValue, rule: RangeRule): Range | null {
  checkArithmetic(node);
  if (x.dtype !== 'int32') return null;
  const range = x.range && y.range ? rule(x.range, y.range) : null;
  if (c.dtypeOf(node.output() as NonNullable<ReturnType<Node['output']>>) !== 'int64') return range;
  if (!range || range[0] < LEAST || range[1] > MOST) {
    throw new Refused('it computes in int64, and its results may need more than 32 bits', 'Cast to int32 or float32 in the model.');
  }
  return range;
}

function productRange(a: Range, b: Range): Range {
  const all = a.flatMap((x) => b.map((y) => x * y));
  return [Math.min(...all), Math.max(...all)];
}

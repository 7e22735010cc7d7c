import type { DType } from '../../contracts/dtype.ts';
import { addDims, ceilDim, divDims, floorDim, maxDims, minDims, mulDims, productOf, subDims } from '../dims/dim.ts';
import { type Dim, staticShape, type ValueType } from '../types.ts';
import { MAX_ELEMENTS } from './elements.ts';
import type { OpCall } from './op-call.ts';
import { shapeRange } from './ops/shapes.ts';
import { sliceRanges } from './ops/slicing.ts';

type Elements = readonly Dim[];

/** Computes elements of the first output; `shape` is its static shape. Null: not known. */
type ElementRule = (call: OpCall, shape: readonly number[]) => Elements | null;

/**
 * Elements of a node's first output where they follow from shapes and small constants, so that Shape → Gather → Mul → Concat → Reshape
 * chains of exporters resolve. Integers, booleans and the float detour of old Resize exports (Cast, Mul, Floor, Cast).
 */
export function elementsOfOutput(call: OpCall, type: ValueType): Elements | null {
  const rule = RULES.get(call.node.opType);
  if (!rule || !call.node.isOnnx || type.dtype === null || !PROPAGATED.has(type.dtype)) return null;
  const shape = staticShape(type);
  const size = shape?.reduce((a, b) => a * b, 1) ?? Infinity;
  if (!shape || size > MAX_ELEMENTS) return null;
  const computed = rule(call, shape);
  if (computed?.length !== size) return null;
  const elements = computed.map((e) => (typeof e === 'number' ? round(e, type.dtype as DType) : e));
  return elements.every((e) => e === null) ? null : elements;
}

const PROPAGATED: ReadonlySet<DType> = new Set(['int64', 'int32', 'bool', 'float32', 'float64']);

/** A result as its element type holds it; null where a number does not survive exactly. */
function round(value: number, dtype: DType): Dim {
  if (dtype === 'float32') return Math.fround(value);
  if (dtype === 'float64') return value;
  return Number.isSafeInteger(value) || Math.abs(value) === 2 ** 63 ? value : null;
}

const same: ElementRule = (call) => call.elements(0);

/** Elementwise on broadcast operands of small rank. */
const broadcast = (compute: (call: OpCall, ...operands: Dim[]) => Dim): ElementRule => (call, shape) => {
  const operands = call.node.inputs.map((value, i) => {
    const own = value && staticShape(value.type);
    const elements = call.elements(i);
    return own && elements ? { elements, strides: stridesOf(own, shape.length) } : null;
  });
  if (!operands.every((operand) => operand !== null)) return null;
  return indicesOf(shape).map((index) => compute(call, ...operands.map((o) => o.elements[offset(index, o.strides)] ?? null)));
};

const integral = (call: OpCall): boolean => call.dtype(0) !== 'float32' && call.dtype(0) !== 'float64';

/** Integer division rounds toward zero. Expressions are taken to be ≥ 0, as sizes are. */
const divide = (call: OpCall, a: Dim, b: Dim): Dim => {
  const exact = divDims(a, b);
  if (!integral(call)) return exact;
  return typeof exact === 'number' ? Math.trunc(exact) : floorDim(exact, call.integral);
};

const fold = (combine: (a: Dim, b: Dim) => Dim): ElementRule => broadcast((_, ...operands) => operands.reduce(combine));

const compare = (test: (a: number, b: number) => boolean): ElementRule => broadcast((_, a = null, b = null) => {
  const difference = subDims(a, b);
  return typeof difference === 'number' ? Number(test(difference, 0)) : null;
});

/** −1 from a symbolic shape is never equal to a size; a symbol and a number stay open. */
const equal: ElementRule = broadcast((_, a = null, b = null) => {
  const difference = subDims(a, b);
  if (typeof difference === 'number') return Number(difference === 0);
  return (typeof a === 'number' && a < 0) || (typeof b === 'number' && b < 0) ? 0 : null;
});

const modulo = (call: OpCall, a: Dim, b: Dim): Dim => {
  if (typeof a === 'number' && typeof b === 'number') {
    if (!Number.isFinite(a) || !Number.isFinite(b)) return null;
    return call.attributes.int('fmod', 0) ? a % b : a - Math.floor(a / b) * b;
  }
  return subDims(a, mulDims(floorDim(divDims(a, b), call.integral), b));
};

const numeric = (compute: (value: number) => number): ElementRule => (call) => {
  return call.elements(0)?.map((e) => (typeof e === 'number' ? compute(e) : null)) ?? null;
};

const cast: ElementRule = (call) => {
  const elements = call.elements(0);
  const to = call.attributes.int('to', 0);
  if (to === 9) return elements?.map((e) => (typeof e === 'number' ? Number(e !== 0) : null)) ?? null;
  if (to !== 6 && to !== 7) return elements;
  return elements?.map((e) => (typeof e === 'number' ? Math.trunc(e) : floorDim(e, call.integral))) ?? null;
};

const gather: ElementRule = (call, shape) => {
  const [data, indices, input] = [call.elements(0), call.numbers(1), staticShape(call.type(0))];
  if (!data || !indices || !input) return null;
  const given = call.attributes.int('axis', 0);
  const axis = given < 0 ? given + input.length : given;
  const inner = input.slice(axis + 1).reduce((a, b) => a * b, 1);
  const size = input[axis] ?? 0;
  const outer = input.slice(0, axis).reduce((a, b) => a * b, 1);
  const out: Dim[] = [];
  for (let o = 0; o < outer; o++) {
    for (const index of indices) {
      const at = index < 0 ? index + size : index;
      for (let i = 0; i < inner; i++) out.push(data[(o * size + at) * inner + i] ?? null);
    }
  }
  return out.length === shape.reduce((a, b) => a * b, 1) ? out : null;
};

const slice: ElementRule = (call, shape) => {
  const [data, input] = [call.elements(0), staticShape(call.type(0))];
  const ranges = input && sliceRanges(call, input);
  if (!data || !input || !ranges) return null;
  const strides = stridesOf(input, input.length);
  return indicesOf(shape).map((index) => {
    const from = index.map((i, axis) => {
      const range = ranges[axis];
      return range ? (range.start as number) + i * range.step : i;
    });
    return data[offset(from, strides)] ?? null;
  });
};

const concat: ElementRule = (call, shape) => {
  const parts = call.node.inputs.map((value, i) => {
    const elements = call.elements(i);
    if (elements) return elements;
    const size = value && staticShape(value.type)?.reduce((a, b) => a * b, 1);
    return typeof size === 'number' && size <= MAX_ELEMENTS ? Array.from<null>({ length: size }).fill(null) : null;
  });
  return shape.length === 1 && parts.every((part) => part !== null) ? parts.flat() : null;
};

const transpose: ElementRule = (call, shape) => {
  const [data, input] = [call.elements(0), staticShape(call.type(0))];
  if (!data || !input) return null;
  const perm = call.attributes.ints('perm') ?? input.map((_, axis) => input.length - 1 - axis);
  const strides = stridesOf(input, input.length);
  return indicesOf(shape).map((index) => data[index.reduce((sum, i, axis) => sum + i * (strides[perm[axis] ?? 0] ?? 0), 0)] ?? null);
};

const constantOfShape: ElementRule = (call, shape) => {
  const value = call.attributes.tensor('value')?.numbers()[0] ?? 0;
  return indicesOf(shape).map(() => value);
};

const range: ElementRule = (call, shape) => {
  const [start = null, , delta = null] = [0, 1, 2].map((i) => call.elements(i)?.[0] ?? null);
  return Array.from({ length: shape[0] ?? 0 }, (_, i) => addDims(start, mulDims(i, delta)));
};

const expand: ElementRule = (call, shape) => {
  const [data, input] = [call.elements(0), staticShape(call.type(0))];
  if (!data || !input) return null;
  const strides = stridesOf(input, shape.length);
  return indicesOf(shape).map((index) => data[offset(index, strides)] ?? null);
};

const reduceAll = (combine: (a: Dim, b: Dim) => Dim): ElementRule => (call, shape) => {
  const data = call.elements(0);
  return data && shape.every((d) => d === 1) && call.shape(0)?.length === 1 && data.length > 0 ? [data.reduce(combine)] : null;
};

const RULES: ReadonlyMap<string, ElementRule> = new Map<string, ElementRule>([
  ['Shape', (call) => shapeRange(call)],
  ['Size', (call) => (call.shape(0) ? [productOf(call.shape(0) ?? [])] : null)],
  ['Constant', (call) => (call.node.constantOutput() ? Array.from(call.node.constantOutput()?.numbers() ?? []) : null)],
  ...['Identity', 'Reshape', 'Squeeze', 'Unsqueeze', 'Flatten'].map((op) => [op, same] as const),
  ['Cast', cast], ['Gather', gather], ['Slice', slice], ['Concat', concat], ['Transpose', transpose],
  ['ConstantOfShape', constantOfShape], ['Range', range], ['Expand', expand],
  ['Add', fold(addDims)], ['Sub', fold(subDims)], ['Mul', fold(mulDims)], ['Max', fold(maxDims)], ['Min', fold(minDims)],
  ['Div', broadcast((call, a = null, b = null) => divide(call, a, b))],
  ['Mod', broadcast((call, a = null, b = null) => modulo(call, a, b))],
  ['Equal', equal], ['Greater', compare((a, b) => a > b)], ['Less', compare((a, b) => a < b)],
  ['GreaterOrEqual', compare((a, b) => a >= b)], ['LessOrEqual', compare((a, b) => a <= b)],
  ['And', broadcast((_, a = null, b = null) => minDims(a, b))], ['Or', broadcast((_, a = null, b = null) => maxDims(a, b))],
  ['Not', (call) => call.elements(0)?.map((e) => (e === null ? null : Number(e === 0))) ?? null],
  ['Where', broadcast((_, test = null, a = null, b = null) => (test === null ? (a === b ? a : null) : test === 0 ? b : a))],
  ['Floor', (call) => call.elements(0)?.map((e) => floorDim(e, call.integral)) ?? null],
  ['Ceil', (call) => call.elements(0)?.map((e) => ceilDim(e, call.integral)) ?? null],
  ['Neg', (call) => call.elements(0)?.map((e) => subDims(0, e)) ?? null],
  ['Abs', numeric(Math.abs)], ['Sqrt', numeric(Math.sqrt)], ['Round', numeric(roundHalfEven)],
  ['ReduceProd', reduceAll(mulDims)], ['ReduceSum', reduceAll(addDims)],
  ['ReduceMax', reduceAll(maxDims)], ['ReduceMin', reduceAll(minDims)],
]);

function roundHalfEven(value: number): number {
  const down = Math.floor(value);
  const rest = value - down;
  return rest > 0.5 || (rest === 0.5 && down % 2 !== 0) ? down + 1 : down;
}

/** Row-major strides of a shape, aligned right to `rank` axes; broadcast axes have stride 0. */
function stridesOf(shape: readonly number[], rank: number): number[] {
  const strides = Array<number>(rank).fill(0);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[rank - shape.length + i] = shape[i] === 1 ? 0 : step;
    step *= shape[i] ?? 1;
  }
  return strides;
}

/** All index tuples of a shape in row-major order. */
function indicesOf(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>((all, size) => all.flatMap((index) => Array.from({ length: size }, (_, i) => [...index, i])), [[]]);
}

function offset(index: readonly number[], strides: readonly number[]): number {
  return index.reduce((sum, i, axis) => sum + i * (strides[axis] ?? 0), 0);
}

import { type AttributeValue, type Dim, float } from '../../models/graph/index.ts';
import type { DType } from '../../models/contracts/index.ts';
import { Tensor } from '../../models/onnx/index.ts';
import type { ModelSpec } from '../support/build-model.ts';
import { moreForms } from './htp-grid-forms.ts';

/** One tiny model of the grid: a name that says what it is, and the model. */
export interface GridModel {
  readonly name: string;
  readonly spec: ModelSpec;
  /** Values of its inputs, where not all are defined. */
  readonly ranges?: ReadonlyMap<string, readonly [number, number]>;
}

type Attributes = Readonly<Record<string, AttributeValue>>;

const SHAPES: Readonly<Record<number, readonly number[]>> = { 1: [16], 2: [4, 16], 3: [2, 4, 16], 4: [1, 4, 8, 8], 5: [1, 2, 4, 4, 4], 6: [1, 2, 2, 4, 2, 4] };

/** Operators × ranks × element types × attributes; each form once. */
export function htpGrid(): GridModel[] {
  const all = [
    ...unary(), ...binary(), ...reductions(), ...softmaxes(), ...movement(), ...transposes(), ...convolutions(), ...pools(), ...resizes(), ...casts(), ...gathers(), ...shuffles(), ...misc(), ...moreForms(),
  ];
  return [...new Map(all.map((model) => [model.name, model])).values()];
}

export function one(opType: string, rank: number, attributes: Attributes = {}, more: { dtype?: DType; out?: DType; shape?: readonly number[]; constants?: Record<string, Tensor>; opset?: number; inputs?: readonly string[] } = {}): GridModel {
  const shape = more.shape ?? (SHAPES[rank] as readonly number[]);
  const dtype = more.dtype ?? 'float32';
  const text = Object.entries(attributes).map(([key, value]) => `${key}=${typeof value === 'object' && value !== null && 'float' in value ? value.float : String(value)}`).join(' ');
  const dims: readonly Dim[] | null = null;
  return {
    name: `${opType} ${dtype} rank ${shape.length}${more.opset ? ` opset ${more.opset}` : ''}${text ? ` ${text}` : ''}${more.constants ? ` ${Object.entries(more.constants).map(([k, t]) => `${k}[${t.dims}]${t.size <= 8 ? `=${t.numbers().join()}` : ''}`).join(' ')}` : ''}`,
    spec: {
      opset: more.opset ?? 17, inputs: { x: [dtype, shape] }, outputs: { y: [more.out ?? dtype, dims] }, initializers: more.constants ?? {},
      nodes: [[opType, more.inputs ?? ['x', ...Object.keys(more.constants ?? {})], ['y'], attributes, { name: 'n' }]],
    },
  };
}

export const scalar = (value: number, dtype: DType = 'float32'): Tensor => Tensor.of(dtype, [], dtype === 'int64' ? [BigInt(value)] : [value]);
export const int64 = (...values: number[]): Tensor => Tensor.of('int64', [values.length], values.map(BigInt));
export const floats = (dims: readonly number[]): Tensor => Tensor.of('float32', dims, Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * 7 + 1) / 4));

function unary(): GridModel[] {
  const names = ['Relu', 'Sigmoid', 'Tanh', 'Abs', 'Neg', 'Exp', 'Floor', 'Ceil', 'Round', 'Erf', 'Sin', 'Cos', 'Elu', 'LeakyRelu', 'HardSigmoid', 'HardSwish', 'Softplus', 'Sign', 'Identity', 'Mish', 'Selu', 'Softsign', 'Atan', 'Sinh', 'ThresholdedRelu', 'Reciprocal'];
  const grid = names.flatMap((name) => [2, 4, 5].map((rank) => one(name, rank, {}, { opset: 18 })));
  return [...grid, ...['Sqrt', 'Log', 'Gelu'].flatMap((name) => [2, 4].map((rank) => one(name, rank, {}, { opset: 20 }))), ...['Relu', 'Sigmoid', 'Abs', 'Neg'].flatMap((name) => [1, 3, 6].map((rank) => one(name, rank))), one('Not', 4, {}, { dtype: 'bool' }), ...(['int32', 'float16'] as DType[]).flatMap((dtype) => ['Abs', 'Neg', 'Sign'].map((name) => one(name, 4, {}, { dtype })))];
}

function binary(): GridModel[] {
  const float4 = ['Add', 'Sub', 'Mul', 'Div', 'Min', 'Max', 'Pow', 'Mod', 'Greater', 'Less', 'Equal'].flatMap((name) => [2, 4, 5].map((rank) => one(name, rank, name === 'Mod' ? { fmod: 1 } : {}, { constants: { c: scalar(2) }, out: ['Greater', 'Less', 'Equal'].includes(name) ? 'bool' : 'float32' })));
  const ints = ['Add', 'Mul', 'Sub', 'Div', 'Mod'].map((name) => one(name, 4, {}, { dtype: 'int32', constants: { c: scalar(3, 'int32') } }));
  return [...float4, ...ints, one('Add', 6, {}, { constants: { c: scalar(2) } }), one('And', 4, {}, { dtype: 'bool', inputs: ['x', 'x'] }), one('PRelu', 4, {}, { constants: { s: floats([4, 1, 1]) } }), one('Mul', 4, {}, { dtype: 'float64', constants: { c: scalar(2, 'float64') } })];
}

function reductions(): GridModel[] {
  return ['ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceProd', 'ReduceL2', 'ReduceL1', 'ReduceLogSumExp', 'ReduceSumSquare', 'ReduceLogSum'].flatMap((name) => [[-1], [1], [2, 3], [1, 2, 3]].flatMap((axes) => [0, 1].map((keepdims) => one(name, 4, { axes, keepdims })))).concat(
    ['ArgMax', 'ArgMin'].flatMap((name) => [1, 3].flatMap((axis) => [0, 1].map((keepdims) => one(name, 4, { axis, keepdims }, { out: 'int64' })))), [1, 3].map((axis) => one('CumSum', 4, {}, { constants: { a: scalar(axis, 'int64') } })),
  );
}

function softmaxes(): GridModel[] {
  return ['Softmax', 'LogSoftmax', 'Hardmax'].flatMap((name) => [[2, -1], [3, -1], [4, 1], [4, -1], [5, -1]].map(([rank, axis]) => one(name, rank as number, { axis: axis as number }))).concat(
    [one('LpNormalization', 4, { axis: 1, p: 2 }), one('LRN', 4, { size: 3 }), one('MeanVarianceNormalization', 4)],
  );
}

function movement(): GridModel[] {
  const reshape = [[-1], [16, -1], [1, 2, 2, 64], [1, 2, 2, 8, 8], [1, 2, 2, 2, 4, 8], [1, 2, 2, 2, 4, 2, 4]].map((to) => one('Reshape', 4, {}, { constants: { s: int64(...to) } }));
  const slices = [1, 2, 3].flatMap((axis) => [1, 2].map((step) => one('Slice', 4, {}, { constants: { a: int64(1), b: int64(4), c: int64(axis), d: int64(step) } })));
  const pads = ['constant', 'reflect', 'edge'].flatMap((mode) => [[0, 0, 1, 1, 0, 0, 1, 1], [0, 1, 0, 0, 0, 0, 0, 0]].map((by) => one('Pad', 4, { mode }, { constants: { p: int64(...by) } })));
  return [
    ...reshape, ...slices, ...pads, one('Slice', 4, {}, { constants: { a: int64(-1), b: int64(-99), c: int64(3), d: int64(-1) } }), ...[1, 2, 3].map((axis) => one('Concat', 4, { axis }, { inputs: ['x', 'x'] })), one('Concat', 5, { axis: 1 }, { inputs: ['x', 'x'] }), one('Concat', 6, { axis: 1 }, { inputs: ['x', 'x'] }),
    one('Flatten', 4, { axis: 1 }), one('Squeeze', 4, {}, { constants: { a: int64(0) } }), one('Unsqueeze', 4, {}, { constants: { a: int64(0) } }), one('Unsqueeze', 5, {}, { constants: { a: int64(0) } }), one('Expand', 4, {}, { constants: { s: int64(2, 4, 8, 8) } }), one('Tile', 4, {}, { constants: { r: int64(1, 2, 1, 2) } }),
  ];
}

function transposes(): GridModel[] {
  const perms: readonly (readonly number[])[] = [[1, 0], [0, 2, 1], [0, 2, 3, 1], [0, 3, 1, 2], [1, 0, 3, 2], [3, 2, 1, 0], [0, 2, 1, 3, 4], [4, 3, 2, 1, 0], [0, 1, 4, 2, 5, 3], [0, 1, 3, 5, 2, 4]];
  return perms.flatMap((perm) => (['float32', 'uint8', 'int32'] as DType[]).map((dtype) => one('Transpose', perm.length, { perm: [...perm] }, { dtype })));
}

function convolutions(): GridModel[] {
  const base = [{}, { strides: [2, 2] }, { dilations: [2, 2] }, { pads: [1, 1, 1, 1] }, { pads: [0, 1, 2, 1] }, { auto_pad: 'SAME_UPPER' }, { auto_pad: 'SAME_LOWER' }, { auto_pad: 'VALID' }];
  return [
    ...base.map((attributes) => one('Conv', 4, attributes, { constants: { w: floats([8, 4, 3, 3]) } })), ...[2, 4].map((group) => one('Conv', 4, { group, pads: [1, 1, 1, 1] }, { constants: { w: floats([8, 4 / group, 3, 3]) } })),
    one('Conv', 3, {}, { constants: { w: floats([8, 4, 3]) } }), one('Conv', 5, {}, { constants: { w: floats([4, 2, 2, 2, 2]) } }), ...[{}, { strides: [2, 2] }, { pads: [1, 1, 1, 1], output_padding: [1, 1], strides: [2, 2] }].map((attributes) => one('ConvTranspose', 4, attributes, { constants: { w: floats([4, 8, 3, 3]) } })),
    one('ConvTranspose', 4, { group: 2 }, { constants: { w: floats([4, 2, 3, 3]) } }), one('MatMul', 2, {}, { constants: { w: floats([16, 8]) } }), one('MatMul', 4, {}, { constants: { w: floats([8, 8]) } }), one('Gemm', 2, {}, { constants: { w: floats([16, 8]), b: floats([8]) } }), one('Gemm', 2, { alpha: float(0.5), beta: float(2) }, { constants: { w: floats([16, 8]), b: floats([8]) } }), one('Gemm', 2, { transA: 1 }, { constants: { w: floats([4, 8]) } }), one('Einsum', 2, { equation: 'ij,jk->ik' }, { constants: { w: floats([16, 8]) } }), one('Einsum', 4, { equation: 'abcd->adcb' }),
  ];
}

function pools(): GridModel[] {
  const forms: Attributes[] = [{ kernel_shape: [2, 2] }, { kernel_shape: [2, 2], strides: [2, 2] }, { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }, { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }];
  return ['MaxPool', 'AveragePool'].flatMap((name) => forms.map((attributes) => one(name, 4, attributes))).concat([
    one('AveragePool', 4, { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 }), one('GlobalAveragePool', 4), one('GlobalMaxPool', 4), one('LpPool', 4, { kernel_shape: [2, 2] }), one('MaxPool', 5, { kernel_shape: [2, 2, 2] }), one('AveragePool', 5, { kernel_shape: [2, 2, 2] }), one('MaxPool', 3, { kernel_shape: [2] }), one('MaxPool', 4, { kernel_shape: [2, 2], dilations: [2, 2] }),
  ]);
}

function resizes(): GridModel[] {
  return ['nearest', 'linear', 'cubic'].flatMap((mode) => ['asymmetric', 'half_pixel', 'align_corners', 'pytorch_half_pixel'].flatMap((coordinate_transformation_mode) => [2, 0.5].flatMap((scale) => (mode === 'nearest' ? ['floor', 'ceil', 'round_prefer_floor'] : ['floor']).map((nearest_mode) =>
    one('Resize', 4, { mode, coordinate_transformation_mode, nearest_mode }, { constants: { s: Tensor.of('float32', [4], [1, 1, scale, scale]) }, inputs: ['x', '', 's'] })))));
}

function casts(): GridModel[] {
  const types: [DType, number][] = [['float32', 1], ['uint8', 2], ['int8', 3], ['int32', 6], ['int64', 7], ['bool', 9], ['float16', 10], ['float64', 11]];
  return types.flatMap(([from]) => types.filter(([to]) => to !== from).map(([out, to]) => ({ ...one('Cast', 4, { to }, { dtype: from, out }), ...(out === 'uint8' ? { ranges: new Map([['x', [0, 255] as const]]) } : {}) })));
}

function gathers(): GridModel[] {
  return [[0, 2], [-1, 1]].flatMap((indices) => [1, 3].map((axis) => one('Gather', 4, { axis }, { constants: { i: int64(...indices) } }))).concat([0, -1].map((index) => one('GatherElements', 2, { axis: 1 }, { constants: { i: Tensor.of('int64', [4, 1], [index, 1, 0, 1].map(BigInt)) } })), [
    one('Gather', 4, { axis: 1 }, { constants: { i: scalar(1, 'int64') } }), one('GatherND', 2, {}, { constants: { i: Tensor.of('int64', [2, 1], [0n, 1n]) } }), one('ScatterND', 2, {}, { constants: { i: Tensor.of('int64', [1, 1], [1n]), u: floats([1, 16]) } }), one('OneHot', 1, {}, { dtype: 'int64', out: 'float32', constants: { d: scalar(4, 'int64'), v: Tensor.of('float32', [2], [0, 1]) } }), one('NonZero', 2, {}, { out: 'int64' }), one('Trilu', 2),
  ]);
}

function shuffles(): GridModel[] {
  return ['DCR', 'CRD'].flatMap((mode) => (['float32', 'float16'] as DType[]).map((dtype) => one('DepthToSpace', 4, { blocksize: 2, mode }, { dtype }))).concat([one('SpaceToDepth', 4, { blocksize: 2 })]);
}

function misc(): GridModel[] {
  return [
    one('Clip', 4, { min: float(0), max: float(0.5) }, { opset: 10 }), one('Clip', 4, {}, { constants: { lo: scalar(0), hi: scalar(0.5) } }), one('BatchNormalization', 4, {}, { constants: { s: floats([4]), b: floats([4]), m: floats([4]), v: Tensor.of('float32', [4], [1, 2, 3, 4]) } }), one('InstanceNormalization', 4, {}, { constants: { s: floats([4]), b: floats([4]) } }), one('LayerNormalization', 4, { axis: -1 }, { constants: { s: floats([8]), b: floats([8]) } }), one('LayerNormalization', 4, { axis: 1 }, { constants: { s: floats([4, 8, 8]) } }), one('Where', 4, {}, { dtype: 'bool', out: 'float32', constants: { a: scalar(1), b: scalar(2) } }),
    one('QuantizeLinear', 4, {}, { out: 'uint8', constants: { s: scalar(0.01), z: scalar(0, 'uint8') } }), one('DequantizeLinear', 4, {}, { dtype: 'uint8', out: 'float32', constants: { s: scalar(0.01), z: scalar(0, 'uint8') } }), one('IsNaN', 4, {}, { out: 'bool' }), one('Dropout', 4), one('Shape', 4, {}, { out: 'int64' }),
  ];
}


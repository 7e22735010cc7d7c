import { expect, test } from 'vitest';
import { checkModel, RULES, resolveTarget } from '../../../converters/rules/index.ts';
import type { Precision } from '../../../converters/rewrites/rewrite.ts';
import { float, inferShapes, Model } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { buildGraph, buildModel, type ModelSpec, type NodeSpec, type ValueSpec } from '../../support/build-model.ts';

/** For every rule a model on which it must speak, and its nearest neighbour on which it must be silent. */
interface Case {
  readonly fires: ModelSpec;
  readonly silent: ModelSpec;
  readonly target?: string;
  readonly silentTarget?: string;
  readonly precision?: Precision;
  readonly silentPrecision?: Precision;
  readonly magnitudes?: Record<string, number>;
  /** The graph stands for a Core ML program. */
  readonly program?: boolean;
}

const X: ValueSpec = ['float32', [1, 8, 16, 16]];
const zeros = (...dims: number[]): Tensor => Tensor.of('float32', dims, new Float64Array(dims.reduce((a, b) => a * b, 1)));
const int64 = (...values: number[]): Tensor => Tensor.of('int64', [values.length], values);
const scalar = (value: number): Tensor => Tensor.of('float32', [], [value]);
const untyped: ValueSpec = ['float32', null];

/** One node on `x`, further inputs as initializers. */
function one(opType: string, attributes: NonNullable<NodeSpec[3]> = {}, rest: Record<string, Tensor> = {}, more: Partial<ModelSpec> & { x?: ValueSpec; y?: ValueSpec; domain?: string } = {}): ModelSpec {
  const { x = X, y = untyped, domain, ...model } = more;
  return { inputs: { x }, outputs: { y }, initializers: rest, nodes: [[opType, ['x', ...Object.keys(rest)], ['y'], attributes, { name: 'n', ...(domain ? { domain } : {}) }]], ...model };
}

const conv = (out: number, kernel: readonly [number, number], attributes: NonNullable<NodeSpec[3]> = {}, group = 1): ModelSpec =>
  one('Conv', { group, ...attributes }, { w: zeros(out, 8 / group, ...kernel) });
const relu = one('Relu');
const wideFace = (shape: number[]): ModelSpec => one('Relu', {}, {}, { x: ['float32', shape], y: ['float32', shape] });
const six = (perm: number[], dims: number[]): ModelSpec => ({
  inputs: { x: ['float32', [1, 8, 16, 16]] }, outputs: { y: untyped }, initializers: { s: int64(...dims), t: int64(1, -1, 8, 8) },
  nodes: [['Reshape', ['x', 's'], ['a']], ['Transpose', ['a'], ['b'], { perm }], ['Reshape', ['b', 't'], ['y']]],
});
const quantized = (shuffleInside: boolean): ModelSpec => ({
  inputs: { x: ['float32', [1, 8, 4, 4]] }, outputs: { y: untyped }, initializers: { s: scalar(0.1), z: Tensor.of('uint8', [], [0]) },
  nodes: [
    ['QuantizeLinear', ['x', 's', 'z'], ['q']], ['DequantizeLinear', ['q', 's', 'z'], ['d']], ['DepthToSpace', ['d'], [shuffleInside ? 'p' : 'y'], { blocksize: 2 }],
    ...(shuffleInside ? ([['QuantizeLinear', ['p', 's', 'z'], ['r']], ['DequantizeLinear', ['r', 's', 'z'], ['y']]] as const) : []),
  ],
});
const gelu = (one_: number): ModelSpec => ({
  inputs: { x: X }, outputs: { y: untyped }, initializers: { c: scalar(Math.SQRT2), o: scalar(one_), h: scalar(0.5) },
  nodes: [['Div', ['x', 'c'], ['a']], ['Erf', ['a'], ['b']], ['Add', ['b', 'o'], ['d']], ['Mul', ['x', 'd'], ['e']], ['Mul', ['e', 'h'], ['y']]],
});
const norm = (last: string): ModelSpec => ({
  inputs: { x: ['float32', [1, 4, 8]] }, outputs: { y: untyped }, initializers: { two: scalar(2), eps: scalar(1e-5) },
  nodes: [
    ['ReduceMean', ['x'], ['m'], { axes: [-1] }], ['Sub', ['x', 'm'], ['c']], ['Pow', ['c', 'two'], ['p']], ['ReduceMean', ['p'], ['v'], { axes: [-1] }],
    ['Add', ['v', 'eps'], ['e']], ['Sqrt', ['e'], ['s']], [last, ['c', 's'], ['y']],
  ],
});
const qdqMatMul = (dtype: 'uint16' | 'uint8'): ModelSpec => ({
  inputs: { x: ['float32', [4, 4]] }, outputs: { y: untyped }, opset: 21, initializers: { s: scalar(0.1), z: Tensor.of(dtype, [], [0]) },
  nodes: [['QuantizeLinear', ['x', 's', 'z'], ['q']], ['DequantizeLinear', ['q', 's', 'z'], ['d']], ['MatMul', ['d', 'd'], ['y']]],
});
const floatConvAmongQuantized = (through: boolean): ModelSpec => ({
  inputs: { x: X }, outputs: { y: untyped }, initializers: { w: zeros(8, 8, 1, 1), s: scalar(0.1), z: Tensor.of('uint8', [], [0]) },
  nodes: [['QuantizeLinear', ['x', 's', 'z'], ['q']], ['DequantizeLinear', ['q', 's', 'z'], ['d']], ['Conv', [through ? 'd' : 'x', 'w'], ['c']], ['Add', ['c', 'd'], ['y']]],
});
const manyInputs = (n: number): ModelSpec => ({ inputs: { x: X }, outputs: { y: untyped }, nodes: [['Concat', Array.from({ length: n }, () => 'x'), ['y'], { axis: 1 }]] });
const padded = (pads: number[], mode = 'constant'): ModelSpec => one('Pad', { mode }, { p: int64(...pads) });
const resize = (scale: number, attributes: Record<string, string>): ModelSpec => ({
  inputs: { x: X }, outputs: { y: untyped }, initializers: { s: Tensor.of('float32', [4], [1, 1, scale, scale]) }, nodes: [['Resize', ['x', '', 's'], ['y'], attributes]],
});
const FLOOR = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' };
const branch = buildGraph({ inputs: {}, outputs: { o: untyped }, nodes: [['Relu', ['x'], ['o']]] });
const choice: ModelSpec = { inputs: { x: X, c: ['bool', []] }, outputs: { y: untyped }, nodes: [['If', ['c'], ['y'], { then_branch: { graph: branch }, else_branch: { graph: branch } }]] };
const casts = (through: 'double' | 'half'): ModelSpec => {
  const code = through === 'double' ? 11 : 10;
  return { inputs: { x: X }, outputs: { y: untyped }, nodes: [['Cast', ['x'], ['a'], { to: code }], ['Relu', ['a'], ['b']], ['Cast', ['b'], ['y'], { to: 1 }]] };
};
const weightFromInput = (constant: boolean): ModelSpec => ({
  inputs: { x: X, ...(constant ? {} : { w: ['float32', [8, 8, 1, 1]] as ValueSpec }) }, outputs: { y: untyped }, initializers: constant ? { w: zeros(8, 8, 1, 1) } : {}, nodes: [['Conv', ['x', 'w'], ['y']]],
});
const u8Transpose = (dtype: 'uint8' | 'float32'): ModelSpec => ({ inputs: { x: [dtype, [1, 4, 4, 3]] }, outputs: { y: [dtype, null] }, nodes: [['Transpose', ['x'], ['y'], { perm: [0, 3, 1, 2] }]] });
const masked = (value: number): ModelSpec => one('Add', {}, { m: scalar(value) });
const listed = (name: string): ModelSpec => ({ inputs: { x: X }, outputs: { y: X }, valueInfo: { [name]: X }, nodes: [['Relu', ['x'], ['a']], ['Relu', ['a'], ['y']]] });
const pool = (op: string, attributes: NonNullable<NodeSpec[3]>): ModelSpec => one(op, attributes);
const elements = (index: number): ModelSpec => one('GatherElements', { axis: 3 }, { i: Tensor.of('int64', [1, 8, 16, 1], Array.from({ length: 128 }, () => index)) });
const ten = (op: string, dims: number[], attributes: NonNullable<NodeSpec[3]> = {}): ModelSpec => one(op, attributes, {}, { x: ['float32', dims] });

const CASES: Record<string, Case> = {
  'ane/rank-over-5': { fires: six([0, 1, 3, 5, 2, 4], [1, 8, 8, 2, 8, 2]), silent: six([0, 2, 1, 3], [1, 32, 8, 8]) },
  'ane/rank-over-5-input': { fires: wideFace([1, 2, 3, 4, 5, 6]), silent: wideFace([1, 2, 3, 4, 5]) },
  'ane/rank-5-compute': { fires: one('MatMul', {}, { w: zeros(6, 6) }, { x: ['float32', [1, 2, 3, 4, 6]] }), silent: one('MatMul', {}, { w: zeros(6, 6) }, { x: ['float32', [2, 3, 4, 6]] }) },
  'ane/extent': { fires: wideFace([1, 3, 16, 16385]), silent: wideFace([1, 3, 16, 16384]), target: 'ane:A16' },
  'ane/channels': { fires: wideFace([1, 65537, 1, 2]), silent: wideFace([1, 65536, 1, 2]) },
  'ane/wide-linear': { fires: one('MatMul', {}, { w: zeros(2, 16385) }, { x: ['float32', [1, 2]] }), silent: one('MatMul', {}, { w: zeros(2, 16384) }, { x: ['float32', [1, 2]] }) },
  'ane/dynamic-shape': { fires: one('Relu', {}, {}, { x: ['float32', [1, 3, 'H', 'W']] }), silent: relu },
  'ane/io-alignment': { fires: wideFace([1, 64, 1]), silent: wideFace([1, 1, 64]) },
  'ane/fp32': { fires: relu, silent: relu, precision: 'fp32', silentPrecision: 'fp16' },
  'ane/fp32-island': { fires: relu, silent: one('Relu', {}, {}, { x: ['float16', [1, 8, 16, 16]] }), program: true },
  'ane/float64': { fires: casts('double'), silent: casts('half') },
  'ane/integer-compute': { fires: one('Add', {}, { k: Tensor.of('int32', [], [1]) }, { x: ['int32', [4]], y: ['int32', [4]] }), silent: one('Add', {}, { k: scalar(1) }) },
  'ane/integer-face': { fires: one('Cast', { to: 1 }, {}, { x: ['uint8', [1, 3, 8, 8]] }), silent: one('Cast', { to: 1 }, {}, { x: ['float16', [1, 3, 8, 8]] }) },
  'ane/bfloat16-face': { fires: one('Cast', { to: 1 }, {}, { x: ['bfloat16', [4]] }), silent: one('Cast', { to: 1 }, {}, { x: ['float16', [4]] }) },
  'ane/half-overflow-constant': { fires: masked(Number.NEGATIVE_INFINITY), silent: masked(-40000) },
  'ane/half-overflow-activation': { fires: relu, silent: { ...relu, outputs: { y: X } }, magnitudes: { y: 70000 }, silentTarget: 'htp' },
  'ane/blockwise-quantization': {
    fires: { inputs: {}, outputs: { y: untyped }, opset: 21, initializers: { q: Tensor.of('int8', [2, 4], new Array(8).fill(1)), s: zeros(2, 2) }, nodes: [['DequantizeLinear', ['q', 's'], ['y'], { block_size: 2, axis: 1 }]] },
    silent: { inputs: {}, outputs: { y: untyped }, opset: 21, initializers: { q: Tensor.of('int8', [2, 4], new Array(8).fill(1)), s: zeros(2) }, nodes: [['DequantizeLinear', ['q', 's'], ['y'], { axis: 0 }]] },
  },
  'ane/w8a8-generation': { fires: quantized(true), silent: quantized(true), target: 'ane:A16', silentTarget: 'ane:"A17 Pro"' },
  'ane/linear-as-conv': { fires: one('Gemm', {}, { w: zeros(4, 4) }, { x: ['float32', [1, 4]] }), silent: conv(8, [1, 1]) },
  'ane/kernel-width': { fires: conv(8, [3, 14]), silent: conv(8, [14, 3]), target: 'ane:A15' },
  'ane/kernel-width-h17': { fires: conv(8, [3, 16]), silent: conv(8, [3, 15]), target: 'ane:A18' },
  'ane/stride': { fires: conv(8, [3, 3], { strides: [5, 5] }), silent: conv(8, [3, 3], { strides: [2, 2] }) },
  'ane/dilation': { fires: conv(8, [3, 3], { dilations: [2, 2] }), silent: conv(8, [3, 3], { dilations: [1, 1] }) },
  'ane/groups': {
    fires: one('Conv', { group: 3 }, { w: zeros(6, 2, 1, 1) }, { x: ['float32', [1, 6, 4, 4]] }), silent: one('Conv', { group: 6 }, { w: zeros(6, 1, 1, 1) }, { x: ['float32', [1, 6, 4, 4]] }),
  },
  'ane/dynamic-weight': { fires: weightFromInput(false), silent: weightFromInput(true) },
  'ane/conv-transpose-output': { fires: one('ConvTranspose', { output_padding: [1, 1], strides: [2, 2] }, { w: zeros(8, 4, 3, 3) }), silent: one('ConvTranspose', { pads: [1, 1, 1, 1] }, { w: zeros(8, 4, 3, 3) }) },
  'ane/odd-channels': { fires: conv(28, [1, 1]), silent: conv(32, [1, 1]) },
  'ane/pool': { fires: pool('MaxPool', { kernel_shape: [3, 3], strides: [3, 3] }), silent: pool('MaxPool', { kernel_shape: [2, 2], strides: [2, 2] }) },
  'ane/no-path': { fires: one('CumSum', {}, { a: Tensor.of('int64', [], [1]) }), silent: relu },
  'ane/unknown-operator': { fires: one('Frobnicate'), silent: relu },
  'htp/unknown-operator': { fires: one('Frobnicate'), silent: relu },
  'ane/foreign-domain': { fires: one('FusedGelu', {}, {}, { domain: 'com.microsoft', domains: { 'com.microsoft': 1 } }), silent: relu },
  'ane/sin-cos': { fires: one('Sin'), silent: one('Sin'), target: 'ane:A15', silentTarget: 'ane:A16' },
  'ane/topk': { fires: one('TopK', {}, { k: int64(2) }), silent: one('TopK', {}, { k: int64(2) }), target: 'ane:A14', silentTarget: 'ane:A15' },
  'ane/resample': { fires: one('GridSample', {}, { g: zeros(1, 4, 4, 2) }), silent: one('GridSample', {}, { g: zeros(1, 4, 4, 2) }), target: 'ane:A14', silentTarget: 'ane:A15' },
  'ane/arg-extent': { fires: ten('ArgMax', [1, 2049], { axis: 1 }), silent: ten('ArgMax', [1, 2048], { axis: 1 }) },
  'ane/expand': { fires: one('Expand', {}, { s: int64(2, 8, 16, 16) }), silent: relu },
  'ane/pad-axis': { fires: padded([0, 1, 0, 0, 0, 0, 0, 0]), silent: padded([0, 0, 1, 1, 0, 0, 1, 1]) },
  'ane/pad-mode': { fires: padded([0, 0, 1, 1, 0, 0, 1, 1], 'reflect'), silent: padded([0, 0, 1, 1, 0, 0, 1, 1]), target: 'ane:A14' },
  'ane/resize': { fires: resize(1.5, FLOOR), silent: resize(2, FLOOR) },
  'ane/shuffle-factor': { fires: ten('DepthToSpace', [1, 25, 4, 4], { blocksize: 5 }), silent: ten('DepthToSpace', [1, 16, 4, 4], { blocksize: 4 }) },
  'ane/transpose-width': { fires: one('Transpose', { perm: [0, 2, 3, 1] }), silent: one('Transpose', { perm: [0, 2, 1, 3] }) },
  'ane/gather-generation': { fires: one('Gather', { axis: 1 }, { i: int64(1) }), silent: one('Gather', { axis: 1 }, { i: int64(1) }), target: 'ane:A14', silentTarget: 'ane:A15' },
  'ane/gather-rank-5': {
    fires: one('Gather', { axis: 0 }, { i: Tensor.of('int64', [], [0]) }, { x: ['float32', [3, 1, 2, 4, 4]] }), silent: one('Gather', { axis: 0 }, { i: int64(0) }, { x: ['float32', [3, 1, 2, 4, 4]] }),
  },
  'ane/slice-saturation': { fires: one('Slice', {}, { s: int64(1), e: int64(9), a: int64(-1) }), silent: one('Slice', {}, { s: int64(1), e: int64(9), a: int64(2) }), magnitudes: { x: 5000 }, target: 'ane:A15' },
  'ane/wide-concat': { fires: manyInputs(12), silent: manyInputs(11) },
  'ane/decomposed-norm': { fires: norm('Div'), silent: norm('Mul') },
  'ane/decomposed-gelu': { fires: gelu(1), silent: gelu(2) },
  'ane/softmax-axis': { fires: ten('Softmax', [1, 8, 65, 65], { axis: -1 }), silent: ten('Softmax', [1, 65, 8, 65], { axis: 1 }) },
  'htp/dynamic-shape': { fires: one('Relu', {}, {}, { x: ['float32', [1, 3, 'H', 'W']] }), silent: relu },
  'htp/rank-over-5': { fires: six([0, 1, 3, 5, 2, 4], [1, 8, 8, 2, 8, 2]), silent: six([0, 1, 4, 2, 5, 3], [1, 2, 2, 2, 16, 16]) },
  'htp/rank-5': { fires: one('Transpose', { perm: [0, 2, 1, 3, 4] }, {}, { x: ['float32', [1, 2, 3, 4, 4]] }), silent: one('Transpose', { perm: [0, 2, 1, 3] }) },
  'htp/float-face': { fires: relu, silent: relu, precision: 'w8a8', silentPrecision: 'fp16' },
  'htp/shallow-channels': { fires: conv(28, [1, 1]), silent: conv(32, [1, 1]) },
  'htp/flat-image': { fires: one('Conv', {}, { w: zeros(32, 8, 1, 1) }, { x: ['float32', [1, 8, 1, 1500]] }), silent: one('Conv', {}, { w: zeros(32, 8, 1, 1) }, { x: ['float32', [1, 8, 30, 50]] }) },
  'htp/output-in-value-info': { fires: listed('y'), silent: listed('a') },
  'htp/clip-attributes': { fires: one('Clip', { min: float(0), max: float(1) }, {}, { opset: 10 }), silent: one('Clip', {}, { lo: scalar(0), hi: scalar(1) }) },
  'htp/cast-uint8': { fires: one('Cast', { to: 1 }, {}, { x: ['uint8', [1, 3, 8, 8]] }), silent: one('Cast', { to: 10 }, {}, { x: ['uint8', [1, 3, 8, 8]] }) },
  'htp/resize-grid': { fires: resize(2, { mode: 'nearest', coordinate_transformation_mode: 'half_pixel', nearest_mode: 'floor' }), silent: resize(2, { mode: 'nearest', coordinate_transformation_mode: 'half_pixel', nearest_mode: 'round_prefer_ceil' }) },
  'htp/resize-form': { fires: resize(2, { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'ceil' }), silent: resize(2, FLOOR) },
  'htp/hard-swish': { fires: hardSwish('x', 'h'), silent: hardSwish('h', 'x') },
  'htp/grid-sample-nearest': { fires: sampled('nearest'), silent: sampled('linear') },
  'htp/grid-sample-cubic': { fires: sampled('cubic'), silent: sampled('linear') },
  'htp/top-k-ties': { fires: topK('int32'), silent: topK('float32') },
  'htp/non-max-suppression': { fires: { inputs: { x: ['float32', [1, 6, 4]], s: ['float32', [1, 2, 6]] }, outputs: { y: ['int64', null] }, nodes: [['NonMaxSuppression', ['x', 's'], ['y']]] }, silent: relu },
  'htp/plain-bytes': { fires: one('Tile', {}, { r: int64(1, 2, 1, 1) }, { x: ['uint8', [1, 3, 8, 8]], y: ['uint8', null] }), silent: one('Slice', {}, { a: int64(0), b: int64(1), c: int64(1) }, { x: ['uint8', [1, 3, 8, 8]], y: ['uint8', null] }) },
  'htp/integer-operator': { fires: one('Neg', {}, {}, { x: ['int32', [1, 3, 8, 8]], y: ['int32', null] }), silent: one('Transpose', { perm: [0, 2, 1, 3] }, {}, { x: ['int32', [1, 3, 8, 8]], y: ['int32', null] }) },
  'htp/sign-five-axes': { fires: one('Sign', {}, {}, { x: ['float32', [1, 2, 4, 4, 4]] }), silent: one('Sign') },
  'htp/transposed-dilation': { fires: one('ConvTranspose', { dilations: [2, 2] }, { w: zeros(8, 4, 3, 3) }), silent: one('ConvTranspose', { strides: [2, 2] }, { w: zeros(8, 4, 3, 3) }) },
  'htp/einsum-one-input': { fires: one('Einsum', { equation: 'abcd->adcb' }), silent: one('Einsum', { equation: 'abcd,de->abce' }, { w: zeros(16, 4) }) },
  'htp/max-pool-3d': { fires: one('MaxPool', { kernel_shape: [2, 2, 2] }, {}, { x: ['float32', [1, 2, 4, 4, 4]] }), silent: pool('MaxPool', { kernel_shape: [2, 2] }) },
  'htp/shuffle-rescaled': { fires: between('uint8', ['DepthToSpace', { blocksize: 2 }], 0.1), silent: between('uint8', ['DepthToSpace', { blocksize: 2 }], 0.05) },
  'htp/wide-activation': { fires: between('uint16', ['Sigmoid', {}], 0.1), silent: between('uint16', ['Sigmoid', {}], 1 / 65536) },
  'htp/is-nan': { fires: one('IsNaN', {}, {}, { y: ['bool', null] }), silent: relu },
  'htp/dropout': { fires: one('Dropout'), silent: relu },
  'htp/data-dependent-shape': { fires: one('NonZero', {}, {}, { y: ['int64', null] }), silent: relu },
  'htp/empty-tensor': { fires: one('Relu', {}, {}, { x: ['float32', [1, 0, 4]] }), silent: one('Relu', {}, {}, { x: ['float32', [1, 1, 4]] }) },
  'htp/average-pool-divisor': { fires: pool('AveragePool', { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }), silent: pool('AveragePool', { kernel_shape: [2, 2], strides: [2, 2] }) },
  'htp/compiler-crash': { fires: pool('AveragePool', { kernel_shape: [3, 3], auto_pad: 'SAME_UPPER' }), silent: pool('AveragePool', { kernel_shape: [3, 3] }) },
  'htp/double-shift': { fires: shifts(1, 2), silent: shifts(2, 1) },
  'htp/negative-indices': { fires: { inputs: { x: ['float32', [4, 4]], i: ['int64', [4, 1]] }, outputs: { y: untyped }, nodes: [['GatherElements', ['x', 'i'], ['y']]] }, silent: elements(-1) },
  'htp/negative-constant-indices': { fires: elements(-1), silent: elements(1), target: 'htp:SM8550@2.28' },
  'htp/negative-gather': { fires: one('Gather', { axis: 1 }, { i: int64(-1) }), silent: one('Gather', { axis: 1 }, { i: int64(-1) }), target: 'htp:SM8550@2.28', silentTarget: 'htp:SM8550' },
  'htp/infinite-constant': { fires: masked(Number.NEGATIVE_INFINITY), silent: masked(-40000) },
  'htp/overflow-activation': { fires: relu, silent: relu, magnitudes: { y: 70000 }, silentTarget: 'ane' },
  'htp/control-flow': { fires: choice, silent: relu },
  'htp/foreign-domain': { fires: one('FusedGelu', {}, {}, { domain: 'com.microsoft', domains: { 'com.microsoft': 1 } }), silent: relu },
  'htp/float64': { fires: casts('double'), silent: casts('half') },
  'htp/erf': { fires: one('Erf'), silent: gelu(1) },
  'htp/decomposed-gelu': { fires: gelu(1), silent: gelu(2) },
  'htp/mod': { fires: one('Mod', { fmod: 1 }, { k: scalar(2) }), silent: one('Mod', { fmod: 0 }, { k: Tensor.of('int32', [], [2]) }, { x: ['int32', [4]], y: ['int32', [4]] }) },
  'htp/patched-operator': { fires: one('Einsum', { equation: 'abcd->adcb' }), silent: one('Einsum', { equation: 'abcd->adcb' }), target: 'htp:SM8550@2.28', silentTarget: 'htp:SM8550' },
  'htp/conv-3d': { fires: one('AveragePool', { kernel_shape: [2, 2, 2] }, {}, { x: ['float32', [1, 2, 4, 4, 4]] }), silent: pool('MaxPool', { kernel_shape: [2, 2] }), target: 'htp:SM8550@2.28' },
  'htp/uint8-transpose': { fires: u8Transpose('uint8'), silent: u8Transpose('float32') },
  'htp/divide': { fires: one('Div', {}, { k: scalar(255) }), silent: one('Mul', {}, { k: scalar(255) }) },
  'htp/prelu': { fires: one('PRelu', {}, { a: zeros(8, 1, 1) }), silent: one('LeakyRelu') },
  'htp/cubic-resize': { fires: resize(2, { mode: 'cubic' }), silent: resize(2, { mode: 'cubic' }), target: 'htp:SM8550@2.28', silentTarget: 'htp:SM8550' },
  'htp/float-on-v68': { fires: relu, silent: relu, target: 'htp:SM8350', silentTarget: 'htp:SM8550' },
  'htp/float-on-v69': { fires: relu, silent: relu, target: 'htp:SM8450', silentTarget: 'htp:SM8550' },
  'htp/wide-matmul': { fires: qdqMatMul('uint16'), silent: qdqMatMul('uint8'), target: 'htp:SM8450' },
  'htp/per-channel-activation': {
    fires: one('QuantizeLinear', { axis: 1 }, { s: Tensor.of('float32', [8], new Array(8).fill(0.1)) }), silent: one('QuantizeLinear', {}, { s: scalar(0.1) }),
  },
  'htp/unsupported-operator': { fires: one('Hardmax', { axis: 1 }), silent: relu },
  'htp/four-axes-only': { fires: one('Tanh', {}, {}, { x: ['float32', [1, 2, 4, 4, 4]] }), silent: one('Tanh') },
  'htp/cast-type': { fires: one('Cast', { to: 3 }, {}, { y: ['int8', null] }), silent: one('Cast', { to: 10 }, {}, { y: ['float16', null] }) },
  'htp/cast-to-bool': { fires: one('Cast', { to: 9 }, {}, { x: ['int32', [4]], y: ['bool', null] }), silent: one('Cast', { to: 9 }, {}, { y: ['bool', null] }) },
  'htp/edge-pad': { fires: one('Pad', { mode: 'edge' }, { p: int64(0, 0, 1, 1, 0, 0, 1, 1) }), silent: one('Pad', { mode: 'edge' }, { p: int64(0, 1, 0, 0, 0, 0, 0, 0) }) },
  'htp/gemm-factor': { fires: one('Gemm', { alpha: float(0.5) }, { w: zeros(8, 4) }, { x: ['float32', [2, 8]] }), silent: one('Gemm', {}, { w: zeros(8, 4) }, { x: ['float32', [2, 8]] }) },
  'htp/pool-dilation': { fires: pool('MaxPool', { kernel_shape: [2, 2], dilations: [2, 2] }), silent: pool('MaxPool', { kernel_shape: [2, 2] }) },
  'htp/layer-norm-axis': { fires: one('LayerNormalization', { axis: 1 }, { s: zeros(8) }), silent: one('LayerNormalization', { axis: -1 }, { s: zeros(8) }) },
  'htp/float-shuffle': { fires: quantized(false), silent: quantized(true) },
  'htp/float-island': { fires: floatConvAmongQuantized(false), silent: floatConvAmongQuantized(true) },
};

function hardSwish(...factors: readonly string[]): ModelSpec {
  return { inputs: { x: X }, outputs: { y: untyped }, nodes: [['HardSigmoid', ['x'], ['h'], { alpha: float(1 / 6), beta: float(0.5) }], ['Mul', factors, ['y']]] };
}

/** An operator between a dequantizer of scale 0.05 and a quantizer of another scale, zero points 0. */
function between(dtype: 'uint8' | 'uint16', [opType, attributes]: [string, NonNullable<NodeSpec[3]>], scale: number): ModelSpec {
  return {
    opset: 21, inputs: { x: [dtype, [1, 4, 8, 8]] }, outputs: { y: [dtype, null] }, initializers: { s: scalar(0.05), z: Tensor.of(dtype, [], [0]), t: scalar(scale) },
    nodes: [['DequantizeLinear', ['x', 's', 'z'], ['d']], [opType, ['d'], ['c'], attributes], ['QuantizeLinear', ['c', 't', 'z'], ['y']]],
  };
}

function sampled(mode: string): ModelSpec {
  return one('GridSample', { mode }, { g: zeros(1, 4, 4, 2) }, { opset: 20 });
}

function topK(dtype: 'int32' | 'float32'): ModelSpec {
  return { inputs: { x: [dtype, [4, 8]] }, outputs: { v: [dtype, null], y: ['int64', null] }, initializers: { k: int64(2) }, nodes: [['TopK', ['x', 'k'], ['v', 'y']]] };
}

/** Halves swapped along one axis, then along another. */
function shifts(first: number, second: number): ModelSpec {
  return {
    inputs: { x: ['float32', [1, 8, 8, 4]] }, outputs: { y: ['float32', null] },
    nodes: [
      ['Split', ['x'], ['a', 'b'], { axis: first }], ['Concat', ['b', 'a'], ['m'], { axis: first }],
      ['Split', ['m'], ['c', 'd'], { axis: second }], ['Concat', ['d', 'c'], ['y'], { axis: second }],
    ],
  };
}

function ids(spec: ModelSpec, target: string, item: Case, precision: Precision | undefined): Set<string> {
  const model = new Model(buildModel(spec));
  inferShapes(model);
  const magnitudes = new Map(Object.entries(item.magnitudes ?? {}));
  return new Set(checkModel(model, resolveTarget(target), { magnitudes, program: item.program ?? false, ...(precision ? { precision } : {}) }).map((f) => f.rule));
}

test.each(RULES.map((rule) => rule.id))('%s speaks where it should, and only there', (id) => {
  const item = CASES[id] as Case;
  expect(item, `no case for ${id}`).toBeDefined();
  const target = item.target ?? id.slice(0, 3);
  expect(ids(item.fires, target, item, item.precision)).toContain(id);
  expect(ids(item.silent, item.silentTarget ?? target, item, item.silentPrecision ?? item.precision)).not.toContain(id);
});

test('ids are unique, every rule has a source, messages fill completely', () => {
  expect(new Set(RULES.map((r) => r.id)).size).toBe(RULES.length);
  for (const rule of RULES) {
    expect(rule.sources.length, rule.id).toBeGreaterThan(0);
    expect(rule.message.match(/\{(\w+)\}/g)?.every((w) => ['{op}', '{node}', '{shape}', '{detail}'].includes(w)) ?? true, rule.id).toBe(true);
  }
});

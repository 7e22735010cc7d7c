import type { AttributeValue } from '../../../models/graph/index.ts';
import { padding, split } from '../translate/convolution.ts';
import type { Operands } from '../translate/operands.ts';

/** The one ONNX node by which rules know an operation: its type, its operands by parameter, what rules look at of its attributes. */
export interface Shadow {
  readonly opType: string;
  /** Parameters in the order of ONNX's inputs; those of constants whose values rules read may be given as numbers. */
  readonly inputs: readonly (string | readonly number[])[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
}

/** The ONNX operator that stands for an operation of MIL in rules; null where none does. */
export function shadowOf(o: Operands): Shadow | null {
  const { type } = o.operation;
  return SAME[type] ?? SPECIAL[type]?.(o) ?? null;
}

const X = ['x'] as const;
const XY = ['x', 'y'] as const;

/** Operations that rules know by their type alone. */
const SAME: Readonly<Record<string, Shadow>> = {
  ...named(X, {
    relu: 'Relu', relu6: 'Clip', clip: 'Clip', sigmoid: 'Sigmoid', tanh: 'Tanh', silu: 'Sigmoid', gelu: 'Gelu', leaky_relu: 'LeakyRelu', elu: 'Elu', prelu: 'PRelu',
    softplus: 'Softplus', softplus_parametric: 'Softplus', softsign: 'Softsign', sigmoid_hard: 'HardSigmoid', clamped_relu: 'Clip', thresholded_relu: 'ThresholdedRelu', threshold: 'Max',
    linear_activation: 'Mul', scaled_tanh: 'Tanh', abs: 'Abs', acos: 'Acos', asin: 'Asin', atan: 'Atan', atanh: 'Atanh', ceil: 'Ceil', cos: 'Cos', cosh: 'Cosh', erf: 'Erf',
    exp: 'Exp', exp2: 'Exp', floor: 'Floor', inverse: 'Reciprocal', log: 'Log', logical_not: 'Not', round: 'Round', rsqrt: 'Reciprocal', sign: 'Sign', sin: 'Sin', sinh: 'Sinh',
    sqrt: 'Sqrt', square: 'Mul', tan: 'Tan', cast: 'Cast', identity: 'Identity', reshape: 'Reshape', reshape_like: 'Reshape', expand_dims: 'Unsqueeze', squeeze: 'Squeeze',
    flatten2d: 'Flatten', tile: 'Tile', split: 'Split', shape: 'Shape', topk: 'TopK', argsort: 'TopK', non_zero: 'NonZero', cumsum: 'CumSum',
    batch_norm: 'BatchNormalization', instance_norm: 'InstanceNormalization', layer_norm: 'LayerNormalization', local_response_norm: 'LRN', l2_norm: 'LpNormalization',
    reduce_l1_norm: 'ReduceL1', reduce_l2_norm: 'ReduceL2', reduce_log_sum: 'ReduceLogSum', reduce_log_sum_exp: 'ReduceLogSumExp', reduce_max: 'ReduceMax', reduce_mean: 'ReduceMean',
    reduce_min: 'ReduceMin', reduce_prod: 'ReduceProd', reduce_sum: 'ReduceSum', reduce_sum_square: 'ReduceSumSquare', reverse: 'Slice', reverse_sequence: 'ReverseSequence',
    gather: 'Gather', gather_nd: 'GatherND', gather_along_axis: 'GatherElements', resample: 'GridSample', affine: 'GridSample', crop_resize: 'RoiAlign', lstm: 'LSTM', gru: 'GRU', rnn: 'RNN',
  }),
  ...named(XY, {
    add: 'Add', sub: 'Sub', mul: 'Mul', real_div: 'Div', floor_div: 'Div', mod: 'Mod', pow: 'Pow', maximum: 'Max', minimum: 'Min', equal: 'Equal', not_equal: 'Equal', greater: 'Greater',
    greater_equal: 'GreaterOrEqual', less: 'Less', less_equal: 'LessOrEqual', logical_and: 'And', logical_or: 'Or', logical_xor: 'Xor', matmul: 'MatMul',
  }),
  linear: { opType: 'MatMul', inputs: ['x', 'weight'] },
  einsum: { opType: 'Einsum', inputs: ['values'] },
  concat: { opType: 'Concat', inputs: ['values'] },
  stack: { opType: 'Concat', inputs: ['values'] },
  select: { opType: 'Where', inputs: ['cond', 'a', 'b'] },
  scatter: { opType: 'ScatterElements', inputs: ['data'] },
  scatter_nd: { opType: 'ScatterND', inputs: ['data'] },
  scatter_along_axis: { opType: 'ScatterElements', inputs: ['data'] },
  one_hot: { opType: 'OneHot', inputs: ['indices'] },
  non_maximum_suppression: { opType: 'NonMaxSuppression', inputs: ['boxes', 'scores'] },
  quantize: { opType: 'QuantizeLinear', inputs: ['input', 'scale'] },
  dequantize: { opType: 'DequantizeLinear', inputs: ['input', 'scale'] },
  cond: { opType: 'If', inputs: ['pred'] },
  while_loop: { opType: 'Loop', inputs: [] },
};

/** Operations whose attributes rules look at. */
const SPECIAL: Readonly<Record<string, (o: Operands) => Shadow>> = {
  conv: (o) => ({ opType: 'Conv', inputs: ['x', 'weight'], attributes: windowOf(o, o.sizes('weight').slice(2)) }),
  conv_transpose: (o) => ({ opType: 'ConvTranspose', inputs: ['x', 'weight'], attributes: windowOf(o, o.sizes('weight').slice(2)) }),
  max_pool: (o) => ({ opType: 'MaxPool', inputs: X, attributes: windowOf(o, o.numbers('kernel_sizes')) }),
  avg_pool: (o) => ({ opType: 'AveragePool', inputs: X, attributes: windowOf(o, o.numbers('kernel_sizes')) }),
  l2_pool: (o) => ({ opType: 'LpPool', inputs: X, attributes: windowOf(o, o.numbers('kernel_sizes')) }),
  transpose: (o) => ({ opType: 'Transpose', inputs: X, attributes: { perm: o.numbers('perm').map((axis) => (axis < 0 ? axis + o.rank('x') : axis)) } }),
  softmax: (o) => ({ opType: 'Softmax', inputs: X, attributes: { axis: o.number('axis', -1) } }),
  reduce_argmax: (o) => ({ opType: 'ArgMax', inputs: X, attributes: { axis: o.number('axis', -1) } }),
  reduce_argmin: (o) => ({ opType: 'ArgMin', inputs: X, attributes: { axis: o.number('axis', -1) } }),
  pixel_shuffle: (o) => ({ opType: 'DepthToSpace', inputs: X, attributes: { blocksize: o.number('upscale_factor'), mode: 'CRD' } }),
  depth_to_space: (o) => ({ opType: 'DepthToSpace', inputs: X, attributes: { blocksize: o.number('block_size') } }),
  pixel_unshuffle: (o) => ({ opType: 'SpaceToDepth', inputs: X, attributes: { blocksize: o.number('downscale_factor') } }),
  space_to_depth: (o) => ({ opType: 'SpaceToDepth', inputs: X, attributes: { blocksize: o.number('block_size') } }),
  pad: (o) => {
    const [begins, ends] = split(o.numbers('pad'));
    const before = Array.from({ length: o.rank('x') - begins.length }, () => 0);
    return { opType: 'Pad', inputs: ['x', [...before, ...begins, ...before, ...ends]], attributes: { mode: o.text('mode', 'constant') } };
  },
  slice_by_index: (o) => sliced(o.numbers('begin'), o.numbers('begin_mask', [])),
  slice_by_size: (o) => sliced(o.numbers('begin'), []),
  crop: (o) => ({ opType: 'Slice', inputs: ['x', [o.numbers('crop_height')[0] ?? 0, o.numbers('crop_width')[0] ?? 0], [0, 0], [-2, -1]] }),
  upsample_nearest_neighbor: () => resize('nearest', 'asymmetric'),
  resize_nearest_neighbor: () => resize('nearest', 'asymmetric'),
  upsample_bilinear: (o) => resize('linear', o.flag('align_corners', true) ? 'align_corners' : 'half_pixel'),
  resize_bilinear: () => resize('linear', 'asymmetric'),
  resize: (o) => resize(o.text('interpolation_mode', 'LINEAR') === 'LINEAR' ? 'linear' : 'nearest', 'asymmetric'),
};

function named(inputs: readonly string[], types: Readonly<Record<string, string>>): Record<string, Shadow> {
  return Object.fromEntries(Object.entries(types).map(([type, opType]) => [type, { opType, inputs }]));
}

function windowOf(o: Operands, kernel: readonly number[]): Readonly<Record<string, AttributeValue>> {
  const ones = kernel.map(() => 1);
  const [strides, dilations] = [o.numbers('strides', ones), o.numbers('dilations', ones)];
  const attributes = { kernel_shape: kernel, strides, dilations, ...padding(o, { kernel, strides, dilations }) };
  return o.operation.type.startsWith('conv') ? { ...attributes, group: o.number('groups', 1) } : attributes;
}

function sliced(begins: readonly number[], masks: readonly number[]): Shadow {
  const starts = begins.map((begin, i) => (masks[i] ? 0 : begin));
  return { opType: 'Slice', inputs: ['x', starts, starts.map(() => 2 ** 31 - 1), starts.map((_, axis) => axis)] };
}

/** Factors follow from the shapes. */
function resize(mode: string, coordinates: string): Shadow {
  return { opType: 'Resize', inputs: ['x', [], []], attributes: { mode, coordinate_transformation_mode: coordinates, nearest_mode: 'floor' } };
}

import type { DType } from '../../../models/contracts/index.ts';
import { FLOAT_DTYPES } from '../../../models/contracts/index.ts';
import type { Node, Value } from '../../../models/graph/index.ts';
import type { Tensor } from '../../../models/onnx/index.ts';
import { channelConstant } from './channel-constant.ts';
import { type Pads, resolvePads, resolveTransposedPads } from './pads.ts';

/**
 * A linear layer with constant float weights. Arrays are canonical: weights `[O, I/g, ...kernel]` whatever the operator stores
 * (ConvTranspose: taps as they are, not flipped; Gemm: alpha and beta multiplied in), bias `[O]`.
 */
export interface ConvView {
  readonly node: Node;
  readonly kind: 'Conv' | 'ConvTranspose' | 'Gemm' | 'MatMul';
  readonly input: Value;
  readonly output: Value;
  readonly dtype: DType;
  readonly outChannels: number;
  readonly inChannels: number;
  readonly group: number;
  /** Empty for Gemm and MatMul. */
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** `auto_pad` resolved; null where it depends on a spatial size that is not known. */
  readonly pads: Pads | null;
  /** ConvTranspose only, zeros elsewhere. */
  readonly outputPadding: readonly number[];
  readonly weight: Value;
  readonly bias: Value | null;
  /** Another node uses the weight (or bias) too: whoever changes it makes a copy. */
  readonly weightShared: boolean;
  readonly biasShared: boolean;
  /** Float64 weights `[O, I/g, ...kernel]`; a new array at each call. */
  weights(): Float64Array;
  /** Float64 bias `[O]`, or null where the layer has none; a new array at each call. */
  biases(): Float64Array | null;
}

/** Reads a Conv, ConvTranspose, Gemm (transA = 0) or MatMul by a constant matrix; otherwise the reason why it is none. */
export function readConv(node: Node): ConvView | string {
  if (!node.is('Conv', 'ConvTranspose', 'Gemm', 'MatMul')) return `${node.opType} is no linear layer`;
  const [input, weight, output] = [node.input(0), node.input(1), node.output()];
  if (!input || !weight || !output) return `${node.label} lacks an input or output`;
  const tensor = weight.constant;
  if (!tensor) return `the weights of ${node.label} are not constant`;
  if (!FLOAT_DTYPES.has(tensor.dtype)) return `the weights of ${node.label} are ${tensor.dtype}, not float`;
  const view = node.is('Conv', 'ConvTranspose') ? readConvolution(node, tensor) : readMatrix(node, tensor);
  if (typeof view === 'string') return view;
  const bias = node.is('MatMul') ? null : node.input(2);
  const biases = readBias(node, bias, view.outChannels);
  if (typeof biases === 'string') return biases;
  return {
    node,
    kind: node.opType as ConvView['kind'],
    input,
    output,
    weight,
    bias,
    dtype: tensor.dtype,
    ...view,
    weightShared: isShared(weight, node),
    biasShared: bias !== null && isShared(bias, node),
    biases,
  };
}

type Geometry = Pick<
  ConvView,
  'outChannels' | 'inChannels' | 'group' | 'kernel' | 'strides' | 'dilations' | 'pads' | 'outputPadding' | 'weights'
>;

function readConvolution(node: Node, tensor: Tensor): Geometry | string {
  const { attributes: a } = node;
  const transposed = node.is('ConvTranspose');
  const [d0, d1, ...kernel] = tensor.dims;
  if (d0 === undefined || d1 === undefined || kernel.length === 0) return `the weights of ${node.label} have rank ${tensor.dims.length}`;
  const group = a.int('group', 1);
  if (group < 1 || d0 % group !== 0) return `${node.label} has ${d0} ${transposed ? 'input' : 'output'} channels in ${group} groups`;
  const ones = kernel.map(() => 1);
  const strides = a.ints('strides') ?? ones;
  const dilations = a.ints('dilations') ?? ones;
  const outputPadding = a.ints('output_padding') ?? kernel.map(() => 0);
  const spatial = node.input(0)?.type.shape?.slice(2) ?? null;
  const window = { kernel, strides, dilations };
  const pads = transposed ? resolveTransposedPads(a, window, outputPadding, spatial) : resolvePads(a, window, spatial);
  const [outChannels, inChannels] = transposed ? [d1 * group, d0] : [d0, d1 * group];
  const weights = (): Float64Array => (transposed ? swapChannels(tensor.numbers(), d0, d1, group) : tensor.numbers());
  return { outChannels, inChannels, group, kernel, strides, dilations, pads, outputPadding, weights };
}

function readMatrix(node: Node, tensor: Tensor): Geometry | string {
  const { attributes: a } = node;
  const [rows, columns] = tensor.dims;
  if (tensor.dims.length !== 2 || rows === undefined || columns === undefined) return `the weights of ${node.label} are no matrix`;
  if (a.int('transA', 0) !== 0) return `${node.label} transposes its data input`;
  const stored = a.int('transB', 0) !== 0;
  const alpha = a.float('alpha', 1);
  const [outChannels, inChannels] = stored ? [rows, columns] : [columns, rows];
  const weights = (): Float64Array => {
    const values = stored ? tensor.numbers() : swapChannels(tensor.numbers(), rows, columns, 1);
    return alpha === 1 ? values : values.map((w) => w * alpha);
  };
  return {
    outChannels,
    inChannels,
    group: 1,
    kernel: [],
    strides: [],
    dilations: [],
    pads: { begin: [], end: [] },
    outputPadding: [],
    weights,
  };
}

function readBias(node: Node, bias: Value | null, channels: number): (() => Float64Array | null) | string {
  if (!bias) return () => null;
  if (!bias.constant) return `the bias of ${node.label} is not constant`;
  const read = node.is('Gemm') ? channelConstant(bias, 2, 1, channels) : channelConstant(bias, 1, 0, channels);
  if (typeof read === 'string') return `the bias of ${node.label} is not per channel: ${read}`;
  const beta = node.is('Gemm') ? node.attributes.float('beta', 1) : 1;
  return beta === 1 ? read : () => read().map((b) => b * beta);
}

/** `[g·a, b, ...taps]` to `[g·b, a, ...taps]`, group by group. Its own inverse with `a` and `b` swapped. */
export function swapChannels(values: Float64Array, rows: number, columns: number, group: number): Float64Array {
  const perGroup = rows / group;
  const taps = rows * columns === 0 ? 0 : values.length / (rows * columns);
  const out = new Float64Array(values.length);
  for (let row = 0; row < rows; row++) {
    const [g, i] = [Math.floor(row / perGroup), row % perGroup];
    for (let o = 0; o < columns; o++) {
      const from = (row * columns + o) * taps;
      out.set(values.subarray(from, from + taps), ((g * columns + o) * perGroup + i) * taps);
    }
  }
  return out;
}

function isShared(value: Value, node: Node): boolean {
  if (value.isGraphOutput || value.isGraphInput) return true;
  for (const use of value.uses) if (use.node !== node) return true;
  return value.uses.size > 1;
}

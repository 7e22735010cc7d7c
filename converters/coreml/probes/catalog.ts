import { Tensor } from '../../../models/onnx/index.ts';
import { parseWeightScheme } from '../compress/weight-scheme.ts';
import { integers, type Probe, type ProbeNetwork, type ProbeNode, scalar, weights } from './probe.ts';

const IMAGE = [1, 32, 64, 64] as const;

/** The operator behind a convolution, so that the Neural Engine has work at all. */
function behindConv(...nodes: readonly ProbeNode[]): ProbeNetwork {
  return { inputs: { x: IMAGE }, nodes: [{ op: 'Conv', inputs: ['$', weights(32, 32, 3, 3)], attributes: { pads: [1, 1, 1, 1] } }, ...nodes] };
}

function alone(dims: readonly (number | string)[], ...nodes: readonly ProbeNode[]): ProbeNetwork {
  return { inputs: { x: dims }, nodes };
}

const conv = (weight: Tensor, attributes: ProbeNode['attributes'] = {}): ProbeNode => ({ op: 'Conv', inputs: ['$', weight], attributes });
const RELU: ProbeNode = { op: 'Relu' };
const times = (by: number): ProbeNode => ({ op: 'Mul', inputs: ['$', scalar(by)] });
const pad = (pads: readonly number[], mode = 'constant'): ProbeNode => ({ op: 'Pad', inputs: ['$', integers(...pads)], attributes: { mode } });
const resize = (scale: number, attributes: NonNullable<ProbeNode['attributes']>): ProbeNode => ({ op: 'Resize', inputs: ['$', Tensor.of('float32', [0], []), Tensor.of('float32', [4], [1, 1, scale, scale])], attributes });
const matmul = (rows: number, columns: number): ProbeNode => ({ op: 'MatMul', inputs: ['$', weights(rows, columns)] });
const slice = (axis: number): ProbeNode => ({ op: 'Slice', inputs: ['$', integers(1), integers(63), integers(axis)] });
const transposed = (attributes: NonNullable<ProbeNode['attributes']>): ProbeNode => ({ op: 'ConvTranspose', inputs: ['$', weights(32, 16, 3, 3)], attributes: { strides: [2, 2], ...attributes } });

/**
 * One probe for each rule of the Neural Engine that a package can put to a device. Left out are rules on what never becomes a package
 * (rank 6, float64, unknown operators and the like): conversion says those.
 */
export const PROBES: readonly Probe[] = [
  { rule: 'ane/rank-5-compute', asks: 'placement', watch: 'matmul', probe: alone([1, 2, 4, 64, 64], matmul(64, 64)), control: alone([1, 8, 64, 64], matmul(64, 64)) },
  { rule: 'ane/extent', asks: 'placement', watch: 'relu', probe: alone([1, 3, 16, 16385], RELU), control: alone([1, 3, 16, 16384], RELU) },
  { rule: 'ane/channels', asks: 'placement', watch: 'relu', probe: alone([1, 65537, 1, 2], RELU), control: alone([1, 65536, 1, 2], RELU) },
  { rule: 'ane/wide-linear', asks: 'placement', watch: 'linear', probe: alone([1, 16], matmul(16, 16385)), control: alone([1, 16], matmul(16, 16384)) },
  { rule: 'ane/dynamic-shape', asks: 'placement', watch: 'conv', probe: { inputs: { x: [1, 32, 'H', 'W'] }, nodes: [conv(weights(32, 32, 3, 3))] }, control: behindConv(),
    flexible: { kind: 'range', bounds: [[1, 1], [32, 32], [32, 256], [32, 256]], initial: [1, 32, 64, 64] } },
  { rule: 'ane/io-alignment', asks: 'time', watch: 'relu', probe: alone([1, 4096, 1], RELU), control: alone([1, 1, 4096], RELU) },
  { rule: 'ane/fp32', asks: 'placement', watch: 'conv', probe: behindConv(), control: behindConv(), options: { precision: 'fp32' } },
  { rule: 'ane/integer-compute', asks: 'placement', watch: 'add', probe: { ...alone([1, 4096], { op: 'Add', inputs: ['$', Tensor.of('int32', [], [3])] }), dtype: 'int32' }, control: alone([1, 4096], { op: 'Add', inputs: ['$', scalar(3)] }) },
  { rule: 'ane/half-overflow-activation', asks: 'output', watch: 'mul', probe: { ...behindConv(RELU, times(3000), RELU, times(1 / 3000)), magnitude: 100 }, control: behindConv(RELU, times(3), RELU, times(1 / 3)) },
  { rule: 'ane/blockwise-quantization', asks: 'output', watch: 'conv', probe: behindConv(), control: behindConv(), options: { opset: 'iOS18', weights: parseWeightScheme('int4-block16') }, controlOptions: { opset: 'iOS18', weights: parseWeightScheme('int4') } },
  { rule: 'ane/linear-as-conv', asks: 'time', watch: 'linear', controlWatch: 'conv', probe: alone([64, 512], { op: 'Gemm', inputs: ['$', weights(512, 512)] }), control: alone([1, 512, 1, 64], conv(weights(512, 512, 1, 1))) },
  { rule: 'ane/kernel-width', asks: 'placement', watch: 'conv', probe: behindConv(conv(weights(32, 32, 3, 14))), control: behindConv(conv(weights(32, 32, 14, 3))) },
  { rule: 'ane/kernel-width-h17', asks: 'placement', watch: 'conv', chip: 'A18', probe: behindConv(conv(weights(32, 32, 3, 16))), control: behindConv(conv(weights(32, 32, 3, 15))) },
  { rule: 'ane/stride', asks: 'time', watch: 'conv', probe: behindConv(conv(weights(32, 32, 3, 3), { strides: [5, 5] })), control: behindConv(conv(weights(32, 32, 3, 3), { strides: [2, 2] })) },
  { rule: 'ane/dilation', asks: 'time', watch: 'conv', probe: behindConv(conv(weights(32, 32, 3, 3), { dilations: [2, 2] })), control: behindConv(conv(weights(32, 32, 3, 3))) },
  { rule: 'ane/groups', asks: 'time', watch: 'conv', probe: alone([1, 24, 64, 64], conv(weights(24, 8, 3, 3), { group: 3 })), control: alone([1, 32, 64, 64], conv(weights(32, 8, 3, 3), { group: 4 })) },
  { rule: 'ane/dynamic-weight', asks: 'placement', watch: 'conv', probe: { inputs: { x: IMAGE, w: [32, 32, 1, 1] }, nodes: [{ op: 'Conv', inputs: ['$', 'w'] }] }, control: behindConv() },
  { rule: 'ane/conv-transpose-output', asks: 'output', watch: 'conv_transpose', probe: behindConv(transposed({ output_padding: [1, 1], pads: [1, 1, 1, 1] })), control: behindConv(transposed({ pads: [1, 1, 1, 1] })) },
  { rule: 'ane/odd-channels', asks: 'time', watch: 'conv', probe: behindConv(conv(weights(28, 32, 3, 3))), control: behindConv(conv(weights(32, 32, 3, 3))) },
  { rule: 'ane/pool', asks: 'time', watch: 'max_pool', probe: behindConv({ op: 'MaxPool', attributes: { kernel_shape: [3, 3], strides: [3, 3] } }), control: behindConv({ op: 'MaxPool', attributes: { kernel_shape: [2, 2], strides: [2, 2] } }) },
  { rule: 'ane/no-path', asks: 'placement', watch: 'cumsum', controlWatch: 'relu', probe: behindConv({ op: 'CumSum', inputs: ['$', Tensor.of('int64', [], [1])] }), control: behindConv(RELU) },
  { rule: 'ane/sin-cos', asks: 'placement', watch: 'sin', controlWatch: 'tanh', probe: behindConv({ op: 'Sin' }), control: behindConv({ op: 'Tanh' }) },
  { rule: 'ane/arg-extent', asks: 'placement', watch: 'reduce_argmax', probe: alone([16, 2049], { op: 'ArgMax', attributes: { axis: 1 } }), control: alone([16, 2048], { op: 'ArgMax', attributes: { axis: 1 } }) },
  { rule: 'ane/expand', asks: 'time', watch: 'tile', controlWatch: 'add', probe: alone([1, 32, 1, 64], { op: 'Expand', inputs: ['$', integers(1, 32, 64, 64)] }, { op: 'Add', inputs: ['$', weights(1, 32, 64, 64)] }), control: alone([1, 32, 1, 64], { op: 'Add', inputs: ['$', weights(1, 32, 64, 64)] }) },
  { rule: 'ane/pad-axis', asks: 'placement', watch: 'pad', probe: behindConv(pad([0, 1, 0, 0, 0, 0, 0, 0])), control: behindConv(pad([0, 0, 1, 1, 0, 0, 1, 1])) },
  { rule: 'ane/pad-mode', asks: 'time', watch: 'pad', chip: 'A14', probe: behindConv(pad([0, 0, 1, 1, 0, 0, 1, 1], 'reflect')), control: behindConv(pad([0, 0, 1, 1, 0, 0, 1, 1])) },
  { rule: 'ane/resize', asks: 'time', watch: 'resize_bilinear', controlWatch: 'upsample_nearest_neighbor', probe: behindConv(resize(1.5, { mode: 'linear' })), control: behindConv(resize(2, { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' })) },
  { rule: 'ane/shuffle-factor', asks: 'time', watch: 'depth_to_space', probe: alone([1, 100, 32, 32], { op: 'DepthToSpace', attributes: { blocksize: 5 } }), control: alone([1, 64, 32, 32], { op: 'DepthToSpace', attributes: { blocksize: 4 } }) },
  { rule: 'ane/transpose-width', asks: 'time', watch: 'transpose', probe: behindConv({ op: 'Transpose', attributes: { perm: [0, 2, 3, 1] } }), control: behindConv({ op: 'Transpose', attributes: { perm: [0, 2, 1, 3] } }) },
  { rule: 'ane/gather-generation', asks: 'placement', watch: 'gather', controlWatch: 'slice_by_index', chip: 'A14', probe: behindConv({ op: 'Gather', inputs: ['$', integers(3, 1, 2)], attributes: { axis: 1 } }), control: behindConv(slice(2)) },
  { rule: 'ane/slice-saturation', asks: 'output', watch: 'slice_by_index', probe: { ...alone([1, 32, 64, 64], slice(-1)), magnitude: 5000 }, control: { ...alone([1, 32, 64, 64], slice(2)), magnitude: 5000 } },
  { rule: 'ane/wide-concat', asks: 'time', watch: 'concat', probe: behindConv({ op: 'Concat', inputs: Array.from({ length: 12 }, () => '$'), attributes: { axis: 1 } }), control: behindConv({ op: 'Concat', inputs: Array.from({ length: 11 }, () => '$'), attributes: { axis: 1 } }) },
  { rule: 'ane/softmax-axis', asks: 'time', watch: 'softmax', probe: alone([1, 32, 65, 65], { op: 'Softmax', attributes: { axis: -1 } }), control: alone([1, 65, 32, 65], { op: 'Softmax', attributes: { axis: 1 } }) },
];

/** Rules that are not put to devices, and why. */
export const UNPROBED: Readonly<Record<string, string>> = {
  'ane/rank-over-5': 'never becomes a package', 'ane/rank-over-5-input': 'never becomes a package', 'ane/float64': 'never becomes a package', 'ane/integer-face': 'never becomes a package',
  'ane/bfloat16-face': 'never becomes a package', 'ane/unknown-operator': 'never becomes a package', 'ane/foreign-domain': 'never becomes a package', 'ane/gather-rank-5': 'never becomes a package',
  'ane/topk': 'is not converted here', 'ane/resample': 'is not converted here',
  'ane/half-overflow-constant': 'coremltools keeps such operations in float32, which is ane/fp32', 'ane/fp32-island': 'is ane/fp32 in one operation', 'ane/w8a8-generation': 'is a time of two chips, not of two packages',
  'ane/decomposed-norm': 'coremltools writes it as layer_norm again', 'ane/decomposed-gelu': 'coremltools writes it as gelu again',
};

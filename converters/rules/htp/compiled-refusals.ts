import { type Node, staticShape } from '../../../models/graph/index.ts';
import { htpResize, readResize } from '../../resampling/index.ts';
import { rankOf } from '../measure.ts';
import { resizeForm } from '../resize-form.ts';
import type { Rule } from '../rule.ts';

const COMPILED = 'compiled with QAIRT 2.51: one-node models (test/full/htp-calibration)';

const UNSUPPORTED = ['Hardmax', 'MeanVarianceNormalization', 'ReduceL1', 'ReduceLogSum', 'ReduceSumSquare', 'ReduceProd', 'Sinh', 'Softsign', 'Trilu'];
const FOUR_AXES = ['Atan', 'Ceil', 'Cos', 'Elu', 'Floor', 'HardSigmoid', 'LogSoftmax', 'Max', 'Min', 'Neg', 'Round', 'Selu', 'Sin', 'Softplus', 'Tanh'];

const NO_INT8 = ['Concat', 'Expand', 'Gather', 'Reshape', 'Slice', 'Squeeze', 'Tile'];
const NO_UINT8 = ['Concat', 'Expand', 'Gather', 'Tile'];

/** What the compiler refuses by operator, rank and element type, as it was asked. */
export const htpRefusalRules: readonly Rule[] = [
  {
    id: 'htp/unsupported-operator', scope: 'node', opTypes: UNSUPPORTED, title: 'Operator that HTP does not have', severity: 'blocks-unit', confidence: 'very high',
    message: '{op} is not supported on HTP.', remedy: 'Write it with operators that are (Abs and ReduceSum for ReduceL1, Mul and ReduceSum for ReduceSumSquare), or move it out of the graph.', sources: [COMPILED],
    when: (node, { shapeOnly }) => (shapeOnly.has(node) ? null : { value: node.output() }),
  },
  {
    id: 'htp/resize-form', scope: 'node', opTypes: ['Resize', 'Upsample'], title: 'Resize of a form that HTP does not have', severity: 'blocks-unit', confidence: 'very high',
    message: 'Resize ({detail}) is not taken.', remedy: 'Gather the elements, or write the weights as matrix products; antialiasing belongs outside of the graph.', rewrites: ['form/resize-grid'], sources: [COMPILED],
    when: (node, context) => {
      const resize = readResize(node);
      return resize && htpResize(resize) === 'refused' ? { value: node.output(), detail: resizeForm(node, context).text } : null;
    },
  },
  {
    id: 'htp/grid-sample-cubic', scope: 'node', opTypes: ['GridSample'], title: 'GridSample with mode cubic', severity: 'blocks-unit', confidence: 'very high',
    message: 'GridSample takes linear and nearest only.', remedy: 'Use mode linear where the model allows.', sources: [COMPILED],
    when: (node) => (/cubic/.test(node.attributes.string('mode', 'linear')) ? { value: node.output() } : null),
  },
  {
    id: 'htp/plain-bytes', scope: 'node', opTypes: [...new Set([...NO_INT8, ...NO_UINT8])], title: 'Bytes without quantization moved about', severity: 'blocks-unit', confidence: 'very high',
    message: '{op} of plain {detail} is not taken: bytes are quantized levels to HTP.', remedy: 'Convert to float before it, or dequantize and quantize around it.', sources: [COMPILED],
    when: (node, { shapeOnly }) => {
      const dtype = node.input(0)?.type.dtype;
      const refused = (dtype === 'int8' && NO_INT8.includes(node.opType)) || (dtype === 'uint8' && NO_UINT8.includes(node.opType));
      return refused && !shapeOnly.has(node) && !node.input(0)?.producer?.is('QuantizeLinear') ? { value: node.output(), detail: dtype } : null;
    },
  },
  {
    id: 'htp/integer-operator', scope: 'node', opTypes: ['Neg', 'Sign', 'ReduceMean', 'Transpose'], title: 'Operator without a form for int32', severity: 'blocks-unit', confidence: 'very high',
    message: '{op} of int32{detail} is not taken.', remedy: 'Subtract from zero for Neg; compute the others in float.', sources: [COMPILED],
    when: (node, { shapeOnly }) => {
      if (node.input(0)?.type.dtype !== 'int32' || shapeOnly.has(node)) return null;
      const five = node.is('Transpose');
      return !five || rankOf(node.input(0)) === 5 ? { value: node.output(), detail: five ? ' with five axes' : '' } : null;
    },
  },
  {
    id: 'htp/sign-five-axes', scope: 'node', opTypes: ['Sign'], title: 'Sign with five axes', severity: 'blocks-conversion', confidence: 'high',
    message: 'Sign with five axes is accepted, and then no graph comes out (QNN_COMMON_ERROR_MEM_ALLOC).', remedy: 'Fold axes together before it.', rewrites: ['rank/chain', 'rank/collapse'], sources: [COMPILED],
    when: (node) => (rankOf(node.input(0)) === 5 ? { value: node.output() } : null),
  },
  {
    id: 'htp/transposed-dilation', scope: 'node', opTypes: ['ConvTranspose'], title: 'ConvTranspose with dilations', severity: 'blocks-unit', confidence: 'very high',
    message: 'ConvTranspose is taken with dilations of 1 only.', remedy: 'Put zeros between the weights and leave the dilations out.', sources: [COMPILED],
    when: (node) => (node.attributes.ints('dilations')?.some((d) => d > 1) ? { value: node.output() } : null),
  },
  {
    id: 'htp/einsum-one-input', scope: 'node', opTypes: ['Einsum'], title: 'Einsum of one tensor', severity: 'blocks-unit', confidence: 'very high',
    message: 'Einsum takes two tensors at least; this one only moves one about.', remedy: 'Write it as Transpose and Reshape.', rewrites: ['rank/chain'], sources: [COMPILED],
    when: (node) => (node.inputs.length === 1 ? { value: node.output() } : null),
  },
  {
    id: 'htp/max-pool-3d', scope: 'node', opTypes: ['MaxPool'], title: '3-D MaxPool', severity: 'blocks-unit', confidence: 'very high',
    message: 'MaxPool over three axes is not taken.', remedy: 'Pool over two axes, then over the third, with the depth folded into the batch.', sources: [COMPILED],
    when: (node) => (rankOf(node.input(0)) === 5 ? { value: node.output() } : null),
  },
  {
    id: 'htp/dropout', scope: 'node', opTypes: ['Dropout'], title: 'Dropout left in the graph', severity: 'blocks-unit', confidence: 'very high',
    message: 'Dropout is not taken.', remedy: 'Remove it: inference does not need it.', rewrites: ['clean/dropout'], sources: [COMPILED], when: (node) => ({ value: node.output() }),
  },
  {
    id: 'htp/data-dependent-shape', scope: 'node', opTypes: ['NonZero', 'Compress', 'Unique'], title: 'Shape that depends on the data', severity: 'blocks-unit', confidence: 'very high',
    message: '{op} gives as many elements as its data says; HTP needs sizes that stand in the file.', remedy: 'Move it out of the graph, or mask instead of selecting.', sources: [COMPILED],
    when: (node, { shapeOnly }) => (shapeOnly.has(node) ? null : { value: node.output() }),
  },
  {
    id: 'htp/empty-tensor', scope: 'node', opTypes: '*', title: 'Tensor without elements', severity: 'blocks-conversion', confidence: 'very high',
    message: '{op} takes or makes a tensor without elements ({shape}): the compiler refuses the graph, or ends with signal 8.', remedy: 'Remove the branch that is empty.', sources: ['ONNX\'s operator tests, compiled with QAIRT 2.51 (docs/htp-operators.md)'],
    when: (node, { shapeOnly }) => {
      const empty = [node.input(0), ...node.outputs].find((value) => value && !value.constant && staticShape(value.type)?.includes(0));
      return empty && !shapeOnly.has(node) ? { value: empty } : null;
    },
  },
  {
    id: 'htp/four-axes-only', scope: 'node', opTypes: FOUR_AXES, title: 'Operator with at most four axes', severity: 'blocks-unit', confidence: 'very high',
    message: '{op} takes four axes at most; here are {detail}.', remedy: 'Fold axes together before it.', rewrites: ['rank/chain', 'rank/collapse'], sources: [COMPILED],
    when: (node, { shapeOnly }) => (!shapeOnly.has(node) && rankOf(node.input(0)) === 5 ? { value: node.output(), detail: '5' } : null),
  },
  {
    id: 'htp/cast-type', scope: 'node', opTypes: ['Cast'], title: 'Cast between types that HTP has no conversion for', severity: 'blocks-unit', confidence: 'very high',
    message: 'Cast from {detail} is not taken.', remedy: 'Convert by way of int32, or quantize and dequantize instead.', sources: [COMPILED],
    when: (node, { shapeOnly }) => (!shapeOnly.has(node) && refusedCast(node) ? { value: node.output(), detail: `${node.input(0)?.type.dtype} to ${node.output()?.type.dtype}` } : null),
  },
  {
    id: 'htp/cast-to-bool', scope: 'node', opTypes: ['Cast'], title: 'Cast from whole numbers to bool', severity: 'wrong-result', confidence: 'very high',
    message: 'Cast from {detail} to bool is accepted and keeps the numbers.', remedy: 'Compare with zero: Not(Equal(x, 0)).', sources: ['emulated with QAIRT 2.51 (test/full/htp-calibration)'],
    when: (node) => {
      const from = node.input(0)?.type.dtype;
      return node.output()?.type.dtype === 'bool' && (from === 'int32' || from === 'int64' || from === 'uint8') ? { value: node.output(), detail: from } : null;
    },
  },
  {
    id: 'htp/edge-pad', scope: 'node', opTypes: ['Pad'], title: 'Pad that repeats the edge of two axes', severity: 'wrong-result', confidence: 'high',
    message: 'Pad of mode edge along {detail} axes at once is accepted and computes other corners.', remedy: 'Pad one axis after the other.', sources: ['emulated with QAIRT 2.51 (test/full/htp-calibration)'],
    when: (node, context) => {
      const pads = [...(context.numbers(node.input(1)) ?? node.attributes.ints('pads') ?? [])];
      const axes = new Set(pads.flatMap((by, i) => (by > 0 ? [i % (pads.length / 2)] : []))).size;
      return node.attributes.string('mode', 'constant') === 'edge' && axes > 1 ? { value: node.output(), detail: String(axes) } : null;
    },
  },
  {
    id: 'htp/gemm-factor', scope: 'node', opTypes: ['Gemm'], title: 'Gemm with a factor', severity: 'blocks-unit', confidence: 'very high',
    message: 'Gemm is taken with alpha = 1 and beta = 1 only.', remedy: 'Fold the factors into weights and bias.', sources: [COMPILED],
    when: (node) => (node.attributes.float('alpha', 1) !== 1 || node.attributes.float('beta', 1) !== 1 ? { value: node.output() } : null),
  },
  {
    id: 'htp/pool-dilation', scope: 'node', opTypes: ['MaxPool'], title: 'MaxPool with dilations', severity: 'blocks-unit', confidence: 'very high',
    message: 'MaxPool with dilations is not taken.', remedy: 'Pool without dilations.', sources: [COMPILED],
    when: (node) => (node.attributes.ints('dilations')?.some((d) => d > 1) ? { value: node.output() } : null),
  },
  {
    id: 'htp/layer-norm-axis', scope: 'node', opTypes: ['LayerNormalization'], title: 'LayerNormalization over more than the last axis', severity: 'blocks-unit', confidence: 'very high',
    message: 'LayerNormalization is taken along the last axis only.', remedy: 'Flatten the axes to normalize first.', sources: [COMPILED],
    when: (node) => {
      const axis = node.attributes.int('axis', -1);
      return axis !== -1 && axis !== (rankOf(node.input(0)) ?? 0) - 1 ? { value: node.output() } : null;
    },
  },
];

/** int8 has no plain conversions, int64 one from int32 only, fp16 none to bytes and bool; float64 cannot be at the face. */
function refusedCast(node: Node): boolean {
  const [from, to] = [node.input(0)?.type.dtype, node.output()?.type.dtype];
  if (!from || !to || from === to) return false;
  if (from === 'int8' || to === 'int8') return true;
  if (to === 'int64') return from !== 'int32';
  return (from === 'float16' && (to === 'uint8' || to === 'bool')) || (from === 'float64' && node.input(0)?.isGraphInput === true);
}

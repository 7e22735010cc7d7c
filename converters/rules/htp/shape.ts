import { formatShape, type Node, staticShape, type Value } from '../../../models/graph/index.ts';
import { highRankCause } from '../high-rank.ts';
import { axisSize, highestOutput, rankOf } from '../measure.ts';
import type { Rule } from '../rule.ts';

const TRIED = 'tried with onnxruntime-qnn 2.7.0, QAIRT 2.51';
const GRANULE = 32;

/** Shapes, ranks and the model's face on HTP. */
export const htpShapeRules: readonly Rule[] = [
  {
    id: 'htp/dynamic-shape', scope: 'graph', title: 'Dynamic input shape', severity: 'blocks-unit', confidence: 'very high',
    message: 'Input {detail} leaves dimensions open; a dynamic model stays on the CPU as a whole.', remedy: 'Fix the shape (--static NAME=1x3xHxW).', sources: [TRIED, 'onnxruntime.ai QNN execution provider'],
    when: ({ model }) => model.graph.inputs.filter((v) => !v.initializer && v.type.kind === 'tensor' && !staticShape(v.type))
      .map((value) => ({ value, detail: `"${value.name}" ${formatShape(value.type.shape)}`, cause: 'dynamic-shape' })),
  },
  {
    id: 'htp/rank-over-5', scope: 'node', opTypes: '*', title: 'Tensor of rank 6 or more', severity: 'splits-graph', confidence: 'very high',
    message: '{op} makes a tensor of rank {detail} ({shape}); the compiler refuses rank 6 and leaves the chain on the CPU.',
    remedy: 'Write the chain as a named operator or in fewer axes.', rewrites: ['rank/chain'], sources: [TRIED, 'onnxruntime/onnxruntime-qnn PR#171'],
    when: (node) => {
      const top = highestOutput(node);
      if (!top || top.rank <= 5 || isFusedByProvider(node)) return null;
      return { value: top.value, detail: String(top.rank), cause: highRankCause(top.value, 5) };
    },
  },
  {
    id: 'htp/rank-5', scope: 'node', opTypes: ['Reshape', 'Transpose', 'MatMul', 'Add', 'Mul', 'Softmax', 'Gather', 'Slice'], title: 'Tensor of rank 5', severity: 'slow', confidence: 'high',
    message: '{op} works on rank 5 ({shape}): accepted, but slow (removing such operators halved Swin attention, 1005 to 502 ms).',
    remedy: 'Bring the chain to four axes where it costs no more steps.', rewrites: ['rank/chain'], sources: ['onnxruntime/onnxruntime-qnn PR#745', 'onnxruntime/onnxruntime-qnn PR#505'],
    when: (node) => {
      const top = highestOutput(node);
      return top?.rank === 5 ? { value: top.value, cause: highRankCause(top.value, 4) } : null;
    },
  },
  {
    id: 'htp/float-face', scope: 'graph', title: 'Float NCHW images at the face of a quantized graph', severity: 'slow', confidence: 'high',
    message: '{detail} crosses the bus as float NCHW; with uint8 NHWC faces the compiled traffic of QuickSRNet-small fell from 18.2 to 8.3 MB per inference.',
    remedy: 'Change the face where the app can: --face uint8,nhwc.', sources: ['compiled with QAIRT 2.51: QuickSRNet-small ×2, 540×960'],
    when: ({ model, precision }) => {
      if (!precision.startsWith('w')) return null;
      return [...model.graph.inputs.filter((v) => !v.initializer), ...model.graph.outputs]
        .filter((v) => v.type.dtype === 'float32' && rankOf(v) === 4).map((value) => ({ value, detail: `"${value.name}" ${formatShape(value.type.shape)}`, cause: 'float-face' }));
    },
  },
  {
    id: 'htp/shallow-channels', scope: 'node', opTypes: ['Conv'], title: 'Channels below or between granules of 32', severity: 'slow', confidence: 'high',
    message: 'Convolution with {detail} output channels: channels come in granules of 32, the rest is padding.', remedy: 'Spend the padding: more channels up to the next multiple of 32 are nearly free.',
    sources: ['QNN documentation htp_guidelines_low_depth_activations', 'compiled with QAIRT 2.51: ABPN and residual blocks of 28, 32 and 48 channels'],
    when: (node) => {
      const channels = axisSize(node.output(), 1);
      const grouped = node.attributes.int('group', 1) > 1;
      return channels !== null && !grouped && channels % GRANULE !== 0 ? { value: node.output(), detail: String(channels), cause: 'channel-granule' } : null;
    },
  },
  {
    id: 'htp/flat-image', scope: 'node', opTypes: ['Conv', 'MatMul', 'Softmax'], title: 'Very uneven height and width', severity: 'slow', confidence: 'medium',
    message: '{op} works on {shape}: HTP tiles height and width, and a side of 1 leaves it little to tile.', remedy: 'Balance height and width (1×1500 as 30×50).', sources: ['QNN documentation htp_guidelines_other_perf'],
    when: (node) => {
      const value = node.output();
      const [h, w] = [axisSize(value, -2), axisSize(value, -1)];
      return node.is('Conv') && rankOf(value) === 4 && h !== null && w !== null && Math.min(h, w) === 1 && Math.max(h, w) >= 1024 ? { value } : null;
    },
  },
  {
    id: 'htp/output-in-value-info', scope: 'graph', title: 'Output repeated in value_info', severity: 'blocks-conversion', confidence: 'medium',
    message: 'Graph output {detail} is listed in value_info as well; the SDK\'s converter refuses that.', remedy: 'Any rewrite by dyno drops the duplicate.', sources: ['AI Hub: "Tensors occur in value_info but also in model IO"'],
    when: ({ model }) => {
      const listed = new Set((model.graph.proto.valueInfo ?? []).map((v) => v.name));
      return model.graph.outputs.filter((v) => listed.has(v.name)).map((value) => ({ value, detail: `"${value.name}"`, cause: 'output-in-value-info' }));
    },
  },
];

/** Rank-6 chains that the execution provider fuses itself: the batch-1 CRD shuffle and a window partition with a leading 1. */
function isFusedByProvider(node: Node): boolean {
  const transpose = node.is('Transpose') ? node : node.output()?.soleConsumer;
  if (!transpose?.is('Transpose')) return false;
  const shape = transpose.input(0)?.type.shape;
  const perm = transpose.attributes.ints('perm')?.join();
  const around = transpose.input(0)?.producer?.is('Reshape') && transpose.output()?.soleConsumer?.is('Reshape');
  if (!around || shape?.length !== 6 || shape[0] !== 1 || !soleUse(transpose.input(0))) return false;
  if (perm === '0,1,4,2,5,3') return shape[2] === shape[3];
  return perm === '0,1,3,2,4,5' && shape[2] === shape[4];
}

function soleUse(value: Value | null): boolean {
  return value?.soleConsumer !== null;
}

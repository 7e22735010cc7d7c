import type { Node } from '../../../models/graph/index.ts';
import { htpResize, readResize } from '../../resampling/index.ts';
import { misreadProduct } from '../../rewrites/form/hard-swish.ts';
import { isBehindPad, leavesInput, poolWindows } from '../../rewrites/form/pool-windows.ts';
import { padsOf } from '../measure.ts';
import { resizeForm } from '../resize-form.ts';
import type { Rule, RuleContext } from '../rule.ts';

const EMULATED = 'emulated with QAIRT 2.51: one-node models on v69 to v81';
const SUITE = 'ONNX\'s operator tests, emulated with QAIRT 2.51 (docs/htp-operators.md)';

/** Accepted is not right: what the HTP compiler takes and then computes otherwise. */
export const htpSemanticsRules: readonly Rule[] = [
  {
    id: 'htp/clip-attributes', scope: 'node', opTypes: ['Clip'], title: 'Clip with attribute bounds', severity: 'wrong-result', confidence: 'very high',
    message: 'Clip of opset {detail} states its bounds as attributes: accepted, and the bounds are ignored.', remedy: 'Move to opset 11 (--opset 11), or write Min(Max(x, lo), hi).', rewrites: ['form/clip-bounds'], sources: [EMULATED],
    when: (node, { model }) => (node.attributes.has('min') || node.attributes.has('max') ? { value: node.output(), detail: String(model.opset), cause: 'clip-attributes' } : null),
  },
  {
    id: 'htp/cast-uint8', scope: 'node', opTypes: ['Cast'], title: 'Cast from uint8 to float32', severity: 'wrong-result', confidence: 'very high',
    message: 'Cast uint8 → float32 computes a boolean: 0 or 1.', remedy: 'Use DequantizeLinear with scale 1 and zero point 0, or cast by way of float16.', rewrites: ['form/cast-uint8'], sources: [EMULATED],
    when: (node) => (node.input(0)?.type.dtype === 'uint8' && node.attributes.int('to') === 1 ? { value: node.output() } : null),
  },
  {
    id: 'htp/resize-grid', scope: 'node', opTypes: ['Resize', 'Upsample'], title: 'Resize on another sampling grid', severity: 'wrong-result', confidence: 'very high',
    message: 'Resize ({detail}) is accepted and samples another grid: HTP takes the ratio of the sizes for the scale, rounds by its own rule, and counts what is outside.',
    remedy: 'Use a form that agrees (nearest, asymmetric, floor; linear, half_pixel; sizes that are multiples), or gather the elements.', rewrites: ['form/resize-grid'],
    sources: ['emulated with QAIRT 2.51: 400 forms of Resize, docs/htp-operators.md'],
    when: (node, context) => {
      const resize = readResize(node);
      return (resize ? htpResize(resize) === 'wrong' : mayDiffer(node, context)) ? { value: node.output(), detail: resizeForm(node, context).text } : null;
    },
  },
  {
    id: 'htp/average-pool-divisor', scope: 'node', opTypes: ['AveragePool'], title: 'AveragePool with padding', severity: 'wrong-result', confidence: 'high',
    message: 'AveragePool with {detail} is accepted, and at many sizes reads beyond its input or divides by other counts.', remedy: 'Average by a convolution in groups of one channel, with divisors put right at the border.', rewrites: ['form/explicit-pool-padding'],
    sources: ['emulated with QAIRT 2.51: 66 of 180 padded forms wrong, 5 end the process (test/converters/htp/forms.test.ts)', 'docs/htp-operators.md'],
    when: (node) => {
      if (node.attributes.string('auto_pad', 'NOTSET').startsWith('SAME')) return null;
      const windows = poolWindows(node);
      if (isBehindPad(node)) return { value: node.output(), detail: 'a Pad before it, which the compiler draws in,' };
      if (windows && !leavesInput(windows)) return null;
      const detail = padsOf(node).some((p) => p > 0) ? 'pads' : node.attributes.int('ceil_mode', 0) === 1 ? 'ceil_mode' : null;
      return detail ? { value: node.output(), detail } : null;
    },
  },
  {
    id: 'htp/hard-swish', scope: 'node', opTypes: ['HardSigmoid'], title: 'x · HardSigmoid(x)', severity: 'wrong-result', confidence: 'very high',
    message: 'Mul(x, HardSigmoid(x)) with α = 1/6, β = 1/2 is read as HardSwish and multiplied by x once more.', remedy: 'Use HardSwish (opset 14), or Mul(HardSigmoid(x), x).', rewrites: ['form/hard-swish'],
    sources: ['emulated with QAIRT 2.51: hardswish_expanded of ONNX\'s operator tests (docs/htp-operators.md)'],
    when: (node) => (misreadProduct(node) ? { value: node.output() } : null),
  },
  {
    id: 'htp/grid-sample-nearest', scope: 'node', opTypes: ['GridSample'], title: 'GridSample with mode nearest', severity: 'wrong-result', confidence: 'high',
    message: 'GridSample with mode nearest is accepted and rounds positions half way, and some near there, to other elements.', remedy: 'Use mode linear where the model allows.', sources: [SUITE],
    when: (node) => (node.attributes.string('mode', 'linear') === 'nearest' ? { value: node.output() } : null),
  },
  {
    id: 'htp/top-k-ties', scope: 'node', opTypes: ['TopK'], title: 'TopK of whole numbers', severity: 'wrong-result', confidence: 'medium',
    message: 'TopK takes another order of equal values than ONNX (lower index first), and whole numbers are often equal.', remedy: 'Use the values alone, or add a small ramp that makes them differ.', sources: [SUITE],
    when: (node) => {
      const indices = node.outputs[1];
      const whole = /^u?int/.test(node.input(0)?.type.dtype ?? '');
      return whole && indices && (indices.uses.size > 0 || indices.isGraphOutput) ? { value: indices } : null;
    },
  },
  {
    id: 'htp/is-nan', scope: 'node', opTypes: ['IsNaN'], title: 'IsNaN of infinity', severity: 'overflow', confidence: 'high',
    message: 'HTP has no infinities: they come out as ±65536, and IsNaN is true of them.', remedy: 'Keep values finite before it, or test outside of the graph.', sources: [SUITE], when: (node) => ({ value: node.output() }),
  },
  {
    id: 'htp/non-max-suppression', scope: 'node', opTypes: ['NonMaxSuppression'], title: 'NonMaxSuppression', severity: 'wrong-result', confidence: 'high',
    message: 'NonMaxSuppression with constant scores is accepted and gives zeros for several batches or classes; with computed ones it stays on the CPU.', remedy: 'Suppress outside of the graph: cut it off at the boxes and scores.', sources: [SUITE],
    when: (node) => (node.input(1)?.constant ? { value: node.output() } : { value: node.output(), severity: 'splits-graph' as const }),
  },
  {
    id: 'htp/compiler-crash', scope: 'node', opTypes: ['AveragePool', 'LpPool', 'STFT'], title: 'Operator that kills the compiler', severity: 'blocks-conversion', confidence: 'very high',
    message: '{op}{detail} ends the compiler with signal 11.', remedy: 'Pad explicitly and pool without auto_pad; compute the STFT outside of the graph.', rewrites: ['form/explicit-pool-padding'], sources: [EMULATED],
    when: (node) => {
      if (node.is('STFT')) return { value: node.output(), detail: '' };
      const auto = node.attributes.string('auto_pad', 'NOTSET');
      return auto === 'SAME_UPPER' || auto === 'SAME_LOWER' ? { value: node.output(), detail: ` with ${auto}` } : null;
    },
  },
  {
    id: 'htp/double-shift', scope: 'node', opTypes: ['Split'], title: 'Shift by Split and Concat along two axes', severity: 'wrong-result', confidence: 'very high',
    message: 'Split and Concat in another order along axis 2, directly after the same along axis 1: accepted, and elements land elsewhere.',
    remedy: 'Write the second shift with Slice and Concat, or shift along axis 2 first.', sources: [EMULATED],
    when: (node) => {
      const before = node.input(0)?.producer;
      const after = node.output()?.soleConsumer;
      return before && after && shiftAxis(before) === 1 && shiftAxis(after) === 2 ? { value: node.output() } : null;
    },
  },
  {
    id: 'htp/negative-indices', scope: 'node', opTypes: ['GatherElements', 'ScatterElements'], title: 'Negative indices', severity: 'wrong-result', confidence: 'high',
    message: '{op} picks other elements for negative indices, and these are an input of the model.', remedy: 'Count indices from the front; constant ones are made so by the compiler.', sources: [EMULATED, SUITE],
    when: (node) => (node.input(1)?.isGraphInput && !node.input(1)?.constant ? { value: node.input(1) } : null),
  },
  {
    id: 'htp/negative-constant-indices', scope: 'node', opTypes: ['GatherElements', 'ScatterElements'], beforeSdk: [2, 51], title: 'Negative constant indices', severity: 'wrong-result', confidence: 'medium',
    message: '{op} with negative indices picks other elements.', remedy: 'Make the indices non-negative.', rewrites: ['form/non-negative-indices'], sources: ['onnxruntime.ai QNN execution provider'],
    when: (node, context) => (context.numbers(node.input(1))?.some((i) => i < 0) ? { value: node.output() } : null),
  },
  {
    id: 'htp/negative-gather', scope: 'node', opTypes: ['Gather', 'GatherND'], beforeSdk: [2, 51], title: 'Negative Gather indices', severity: 'blocks-unit', confidence: 'medium',
    message: '{op} with negative indices is not taken.', remedy: 'Make the indices non-negative.', rewrites: ['form/non-negative-indices'], sources: ['onnxruntime.ai QNN execution provider', 'Qualcomm AI Hub help'],
    when: (node, context) => (!context.shapeOnly.has(node) && context.numbers(node.input(1))?.some((i) => i < 0) ? { value: node.output() } : null),
  },
  {
    id: 'htp/infinite-constant', scope: 'node', opTypes: '*', title: 'Constant beyond fp16', severity: 'overflow', confidence: 'high',
    message: '{op} uses a constant of magnitude {detail}; floats are computed in fp16, which ends at 65504.', remedy: 'Use −40000 for masks, rescale other constants.', sources: ['pytorch/executorch backends/qualcomm (no −inf constants)', 'Qualcomm AI Hub help'],
    when: (node, context) => {
      for (const value of node.inputs) {
        if (value?.type.dtype !== 'float32' || !value.constant || value.constant.size > 1 << 20) continue;
        const worst = context.numbers(value)?.reduce((m, x) => Math.max(m, Math.abs(x)), 0) ?? 0;
        if (worst > 65504) return { value, detail: String(worst) };
      }
      return null;
    },
  },
  {
    id: 'htp/overflow-activation', scope: 'node', opTypes: '*', title: 'Activation beyond fp16', severity: 'overflow', confidence: 'high',
    message: '{op} reached {detail} on the images given; fp16 ends at 65504.', remedy: 'Rescale or clip before this node.', sources: ['Qualcomm AI Hub help'],
    when: (node, { magnitudes }) => {
      const seen = magnitudes.get(node.output()?.name ?? '') ?? 0;
      return seen > 65504 ? { value: node.output(), detail: seen.toPrecision(4) } : null;
    },
  },
];

/** Forms whose grids differ at some sizes, where the sizes are not known. */
function mayDiffer(node: Node, context: RuleContext): boolean {
  const { mode, nearest, coordinates, downsamples } = resizeForm(node, context);
  return mode === 'nearest' && (nearest === 'ceil' || coordinates === 'align_corners' || downsamples);
}

/** Axis of a Concat of all outputs of one Split in another order along the same axis (`torch.roll`); null for others. */
function shiftAxis(concat: Node): number | null {
  const split = concat.is('Concat') ? concat.input(0)?.producer : null;
  const rank = concat.output()?.type.shape?.length ?? 0;
  const axis = (node: Node): number => (node.attributes.int('axis', 0) + rank) % Math.max(1, rank);
  if (!split?.is('Split') || axis(split) !== axis(concat)) return null;
  const order = concat.inputs.map((value) => split.outputs.indexOf(value));
  const shifts = order.length === split.outputs.length && !order.includes(-1) && order.some((position, index) => position !== index);
  return shifts ? axis(concat) : null;
}

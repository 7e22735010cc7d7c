import { isKnownOperator } from '../known-operators.ts';
import { UNFUSED_GELU, UNFUSED_NORM, unfusedGelu, unfusedNorm } from '../patterns.ts';
import { highRankCause } from '../high-rank.ts';
import { axisSize, normalAxis, rankOf } from '../measure.ts';
import { resizeForm } from '../resize-form.ts';
import type { Rule } from '../rule.ts';

const APPLE_RULES = 'apple/coreai-models skills/model-authoring/references/neural_engine_rules.md';
const GUIDE = 'sbryngelson/ane-guide ch. 17';
const NO_PATH = [
  'ScatterElements', 'ScatterND', 'Scatter', 'OneHot', 'NonZero', 'ReverseSequence', 'LSTM', 'GRU', 'RNN', 'And', 'Or', 'Xor', 'Mod', 'ReduceProd', 'Asin', 'Acos',
  'Tan', 'Sinh', 'CumSum', 'If', 'Loop', 'Scan', 'NonMaxSuppression', 'Unique', 'Compress',
];

/** Single operators on the Neural Engine. */
export const aneOpRules: readonly Rule[] = [
  {
    id: 'ane/no-path', scope: 'node', opTypes: NO_PATH, title: 'Operator without a Neural Engine path', severity: 'blocks-unit', confidence: 'high',
    message: '{op} has no path on the Neural Engine.', remedy: 'Move it to the edge of the graph, or out of it (--cut-from / --cut-at).', sources: [`${GUIDE}, app. A`, 'apple/coremltools#1780'],
    when: (node, { shapeOnly }) => (shapeOnly.has(node) ? null : { value: node.output() }),
  },
  {
    id: 'ane/unknown-operator', scope: 'node', opTypes: '*', title: 'Operator that this version does not know', severity: 'blocks-conversion', confidence: 'low',
    message: '{op} is no operator of ai.onnx that this version knows, so nothing can be said of where it runs.', remedy: 'Look at its spelling; export it as operators of ai.onnx.',
    sources: ['docs/shape-inference.md'], when: (node, { program }) => (!program && node.isOnnx && !isKnownOperator(node) ? { value: node.output(), cause: `unknown:${node.opType}` } : null),
  },
  {
    id: 'ane/foreign-domain', scope: 'node', opTypes: '*', title: 'Operator of another domain', severity: 'blocks-conversion', confidence: 'very high',
    message: '{op} belongs to domain "{detail}"; only ai.onnx operators are converted.', remedy: 'Export without contrib operators (for ONNX Runtime: optimization level basic).', sources: ['onnx/onnx docs/Operators.md'],
    when: (node, { program }) => (program || node.isOnnx ? null : { value: node.output(), detail: node.domain, cause: `domain:${node.domain}` }),
  },
  {
    id: 'ane/sin-cos', scope: 'node', opTypes: ['Sin', 'Cos'], title: 'Sine and cosine', severity: 'blocks-unit', confidence: 'medium', generations: [null, 14],
    message: '{op} runs on the engine from H15 (A16) on.', remedy: 'Replace it by a table or a polynomial.', sources: [GUIDE], when: (node) => ({ value: node.output() }),
  },
  {
    id: 'ane/topk', scope: 'node', opTypes: ['TopK'], title: 'TopK', severity: 'blocks-unit', confidence: 'medium', generations: [null, 13],
    message: 'TopK leaves the engine before H14.', remedy: 'Do it outside of the graph.', sources: ['ANEForge docs/op-quirks.md', 'roboflow/rf-detr PR#1495'], when: (node) => ({ value: node.output() }),
  },
  {
    id: 'ane/resample', scope: 'node', opTypes: ['GridSample', 'RoiAlign', 'AffineGrid'], title: 'Sampling by coordinates', severity: 'blocks-unit', confidence: 'medium', generations: [null, 13],
    message: '{op} needs the texture engine of H14 or later.', remedy: 'Do it outside of the graph.', sources: [GUIDE], when: (node) => ({ value: node.output() }),
  },
  {
    id: 'ane/arg-extent', scope: 'node', opTypes: ['ArgMax', 'ArgMin'], title: 'ArgMax over a long axis', severity: 'blocks-unit', confidence: 'medium',
    message: '{op} over {detail} elements; the engine takes up to 2048.', remedy: 'Reduce in two steps.', sources: [`${GUIDE}, app. A`],
    when: (node) => {
      const size = axisSize(node.input(0), node.attributes.int('axis', 0));
      return size !== null && size > 2048 ? { value: node.output(), detail: String(size) } : null;
    },
  },
  {
    id: 'ane/expand', scope: 'node', opTypes: ['Expand', 'Tile'], title: 'Materialised broadcast', severity: 'slow', confidence: 'medium',
    message: '{op} copies data ({shape}) that a broadcast would not.', remedy: 'Let the consumer broadcast, or use a nearest Resize for repetition.', rewrites: ['clean/repeats'], sources: ['facefusion PR#1204', GUIDE],
    when: (node, { shapeOnly }) => (shapeOnly.has(node) || node.output()?.constant ? null : { value: node.output() }),
  },
  {
    id: 'ane/pad-axis', scope: 'node', opTypes: ['Pad'], title: 'Padding of batch or channels', severity: 'blocks-unit', confidence: 'high',
    message: 'Pad reaches axis {detail}; only height and width can be padded on the engine.', remedy: 'Concatenate zeros, or add zero channels to the weight.', sources: [GUIDE, 'microsoft/onnxruntime coreml/builders/impl/pad_op_builder.cc'],
    when: (node, context) => {
      const pads = node.attributes.ints('pads') ?? Array.from(context.numbers(node.input(1)) ?? []);
      const rank = pads.length / 2;
      const axis = Array.from({ length: Math.max(0, rank - 2) }, (_, i) => i).find((i) => pads[i] !== 0 || pads[i + rank] !== 0);
      return rank === 4 && axis !== undefined && !node.input(3) ? { value: node.output(), detail: String(axis) } : null;
    },
  },
  {
    id: 'ane/pad-mode', scope: 'node', opTypes: ['Pad'], title: 'Reflecting pad in software', severity: 'slow', confidence: 'high', generations: [null, 13],
    message: 'Pad mode {detail} needs the texture engine of H14; older families do it in software.', remedy: 'Pad with zeros, or pad the image before it enters.', sources: [GUIDE],
    when: (node) => {
      const mode = node.attributes.string('mode', 'constant');
      return mode === 'constant' ? null : { value: node.output(), detail: mode };
    },
  },
  {
    id: 'ane/resize', scope: 'node', opTypes: ['Resize', 'Upsample'], title: 'Resize that is not an integer replication', severity: 'slow', confidence: 'medium',
    message: 'Resize ({detail}) differs between implementations; the only safe form is nearest with whole factors.', remedy: 'Use nearest with whole factors, or resize outside of the graph.',
    sources: ['sbryngelson/ane-guide ch. 34', 'ANEForge docs/op-quirks.md', 'microsoft/onnxruntime coreml/builders/impl/resize_op_builder.cc'],
    when: (node, context) => {
      const form = resizeForm(node, context);
      if (form.mode === 'cubic') return { value: node.output(), detail: form.text, severity: 'blocks-conversion' };
      return form.integerNearest ? null : { value: node.output(), detail: form.text };
    },
  },
  {
    id: 'ane/shuffle-factor', scope: 'node', opTypes: ['DepthToSpace', 'SpaceToDepth'], title: 'Shuffle factor without a native form', severity: 'slow', confidence: 'medium',
    message: '{op} by {detail}; native factors are 2, 3, 4 and 8.', remedy: 'Shuffle in two steps.', sources: [`${GUIDE}, app. A`],
    when: (node) => {
      const block = node.attributes.int('blocksize', 0);
      return [1, 2, 3, 4, 8].includes(block) ? null : { value: node.output(), detail: String(block) };
    },
  },
  {
    id: 'ane/transpose-width', scope: 'node', opTypes: ['Transpose'], title: 'Transpose that moves the width', severity: 'slow', confidence: 'medium',
    message: 'Transpose by ({detail}) moves the last axis, which is the expensive kind.', remedy: 'Keep the last axis in place, or use a named shuffle.', rewrites: ['rank/chain'], sources: [APPLE_RULES],
    when: (node, { shapeOnly }) => {
      const perm = node.attributes.ints('perm');
      const output = node.output();
      if (!perm || !output || perm.length <= 2 || perm.at(-1) === perm.length - 1 || shapeOnly.has(node)) return null;
      return { value: output, detail: perm.join(', '), ...(perm.length > 5 ? { cause: highRankCause(output, 5) } : {}) };
    },
  },
  {
    id: 'ane/gather-generation', scope: 'node', opTypes: ['Gather', 'GatherND', 'GatherElements'], title: 'Gather before H14', severity: 'blocks-unit', confidence: 'medium', generations: [null, 13],
    message: '{op} is very restricted before H14.', remedy: 'Use Split or Slice for constant indices.', sources: [GUIDE],
    when: (node, { shapeOnly }) => (shapeOnly.has(node) ? null : { value: node.output() }),
  },
  {
    id: 'ane/gather-rank-5', scope: 'node', opTypes: ['Gather'], title: 'Scalar Gather of a rank-5 tensor', severity: 'blocks-conversion', confidence: 'medium',
    message: 'Gather with a scalar index on rank 5 passes through rank 6 in conversion.', remedy: 'Use Split or Slice and Reshape.', rewrites: ['rank/chain'], sources: ['apple/coreai-models common_issues.md'],
    when: (node) => (rankOf(node.input(0)) === 5 && rankOf(node.input(1)) === 0 ? { value: node.input(0) } : null),
  },
  {
    id: 'ane/slice-saturation', scope: 'node', opTypes: ['Slice'], title: 'Slice of the last axis saturates', severity: 'overflow', confidence: 'medium', generations: [13, 14],
    message: 'A slice of the last axis with an offset turns |x| above 4094 into infinity on this family; {detail} was seen.', remedy: 'Slice another axis, or rescale before.', sources: ['ANEForge docs/numeric-cliffs.md'],
    when: (node, context) => {
      const seen = context.magnitudes.get(node.input(0)?.name ?? '') ?? 0;
      const rank = rankOf(node.input(0)) ?? 0;
      const axes = node.attributes.ints('axes') ?? Array.from(context.numbers(node.input(3)) ?? []);
      const starts = node.attributes.ints('starts') ?? Array.from(context.numbers(node.input(1)) ?? []);
      const last = axes.findIndex((a) => normalAxis(a, rank) === rank - 1);
      return seen > 4094 && last >= 0 && starts[last] !== 0 ? { value: node.output(), detail: seen.toPrecision(4) } : null;
    },
  },
  {
    id: 'ane/wide-concat', scope: 'node', opTypes: ['Concat'], title: 'Concat of many', severity: 'slow', confidence: 'medium',
    message: 'Concat of {detail} inputs; wide fan-in compiles slowly.', remedy: 'Concatenate in a tree.', sources: [`${GUIDE}, ch. 19`],
    when: (node, { shapeOnly }) => (node.inputs.length >= 12 && !shapeOnly.has(node) ? { value: node.output(), detail: String(node.inputs.length) } : null),
  },
  {
    id: 'ane/decomposed-norm', scope: 'node', opTypes: UNFUSED_NORM, title: 'Normalisation written out', severity: 'slow', confidence: 'high',
    message: 'A layer norm in {detail} nodes; parts of it may split to the CPU.', remedy: 'Use LayerNormalization (opset 17).', rewrites: ['clean/layer-norm'], sources: [APPLE_RULES, 'apple/coremltools#2821'],
    when: (node) => {
      const nodes = unfusedNorm(node);
      return nodes ? { value: node.output(), detail: String(nodes), cause: 'decomposed-norm' } : null;
    },
  },
  {
    id: 'ane/decomposed-gelu', scope: 'node', opTypes: UNFUSED_GELU, title: 'GELU written out', severity: 'slow', confidence: 'medium',
    message: '{op} inside a written-out GELU; fp32 constants on the way knock it off the engine.', remedy: 'Use Gelu (opset 20), or fp16 constants.', rewrites: ['clean/gelu'], sources: [APPLE_RULES],
    when: (node) => (unfusedGelu(node) ? { value: node.output(), cause: 'decomposed-gelu' } : null),
  },
  {
    id: 'ane/softmax-axis', scope: 'node', opTypes: ['Softmax', 'LogSoftmax'], title: 'Softmax over a spatial axis', severity: 'slow', confidence: 'high',
    message: 'Softmax over axis {detail}: the channel axis is faster for large tensors.', remedy: 'Lay attention out as (B, C, 1, S) and reduce over C.', sources: [APPLE_RULES],
    when: (node) => {
      const rank = rankOf(node.input(0)) ?? 0;
      const axis = normalAxis(node.attributes.int('axis', -1), rank);
      return rank === 4 && axis !== 1 && (axisSize(node.input(0), axis) ?? 0) > 64 ? { value: node.output(), detail: String(axis) } : null;
    },
  },
];


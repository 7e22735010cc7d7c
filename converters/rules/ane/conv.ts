import type { Node } from '../../../models/graph/index.ts';
import { axisSize, kernelOf, padsOf, rankOf } from '../measure.ts';
import type { Rule } from '../rule.ts';

const APPLE_RULES = 'apple/coreai-models skills/model-authoring/references/neural_engine_rules.md';
const GUIDE = 'sbryngelson/ane-guide ch. 17';
const CONVS = ['Conv', 'ConvTranspose'] as const;
/** Equal strides that run at full speed (2- and 3-smooth). */
const FAST_STRIDES = new Set([1, 2, 3, 4, 6, 8, 9, 12, 16, 24, 32]);
const CORES = 16;

/** Convolutions, linear layers and pools on the Neural Engine. */
export const aneConvRules: readonly Rule[] = [
  {
    id: 'ane/linear-as-conv', scope: 'node', opTypes: ['MatMul', 'Gemm'], title: 'Linear layer instead of 1×1 convolution', severity: 'slow', confidence: 'high',
    message: '{op} multiplies by a constant weight; the engine is built for 1×1 convolutions on (B, C, 1, S).', remedy: 'Convert the weight as a 1×1 convolution (the Core ML recipe does).',
    sources: [APPLE_RULES, 'apple/ml-ane-transformers README'], when: (node) => (node.input(1)?.constant ? { value: node.output(), cause: 'linear-as-conv' } : null),
  },
  {
    id: 'ane/kernel-width', scope: 'node', opTypes: ['Conv'], title: 'Convolution kernel too wide', severity: 'blocks-unit', confidence: 'medium', generations: [null, 16],
    message: 'Kernel {detail}: wider than 13 or higher than 29 is rejected on this family.', remedy: 'Split the kernel into smaller ones in series.', sources: [GUIDE, 'ANEForge docs/op-quirks.md'],
    when: (node) => kernelBeyond(node, 29, 13),
  },
  {
    id: 'ane/kernel-width-h17', scope: 'node', opTypes: ['Conv'], title: 'Convolution kernel too wide', severity: 'blocks-unit', confidence: 'medium', generations: [17, null],
    message: 'Kernel {detail}: wider than 15 or higher than 32 is rejected on this family.', remedy: 'Split the kernel into smaller ones in series.', sources: [GUIDE, 'ANEForge docs/op-quirks.md'],
    when: (node) => kernelBeyond(node, 32, 15),
  },
  {
    id: 'ane/stride', scope: 'node', opTypes: ['Conv'], title: 'Slow stride', severity: 'slow', confidence: 'high',
    message: 'Stride {detail} is decomposed; fast are equal strides made of twos and threes.', remedy: 'Use stride 2, 3, 4, 6 or 8.', sources: [APPLE_RULES, GUIDE],
    when: (node) => {
      const strides = node.attributes.ints('strides') ?? [];
      const fast = strides.every((s) => FAST_STRIDES.has(s)) && (new Set(strides).size <= 1 || strides.includes(2) || strides.includes(1));
      return fast ? null : { value: node.output(), detail: strides.join('×') };
    },
  },
  {
    id: 'ane/dilation', scope: 'node', opTypes: ['Conv'], title: 'Dilated convolution', severity: 'slow', confidence: 'medium',
    message: 'Dilation {detail} is expensive (it compiles up to 8).', remedy: 'Factor it into dilations of 2 and 3 in a chain: changes the function, needs retraining.', sources: [APPLE_RULES, GUIDE],
    when: (node) => {
      const dilation = Math.max(1, ...(node.attributes.ints('dilations') ?? []));
      return dilation > 1 ? { value: node.output(), detail: String(dilation), severity: dilation > 8 ? 'blocks-unit' : 'slow' } : null;
    },
  },
  {
    id: 'ane/groups', scope: 'node', opTypes: ['Conv'], title: 'Group count that does not fit the cores', severity: 'slow', confidence: 'medium',
    message: '{detail} groups do not divide the engine\'s 16 cores.', remedy: 'Use 2, 4, 8 or 16 groups, or depthwise.', sources: [GUIDE],
    when: (node) => {
      const groups = node.attributes.int('group', 1);
      const depthwise = axisSize(node.input(0), 1) === groups;
      return groups > 1 && !depthwise && CORES % groups !== 0 ? { value: node.output(), detail: String(groups) } : null;
    },
  },
  {
    id: 'ane/dynamic-weight', scope: 'node', opTypes: CONVS, title: 'Weights computed at run time', severity: 'blocks-unit', confidence: 'high',
    message: '{op} takes its weight from another node; only constant weights are placed on the engine.', remedy: 'Make the weight an initializer.', sources: ['microsoft/onnxruntime coreml/builders/impl/conv_op_builder.cc'],
    when: (node) => {
      const weight = node.input(1);
      return weight && !weight.constant && !weight.producer?.is('DequantizeLinear') ? { value: weight } : null;
    },
  },
  {
    id: 'ane/conv-transpose-output', scope: 'node', opTypes: ['ConvTranspose'], title: 'ConvTranspose with output_padding or uneven pads', severity: 'wrong-result', confidence: 'medium',
    message: '{detail}: results were seen to differ between CPU and the other units.', remedy: 'Express it as convolution and DepthToSpace, or crop with a Slice.',
    sources: ['microsoft/onnxruntime coreml/builders/impl/convtranspose_op_builder.cc'],
    when: (node) => {
      const pads = padsOf(node);
      const half = pads.length / 2;
      if ((node.attributes.ints('output_padding') ?? []).some((p) => p !== 0)) return { value: node.output(), detail: 'output_padding is set' };
      if (node.attributes.has('output_shape')) return { value: node.output(), detail: 'output_shape is set' };
      return pads.some((p, i) => i < half && p !== pads[i + half]) ? { value: node.output(), detail: 'begin and end pads differ' } : null;
    },
  },
  {
    id: 'ane/odd-channels', scope: 'node', opTypes: ['Conv'], title: 'Channel count that pads', severity: 'slow', confidence: 'low',
    message: '{detail} channels are padded to the engine\'s interleave; 64 were seen to run faster than 48.', remedy: 'Measure with the next multiple of 16.', sources: [GUIDE, 'ModelPiper/PiperSR README (author claim)'],
    when: (node) => {
      const channels = axisSize(node.output(), 1);
      return channels !== null && channels > 16 && channels % 16 !== 0 ? { value: node.output(), detail: String(channels), cause: `channels:${channels}` } : null;
    },
  },
  {
    id: 'ane/pool', scope: 'node', opTypes: ['AveragePool', 'MaxPool', 'LpPool'], title: 'Pooling window or stride', severity: 'slow', confidence: 'medium',
    message: 'Pooling with {detail}: strides of 2 and 4 are fast, average windows above 29 are rejected.', remedy: 'Pool in two steps.', sources: [APPLE_RULES, `${GUIDE}, ch. 24`],
    when: (node) => {
      const kernel = kernelOf(node) ?? [];
      const strides = node.attributes.ints('strides') ?? [];
      if (node.is('AveragePool') && Math.max(...kernel) > 29) return { value: node.output(), detail: `a window of ${kernel.join('×')}`, severity: 'blocks-unit' };
      return strides.some((s) => ![1, 2, 4].includes(s)) ? { value: node.output(), detail: `stride ${strides.join('×')}` } : null;
    },
  },
];

function kernelBeyond(node: Node, height: number, width: number): { value: ReturnType<Node['output']>; detail: string } | null {
  const kernel = kernelOf(node);
  if (!kernel || rankOf(node.output()) === 3) return null;
  const [h = 1, w = 1] = kernel.slice(-2);
  return h > height || w > width ? { value: node.output(), detail: kernel.join('×') } : null;
}

import { formatShape, staticShape } from '../../../models/graph/index.ts';
import { axisSize, highestOutput, rankOf } from '../measure.ts';
import { highRankCause } from '../high-rank.ts';
import type { Rule } from '../rule.ts';

const APPLE_RULES = 'apple/coreai-models skills/model-authoring/references/neural_engine_rules.md';
const GUIDE = 'sbryngelson/ane-guide ch. 17';
const MAX_EXTENT = 16384;
const MAX_CHANNELS = 65536;

/** Shapes, ranks and the model's face on the Neural Engine. */
export const aneShapeRules: readonly Rule[] = [
  {
    id: 'ane/rank-over-5', scope: 'node', opTypes: '*', title: 'Tensor of rank 6 or more', severity: 'blocks-conversion', confidence: 'very high',
    message: '{op} makes a tensor of rank {detail} ({shape}); Core ML takes at most 5, also inside the graph.',
    remedy: 'Write the chain as a named operator or in fewer axes.', rewrites: ['rank/chain'],
    sources: [APPLE_RULES, 'apple/coremltools converters/mil/mil/program.py (_check_invalid_tensor_rank)', 'apple/coremltools#1723', 'apple/coremltools#1461'],
    when: (node) => {
      const top = highestOutput(node);
      return top && top.rank > 5 ? { value: top.value, detail: String(top.rank), cause: highRankCause(top.value, 5) } : null;
    },
  },
  {
    id: 'ane/rank-over-5-input', scope: 'graph', title: 'Model input of rank 6 or more', severity: 'blocks-conversion', confidence: 'very high',
    message: 'Input {detail} has rank above 5: conversion lets it pass unnoticed, Core ML does not.',
    remedy: 'Feed the tensor in at most five axes.', sources: [APPLE_RULES, 'tried with coremltools 9.1.dev1'],
    when: ({ model }) => model.graph.inputs.filter((v) => !v.initializer && (rankOf(v) ?? 0) > 5).map((value) => ({ value, detail: `"${value.name}"` })),
  },
  {
    id: 'ane/rank-5-compute', scope: 'node', opTypes: ['MatMul', 'Gemm', 'LayerNormalization', 'Conv', 'ConvTranspose'], title: 'Compute on rank 5', severity: 'blocks-unit', confidence: 'medium',
    message: '{op} works on rank {detail}: linear layers need rank 4 or less, matrix products and norms a depth of 1, and 3-D convolutions have no lowering.',
    remedy: 'Bring the tensor to four axes (merge batch axes).', rewrites: ['rank/chain'], sources: [`${GUIDE}, ch. 19`],
    when: (node) => {
      const rank = Math.max(...node.inputs.map((v) => rankOf(v) ?? 0));
      return rank === 5 ? { value: node.output(), detail: '5' } : null;
    },
  },
  {
    id: 'ane/extent', scope: 'node', opTypes: '*', title: 'Width or height above 16384', severity: 'blocks-unit', confidence: 'high', generations: [null, 15],
    message: '{op} makes {shape}; width and height may not exceed 16384 on this family.',
    remedy: 'Tile the image, or fold the long axis into two.', sources: ['microsoft/onnxruntime coreml/builders/helper.cc (IsInputSupported)', 'apple/coremltools#1003', GUIDE],
    when: (node) => longAxis(node.outputs, MAX_EXTENT),
  },
  {
    id: 'ane/channels', scope: 'node', opTypes: '*', title: 'More than 65536 channels', severity: 'blocks-unit', confidence: 'medium',
    message: '{op} makes {shape}; more than 65536 channels are rejected.', remedy: 'Split the channels.', sources: [GUIDE],
    when: (node) => {
      const value = node.outputs.find((v) => rankOf(v) === 4 && (axisSize(v, 1) ?? 0) > MAX_CHANNELS);
      return value ? { value } : null;
    },
  },
  {
    id: 'ane/wide-linear', scope: 'node', opTypes: ['MatMul', 'Gemm'], title: 'Very wide linear layer', severity: 'blocks-unit', confidence: 'medium',
    message: '{op} has {detail} outputs; above about 16384 it falls to the CPU.', remedy: 'Split the weight into several layers and concatenate.',
    sources: ['smpanaro/more-ane-transformers src/experiments/NOTES.md'],
    when: (node) => {
      const width = axisSize(node.output(), -1);
      return width !== null && width > MAX_EXTENT && node.input(1)?.constant ? { value: node.output(), detail: String(width) } : null;
    },
  },
  {
    id: 'ane/dynamic-shape', scope: 'graph', title: 'Dynamic input shape', severity: 'blocks-unit', confidence: 'very high',
    message: 'Input {detail} leaves dimensions open; range shapes do not run on the Neural Engine.',
    remedy: 'Fix the shape (--static NAME=1x3xHxW), or convert one function per size.', sources: [APPLE_RULES, 'apple/coremltools docs-guides/source/flexible-inputs.md', 'apple/coremltools#2370'],
    when: ({ model }) => model.graph.inputs.filter((v) => !v.initializer && v.type.kind === 'tensor' && !staticShape(v.type))
      .map((value) => ({ value, detail: `"${value.name}" ${formatShape(value.type.shape)}`, cause: 'dynamic-shape' })),
  },
  {
    id: 'ane/io-alignment', scope: 'graph', title: 'Last axis of an input or output pads badly', severity: 'slow', confidence: 'very high',
    message: '{detail} has a last axis of one element: buffers are padded to 64 bytes, 32 times the memory in fp16.',
    remedy: 'Let the longest axis be the last one.', sources: [APPLE_RULES, 'machinelearning.apple.com/research/neural-engine-transformers'],
    when: ({ model }) => [...model.graph.inputs.filter((v) => !v.initializer), ...model.graph.outputs]
      .filter((v) => (rankOf(v) ?? 0) >= 3 && axisSize(v, -1) === 1).map((value) => ({ value, detail: `"${value.name}" ${formatShape(value.type.shape)}` })),
  },
];

function longAxis(outputs: readonly (Parameters<typeof axisSize>[0] | null)[], limit: number): { value: NonNullable<Parameters<typeof axisSize>[0]> } | null {
  for (const value of outputs) {
    if (!value || (rankOf(value) ?? 0) < 3) continue;
    if ((axisSize(value, -1) ?? 0) > limit || (axisSize(value, -2) ?? 0) > limit) return { value };
  }
  return null;
}

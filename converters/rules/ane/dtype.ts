import type { DType } from '../../../models/contracts/index.ts';
import type { Node, Value } from '../../../models/graph/index.ts';
import type { Rule } from '../rule.ts';

const APPLE_RULES = 'apple/coreai-models skills/model-authoring/references/neural_engine_rules.md';
const GUIDE = 'sbryngelson/ane-guide ch. 17';
const INTEGER: ReadonlySet<DType> = new Set(['int32', 'int64', 'uint32', 'uint64', 'bool']);
const COMPUTE = ['Add', 'Sub', 'Mul', 'Div', 'Pow', 'Neg', 'Abs', 'Min', 'Max', 'MatMul', 'Where', 'Equal', 'Less', 'Greater', 'LessOrEqual', 'GreaterOrEqual', 'Cast', 'CumSum', 'ReduceSum', 'ReduceMax'];
const HALF_MAX = 65504;

/** Element types and number ranges on the Neural Engine. */
export const aneDtypeRules: readonly Rule[] = [
  {
    id: 'ane/fp32', scope: 'graph', title: 'float32 compute', severity: 'blocks-unit', confidence: 'very high',
    message: 'In {detail} all of the model stays on GPU or CPU: the Neural Engine computes in fp16 only.',
    remedy: 'Convert with --precision fp16.', sources: [APPLE_RULES, 'apple/coremltools docs-guides/source/typed-execution.md'],
    when: ({ precision }) => (precision === 'fp32' ? { detail: 'float32', cause: 'fp32' } : null),
  },
  {
    id: 'ane/fp32-island', scope: 'node', opTypes: '*', title: 'Operation in fp32', severity: 'blocks-unit', confidence: 'very high',
    message: '{op} computes in fp32, although the program computes in fp16: it and the casts around it leave the Neural Engine.',
    remedy: 'Convert with fp16 inputs, or without the layer in --keep-fp32.', sources: [APPLE_RULES, 'apple/coremltools docs-guides/source/typed-execution.md', 'apple/coremltools#2213'],
    when: (node, { program, precision }) => (program && precision !== 'fp32' && !node.is('Cast', 'DequantizeLinear') && floatOut(node, 'float32') ? { value: node.output() } : null),
  },
  {
    id: 'ane/float64', scope: 'node', opTypes: '*', title: 'float64 compute', severity: 'blocks-unit', confidence: 'very high',
    message: '{op} computes in float64, which no unit of the phone takes.', remedy: 'Remove the float64 island.', rewrites: ['clean/float64-islands'], sources: [APPLE_RULES],
    when: (node, { shapeOnly }) => floatOut(node, 'float64') && !shapeOnly.has(node) && !node.is('Constant') ? { value: node.output(), cause: float64Cause(node) } : null,
  },
  {
    id: 'ane/integer-compute', scope: 'node', opTypes: COMPUTE, title: 'Integer or boolean compute', severity: 'blocks-unit', confidence: 'high',
    message: '{op} computes in {detail}; the Neural Engine takes fp16 (and int8, int16 as storage).', remedy: 'Compute in floating point, or move it out of the graph.', sources: [GUIDE, APPLE_RULES],
    when: (node, { shapeOnly }) => {
      const dtype = node.output()?.type.dtype;
      if (!dtype || !INTEGER.has(dtype) || shapeOnly.has(node)) return null;
      return { value: node.output(), detail: dtype };
    },
  },
  {
    id: 'ane/integer-face', scope: 'graph', title: 'uint8 input or output', severity: 'blocks-conversion', confidence: 'high',
    message: '{detail} is no multi-array type of Core ML (fp16, float32, int32): 8-bit pixels enter and leave as images.',
    remedy: 'Convert it as an image (--input image), or cut the cast off (--cut-from / --cut-at).', sources: ['apple/coremltools docs-guides/source/image-inputs.md', 'onnxsim --emit-coreml refuses uint8 inputs'],
    when: ({ model }) => face(model).filter((v) => v.type.dtype === 'uint8' || v.type.dtype === 'int8').map((value) => ({ value, detail: `"${value.name}" (${value.type.dtype})`, cause: 'integer-face' })),
  },
  {
    id: 'ane/bfloat16-face', scope: 'graph', title: 'bfloat16 input or output', severity: 'blocks-conversion', confidence: 'high',
    message: '{detail} is bfloat16, which Core ML takes neither in nor out.', remedy: 'Cast to fp16 at the face.', sources: [GUIDE],
    when: ({ model }) => face(model).filter((v) => v.type.dtype === 'bfloat16').map((value) => ({ value, detail: `"${value.name}"` })),
  },
  {
    id: 'ane/half-overflow-constant', scope: 'node', opTypes: '*', title: 'Constant beyond fp16', severity: 'overflow', confidence: 'medium',
    message: '{op} uses a constant of magnitude {detail}; fp16 ends at 65504, and an −inf mask is not handled.', remedy: 'Use −40000 for masks, rescale other constants.', sources: [APPLE_RULES, 'ANEForge docs/numeric-cliffs.md', 'apple/coremltools#2690'],
    when: (node, context) => overflowing(node, (v) => context.numbers(v)),
  },
  {
    id: 'ane/half-overflow-activation', scope: 'node', opTypes: '*', title: 'Activation beyond fp16', severity: 'overflow', confidence: 'high',
    message: '{op} reached {detail} on the images given; fp16 ends at 65504 (matrix products saturate at about 32752).', remedy: 'Rescale or clip before this node.', sources: ['ANEForge docs/numeric-cliffs.md', 'apple/coremltools#2728'],
    when: (node, { magnitudes }) => {
      const seen = magnitudes.get(node.output()?.name ?? '') ?? 0;
      const limit = node.is('MatMul', 'Gemm') ? 32752 : HALF_MAX;
      return seen > limit ? { value: node.output(), detail: seen.toPrecision(4) } : null;
    },
  },
  {
    id: 'ane/blockwise-quantization', scope: 'node', opTypes: ['DequantizeLinear'], title: 'Block-wise quantized weights', severity: 'wrong-result', confidence: 'medium',
    message: '{op} is block-wise (block_size {detail}): accepted, and seen to compute something else on the Neural Engine (cosine 0.37 against 0.999 on the GPU).',
    remedy: 'Use per-channel scales or palettization.', sources: ['apple/coreai-models#279'],
    when: (node) => {
      const size = node.attributes.int('block_size', 0);
      return size > 0 ? { value: node.output(), detail: String(size) } : null;
    },
  },
  {
    id: 'ane/w8a8-generation', scope: 'graph', title: 'W8A8 without hardware for it', severity: 'slow', confidence: 'high', generations: [null, 15],
    message: 'Quantized activations are accelerated from A17 Pro and M4 on; this family computes them in fp16.', remedy: 'Use fp16 with int8 or palettized weights here.',
    sources: ['apple/coremltools docs-guides/source/opt-quantization-overview.md', 'maderix/ANE'],
    when: ({ quantized, precision }) => (quantized || precision === 'w8a8' ? { cause: 'w8a8-generation' } : null),
  },
];

function face(model: { graph: { inputs: Value[]; outputs: Value[] } }): Value[] {
  return [...model.graph.inputs.filter((v) => !v.initializer), ...model.graph.outputs];
}

function floatOut(node: Node, dtype: DType): boolean {
  return node.outputs.some((v) => v?.type.dtype === dtype);
}

/** The Cast that opens a float64 island is its cause; all nodes behind it share it. */
function float64Cause(node: Node): string {
  let at: Node = node;
  for (let steps = 0; steps < 10_000; steps++) {
    const before = at.inputs.find((v) => v?.type.dtype === 'float64' && v.producer && !v.constant)?.producer;
    if (!before) break;
    at = before;
  }
  return `float64:${at.label}`;
}

function overflowing(node: Node, numbers: (value: Value | null) => Float64Array | null): { value: Value | null; detail: string } | null {
  for (const value of node.inputs) {
    const dtype = value?.type.dtype;
    if (!value || (dtype !== 'float32' && dtype !== 'float64') || !value.constant || value.constant.size > 1 << 20) continue;
    const worst = numbers(value)?.reduce((m, x) => Math.max(m, Math.abs(x)), 0) ?? 0;
    if (worst > HALF_MAX) return { value, detail: String(worst) };
  }
  return null;
}

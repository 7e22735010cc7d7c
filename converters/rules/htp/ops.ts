import { isKnownOperator } from '../known-operators.ts';
import { UNFUSED_GELU, unfusedGelu } from '../patterns.ts';
import { isMatrixOp, rankOf } from '../measure.ts';
import { resizeForm } from '../resize-form.ts';
import type { Rule } from '../rule.ts';

const TRIED = 'tried with onnxruntime-qnn 2.7.0, QAIRT 2.51';
const PATCHED = 'quic/ai-hub-models operator_patching.md';

/** Single operators on HTP. */
export const htpOpRules: readonly Rule[] = [
  {
    id: 'htp/control-flow', scope: 'node', opTypes: ['If', 'Loop', 'Scan'], title: 'Control flow', severity: 'blocks-unit', confidence: 'high',
    message: '{op} is not taken.', remedy: 'Unroll it, or move it out of the graph.', sources: ['onnxruntime.ai QNN execution provider'], when: (node) => ({ value: node.output() }),
  },
  {
    id: 'htp/unknown-operator', scope: 'node', opTypes: '*', title: 'Operator that this version does not know', severity: 'blocks-unit', confidence: 'low',
    message: '{op} is no operator of ai.onnx that this version knows, so nothing can be said of where it runs.', remedy: 'Look at its spelling; export it as operators of ai.onnx.',
    sources: ['docs/shape-inference.md'], when: (node) => (node.isOnnx && !isKnownOperator(node) ? { value: node.output(), cause: `unknown:${node.opType}` } : null),
  },
  {
    id: 'htp/foreign-domain', scope: 'node', opTypes: '*', title: 'Operator of another domain', severity: 'blocks-unit', confidence: 'high',
    message: '{op} belongs to domain "{detail}", which the compiler does not know.', remedy: 'Export without contrib operators.', sources: [TRIED],
    when: (node) => (node.isOnnx ? null : { value: node.output(), detail: node.domain, cause: `domain:${node.domain}` }),
  },
  {
    id: 'htp/float64', scope: 'node', opTypes: '*', title: 'float64 compute', severity: 'blocks-unit', confidence: 'high',
    message: '{op} computes in float64, which HTP does not have.', remedy: 'Remove the float64 island.', rewrites: ['clean/float64-islands'], sources: [TRIED],
    when: (node, { shapeOnly }) => (!shapeOnly.has(node) && !node.is('Constant') && node.outputs.some((v) => v?.type.dtype === 'float64') ? { value: node.output(), cause: 'float64' } : null),
  },
  {
    id: 'htp/erf', scope: 'node', opTypes: ['Erf'], title: 'Erf outside of a GELU', severity: 'blocks-unit', confidence: 'very high',
    message: '`Erf` alone is not supported; inside a GELU pattern it is fused.', remedy: 'Use the standard GELU form.', sources: [TRIED], when: (node) => (unfusedGelu(node) ? null : { value: node.output() }),
  },
  {
    id: 'htp/decomposed-gelu', scope: 'node', opTypes: UNFUSED_GELU, title: 'GELU written out', severity: 'slow', confidence: 'low',
    message: '{op} inside a written-out GELU: placed only while the pattern is recognised.', remedy: 'Use Gelu (opset 20).', rewrites: ['clean/gelu'], sources: [TRIED],
    when: (node) => (unfusedGelu(node) ? { value: node.output(), cause: 'decomposed-gelu' } : null),
  },
  {
    id: 'htp/mod', scope: 'node', opTypes: ['Mod'], title: 'Mod with fmod', severity: 'blocks-unit', confidence: 'very high',
    message: 'Mod is supported with fmod = 0 only.', remedy: 'Use x − floor(x / y) · y.', sources: [TRIED], when: (node) => (node.attributes.int('fmod', 0) === 1 ? { value: node.output() } : null),
  },
  {
    id: 'htp/patched-operator', scope: 'node', opTypes: ['Einsum', 'ScatterND', 'GridSample'], beforeSdk: [2, 51], title: 'Operator that the SDK does not fully take', severity: 'blocks-unit', confidence: 'medium',
    message: '{op} is unsupported or partial in SDKs before 2.51.', remedy: 'Write it with MatMul, Slice and Concat.', rewrites: ['rank/chain'], sources: [PATCHED],
    when: (node, { shapeOnly }) => (shapeOnly.has(node) ? null : { value: node.output() }),
  },
  {
    id: 'htp/conv-3d', scope: 'node', beforeSdk: [2, 51], opTypes: ['Conv', 'ConvTranspose', 'AveragePool'], title: '3-D convolution or pool', severity: 'blocks-unit', confidence: 'medium',
    message: '{op} on rank 5 is unsupported in parts before SDK 2.51.', remedy: 'Fold the depth into batch or channels.', sources: [PATCHED], when: (node) => (rankOf(node.input(0)) === 5 ? { value: node.output() } : null),
  },
  {
    id: 'htp/uint8-transpose', scope: 'node', opTypes: ['Transpose'], title: 'Transpose of plain uint8', severity: 'splits-graph', confidence: 'very high',
    message: 'Transpose of a uint8 tensor without quantization parameters stays on the CPU.', remedy: 'Transpose after the conversion to float, or change the layout of the face.', rewrites: ['form/uint8-transpose'], sources: [TRIED],
    when: (node) => (node.input(0)?.type.dtype === 'uint8' && !node.input(0)?.producer?.is('QuantizeLinear') ? { value: node.output() } : null),
  },
  {
    id: 'htp/divide', scope: 'node', opTypes: ['Div'], title: 'Division by a constant', severity: 'slow', confidence: 'high',
    message: 'Div by a constant: element-wise division usually performs poorly compared to multiplication.', remedy: 'Multiply by the reciprocal.', rewrites: ['form/reciprocal'], sources: ['Qualcomm architecture checker'],
    when: (node, { shapeOnly }) =>
      node.input(1)?.constant && !shapeOnly.has(node) && !node.output()?.soleConsumer?.is('Erf') ? { value: node.output(), cause: 'divide' } : null,
  },
  {
    id: 'htp/prelu', scope: 'node', opTypes: ['PRelu'], title: 'PRelu', severity: 'slow', confidence: 'medium',
    message: 'PRelu is slower than Relu and does not fuse into the convolution.', remedy: 'Use Relu where training allows.', sources: ['Qualcomm architecture checker'], when: (node) => ({ value: node.output(), cause: 'prelu' }),
  },
  {
    id: 'htp/cubic-resize', scope: 'node', beforeSdk: [2, 51], opTypes: ['Resize', 'Upsample'], title: 'Cubic Resize', severity: 'blocks-unit', confidence: 'medium',
    message: 'Cubic Resize exists on new SDKs only, with coefficient −0.75.', remedy: 'Use linear or nearest, or resize outside of the graph.', sources: ['pytorch/executorch backends/qualcomm op_resize'],
    when: (node, context) => (resizeForm(node, context).mode === 'cubic' ? { value: node.output() } : null),
  },
  {
    id: 'htp/float-on-v68', scope: 'graph', title: 'Float graph on v68', severity: 'blocks-unit', confidence: 'high', generations: [null, 68],
    message: 'v68 has no fp16 graphs: a {detail} model does not finalise there.', remedy: 'Quantize the model, its inputs and outputs included.', sources: ['pytorch/executorch wiki soc-compatibility', TRIED],
    when: ({ quantized, precision }) => (!quantized && (precision === 'fp32' || precision === 'fp16') ? { detail: 'float', cause: 'float-on-v68' } : null),
  },
  {
    id: 'htp/float-on-v69', scope: 'graph', title: 'Float graph on v69', severity: 'slow', confidence: 'medium', generations: [69, 69],
    message: 'fp16 is partial on v69.', remedy: 'Quantize the model, or compile it to see what is left out.', sources: ['pytorch/executorch wiki soc-compatibility'],
    when: ({ quantized, precision }) => (!quantized && (precision === 'fp32' || precision === 'fp16') ? { cause: 'float-on-v69' } : null),
  },
  {
    id: 'htp/wide-matmul', scope: 'node', opTypes: ['MatMul'], title: '16-bit matrix product', severity: 'blocks-unit', confidence: 'medium', generations: [null, 72],
    message: 'A product of two 16-bit activations needs v73.', remedy: 'Quantize one side to 8 bits.', sources: ['pytorch/executorch wiki soc-compatibility'],
    when: (node) => {
      const wide = node.inputs.every((v) => v?.producer?.is('DequantizeLinear') && ['int16', 'uint16'].includes(v.producer.input(0)?.type.dtype ?? ''));
      return node.inputs.length === 2 && wide ? { value: node.output() } : null;
    },
  },
  {
    id: 'htp/per-channel-activation', scope: 'node', opTypes: ['QuantizeLinear', 'DequantizeLinear'], title: 'Per-channel scales outside of weights', severity: 'blocks-unit', confidence: 'high',
    message: '{op} has {detail} scales on an activation; activations are per tensor.', remedy: 'Use one scale.', sources: ['QNN documentation, quantization', 'AIMET htp configuration'],
    when: (node, context) => {
      const scales = context.numbers(node.input(1))?.length ?? 1;
      return scales > 1 && !node.input(0)?.constant ? { value: node.output(), detail: String(scales) } : null;
    },
  },
  {
    id: 'htp/float-shuffle', scope: 'node', opTypes: ['DepthToSpace', 'SpaceToDepth'], title: 'Shuffle left in float inside a quantized graph', severity: 'slow', confidence: 'very high',
    message: '{op} runs in float between quantized layers; inside the quantized part the compiled traffic of QuickSRNet-small fell from 51.4 to 18.2 MB.',
    remedy: 'Quantize its output with the scale of its input (dyno quantize does).', sources: ['compiled with QAIRT 2.51: QuickSRNet-small ×2, 540×960'],
    when: (node, { quantized }) => {
      if (!quantized) return null;
      const after = node.output()?.consumers ?? [];
      return node.input(0)?.producer?.is('DequantizeLinear') && after.some((n) => n.is('QuantizeLinear')) ? null : { value: node.output() };
    },
  },
  {
    id: 'htp/float-island', scope: 'node', opTypes: ['Conv', 'ConvTranspose', 'Gemm', 'MatMul'], title: 'Matrix operator left in float', severity: 'slow', confidence: 'high',
    message: '{op} has float inputs in a quantized model: it runs in fp16 with conversions around it.', remedy: 'Quantize its inputs, or say that the fallback is meant.', sources: ['Qualcomm AI Hub help'],
    when: (node, { quantized }) => (quantized && isMatrixOp(node) && !node.input(0)?.producer?.is('DequantizeLinear') ? { value: node.output() } : null),
  },
];

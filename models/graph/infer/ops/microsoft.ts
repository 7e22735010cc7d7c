import { type OpRule, type OpTable, tensor } from '../op-call.ts';
import { CONV } from './conv.ts';
import { MATMUL, matMulShape } from './matmul.ts';
import { NORMALIZATION } from './normalization.ts';
import { QUANTIZATION, quantizedBinary, quantizedUnary } from './quantization.ts';
import { LAYOUT } from './layout.ts';

const like: OpRule = (call) => tensor(call.dtype(0), call.shape(0));

/** Normalises the sum of two inputs; the sum itself is the fourth output. */
const skipLayerNormalization: OpRule = (call) => [like(call) as ReturnType<typeof tensor>, null, null, like(call) as ReturnType<typeof tensor>];

/** Operators of ONNX Runtime's own domain (`com.microsoft`) that its optimiser and quantiser leave in vision models. */
export const MICROSOFT: OpTable = {
  FusedConv: CONV.Conv as OpRule,
  FusedMatMul: (call) => (call.attributes.int('transA', 0) || call.attributes.int('transB', 0) ? null : tensor(call.dtype(0), matMulShape(call, 0, 1))),
  FusedGemm: MATMUL.Gemm as OpRule,
  Gelu: like,
  BiasGelu: like,
  FastGelu: like,
  QuickGelu: like,
  LayerNormalization: NORMALIZATION.LayerNormalization as OpRule,
  SkipLayerNormalization: skipLayerNormalization,
  QuantizeLinear: QUANTIZATION.QuantizeLinear as OpRule,
  DequantizeLinear: QUANTIZATION.DequantizeLinear as OpRule,
  QLinearAdd: quantizedBinary,
  QLinearMul: quantizedBinary,
  QLinearLeakyRelu: quantizedUnary(4),
  QLinearSigmoid: quantizedUnary(4),
  DepthToSpace: LAYOUT.DepthToSpace as OpRule,
};

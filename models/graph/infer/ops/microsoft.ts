import { type OpRule, type OpTable, tensor } from '../op-call.ts';
import { CONV } from './conv.ts';
import { MATMUL, matMulShape } from './matmul.ts';
import { QUANTIZATION, quantizedBinary, quantizedUnary } from './quantization.ts';

const like: OpRule = (call) => tensor(call.dtype(0), call.shape(0));

/** Normalises the sum of two inputs; the sum itself is the fourth output. */
const skipLayerNormalization: OpRule = (call) => {
  const type = tensor(call.dtype(0), call.shape(0));
  return [type, null, null, type];
};

const fusedMatMul: OpRule = (call) => {
  const transposed = call.attributes.int('transA', 0) !== 0 || call.attributes.int('transB', 0) !== 0;
  return tensor(call.dtype(0), transposed ? null : matMulShape(call, 0, 1));
};

/** Operators of ONNX Runtime's own domain (`com.microsoft`) that its optimiser and quantiser leave in vision models. */
export const MICROSOFT: OpTable = {
  FusedConv: CONV.Conv,
  FusedMatMul: fusedMatMul,
  FusedGemm: MATMUL.Gemm,
  Gelu: like,
  BiasGelu: like,
  FastGelu: like,
  QuickGelu: like,
  SkipLayerNormalization: skipLayerNormalization,
  QuantizeLinear: QUANTIZATION.QuantizeLinear,
  DequantizeLinear: QUANTIZATION.DequantizeLinear,
  QLinearAdd: quantizedBinary,
  QLinearMul: quantizedBinary,
  QLinearLeakyRelu: quantizedUnary(4),
  QLinearSigmoid: quantizedUnary(4),
};

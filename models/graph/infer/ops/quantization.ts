import { type DType, dtypeName } from '../../../contracts/dtype.ts';
import { broadcastShapes } from '../broadcast.ts';
import { type OpCall, type OpRule, type OpTable, tensor } from '../op-call.ts';

/** The zero point's type, or `output_dtype` (opset 21), or uint8. */
const quantizeLinear: OpRule = (call) => {
  const stated = dtypeName(call.attributes.int('output_dtype', 0));
  return tensor(stated ?? (call.has(2) ? call.dtype(2) : 'uint8'), call.shape(0));
};

/** The scale's type, or `output_dtype` (opset 23). */
const dequantizeLinear: OpRule = (call) => tensor(dtypeName(call.attributes.int('output_dtype', 0)) ?? call.dtype(1), call.shape(0));

const dynamicQuantizeLinear: OpRule = (call) => [tensor('uint8', call.shape(0)), tensor('float32', []), tensor('uint8', [])];

/** com.microsoft's int8 operators put the output's zero point last. */
export const quantizedBinary: OpRule = (call) => tensor(call.dtype(0), broadcastShapes([call.shape(0), call.shape(3)]));

export const quantizedUnary = (zeroPoint: number): OpRule => (call: OpCall) => {
  const stated: DType | null = call.has(zeroPoint) ? call.dtype(zeroPoint) : null;
  return tensor(stated ?? call.dtype(0), call.shape(0));
};

/** Quantisation of tensors. */
export const QUANTIZATION = {
  QuantizeLinear: quantizeLinear,
  DequantizeLinear: dequantizeLinear,
  DynamicQuantizeLinear: dynamicQuantizeLinear,
} satisfies OpTable;

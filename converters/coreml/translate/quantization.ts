import type { DType } from '../../../models/contracts/index.ts';
import type { Emitter } from './emitter.ts';
import type { Operands } from './operands.ts';
import type { Family } from './rule.ts';

/** Activations in 8 bits (coremltools mil/ops/defs/iOS17/quantization_ops.py). Rounding is half to even, saturating, in both worlds. */
export const QUANTIZATION: Family = {
  quantize: (o, out) => out.node('QuantizeLinear', [o.value('input'), scale(o, out), zeroPoint(o, out, o.result().dtype as DType)], axis(o)),
  dequantize: (o, out) => out.node('DequantizeLinear', [o.value('input'), scale(o, out), zeroPoint(o, out, o.type('input').dtype as DType)], axis(o)),
};

function scale(o: Operands, out: Emitter): string {
  return out.constant('float32', o.sizes('scale'), o.numbers('scale'));
}

/** Zeros where there is none: it also says which type QuantizeLinear makes. */
function zeroPoint(o: Operands, out: Emitter, dtype: DType): string {
  return out.constant(dtype, o.sizes('scale'), o.numbers('zero_point', o.numbers('scale').map(() => 0)));
}

function axis(o: Operands): Readonly<Record<string, number>> {
  return o.has('axis') ? { axis: o.number('axis') } : {};
}

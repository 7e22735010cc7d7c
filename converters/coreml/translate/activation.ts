import { float } from '../../../models/graph/index.ts';
import type { Emitter } from './emitter.ts';
import type { Operands } from './operands.ts';
import type { Family, Translate } from './rule.ts';

/** Activations, as MIL documents their formulas (coremltools mil/ops/defs/iOS15/activation.py). */
export const ACTIVATIONS: Family = {
  relu: plain('Relu'),
  sigmoid: plain('Sigmoid'),
  softplus: plain('Softplus'),
  softsign: plain('Softsign'),
  relu6: (o, out) => clip(out, o.value('x'), 0, 6),
  /** min(x, β) for x ≥ 0, else min(αx, β) */
  clamped_relu: (o, out) => out.node('Min', [out.node('LeakyRelu', [o.value('x')], { alpha: float(o.number('alpha')) }), out.scalar(o.number('beta'))]),
  leaky_relu: (o, out) => out.node('LeakyRelu', [o.value('x')], { alpha: float(o.number('alpha')) }),
  elu: (o, out) => out.node('Elu', [o.value('x')], { alpha: float(o.number('alpha')) }),
  /** αx + β */
  linear_activation: (o, out) => out.node('Add', [out.node('Mul', [o.value('x'), out.scalar(o.number('alpha'))]), out.scalar(o.number('beta'))]),
  /** α·tanh(βx) */
  scaled_tanh: (o, out) => out.node('Mul', [out.node('Tanh', [out.node('Mul', [o.value('x'), out.scalar(o.number('beta'))])]), out.scalar(o.number('alpha'))]),
  sigmoid_hard: (o, out) => out.node('HardSigmoid', [o.value('x')], { alpha: float(o.number('alpha')), beta: float(o.number('beta')) }),
  silu: (o, out) => out.node('Mul', [o.value('x'), out.node('Sigmoid', [o.value('x')])]),
  /** x where x ≥ α, else 0 (ONNX's ThresholdedRelu gives 0 at x = α) */
  thresholded_relu: (o, out) =>
    out.node('Where', [out.node('GreaterOrEqual', [o.value('x'), out.scalar(o.number('alpha'))]), o.value('x'), out.scalar(0)]),
  prelu: (o, out) => out.node('PRelu', [o.value('x'), channels(o, out, 'alpha')]),
  /** α·log(1 + exp(βx)), α and β by channel */
  softplus_parametric: (o, out) => out.node('Mul', [out.node('Softplus', [out.node('Mul', [o.value('x'), channels(o, out, 'beta')])]), channels(o, out, 'alpha')]),
  gelu,
  softmax: (o, out) => out.node('Softmax', [o.value('x')], { axis: o.number('axis', -1) }),
};

function plain(opType: string): Translate {
  return (o, out) => out.node(opType, [o.value('x')]);
}

export function clip(out: Emitter, x: string, low: number, high: number): string {
  return out.node('Clip', [x, out.scalar(low), out.scalar(high)]);
}

/** A vector over axis 1 in a shape that broadcasts. */
function channels(o: Operands, out: Emitter, parameter: string): string {
  const values = o.numbers(parameter);
  return out.constant('float32', [values.length, ...Array.from({ length: o.rank('x') - 2 }, () => 1)], values);
}

function gelu(o: Operands, out: Emitter): string {
  const mode = o.text('mode', 'EXACT');
  const x = o.value('x');
  if (mode === 'SIGMOID_APPROXIMATION') return out.node('Mul', [x, out.node('Sigmoid', [out.node('Mul', [x, out.scalar(1.702)])])]);
  return out.node('Gelu', [x], { approximate: mode === 'TANH_APPROXIMATION' ? 'tanh' : 'none' });
}

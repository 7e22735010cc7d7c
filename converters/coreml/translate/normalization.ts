import { float } from '../../../models/graph/index.ts';
import type { Emitter } from './emitter.ts';
import type { Operands } from './operands.ts';
import type { Family } from './rule.ts';

/** Normalisations (coremltools mil/ops/defs/iOS15/normalization.py). */
export const NORMALIZATIONS: Family = {
  batch_norm: (o, out) => {
    const [gamma, beta] = scaleAndOffset(o, out);
    return out.node('BatchNormalization', [o.value('x'), gamma, beta, o.value('mean'), o.value('variance')], { epsilon: float(o.number('epsilon', 1e-5)) });
  },
  instance_norm: (o, out) => out.node('InstanceNormalization', [o.value('x'), ...scaleAndOffset(o, out)], { epsilon: float(o.number('epsilon', 1e-5)) }),
  layer_norm: layerNorm,
  l2_norm: (o, out) => {
    const squares = out.node('ReduceSumSquare', [o.value('x'), out.vector([-3, -2, -1])], { keepdims: 1 });
    const length = out.node('Sqrt', [out.node('Add', [squares, out.scalar(o.number('epsilon', 1e-6))])]);
    return out.node('Div', [o.value('x'), length]);
  },
  local_response_norm: (o, out) =>
    out.node('LRN', [o.value('x')], {
      size: o.number('size'), alpha: float(o.number('alpha', 1e-4)), beta: float(o.number('beta', 0.75)), bias: float(o.number('k', 1)),
    }),
};

/** gamma and beta by channel; ones and zeros where they are absent. */
function scaleAndOffset(o: Operands, out: Emitter): [gamma: string, beta: string] {
  const channels = (): number => o.sizes('x')[1] as number;
  const filled = (value: number): string => out.constant('float32', [channels()], Array.from({ length: channels() }, () => value));
  return [o.has('gamma') ? o.value('gamma') : filled(1), o.has('beta') ? o.value('beta') : filled(0)];
}

/** γ·(x − E[x]) / √(Var[x] + ε) + β over any axes, written out. */
function layerNorm(o: Operands, out: Emitter): string {
  const rank = o.rank('x');
  const axes = o.numbers('axes', Array.from({ length: rank }, (_, i) => i)).map((axis) => (axis < 0 ? axis + rank : axis));
  const mean = (value: string): string => out.node('ReduceMean', [value, out.vector(axes)], { keepdims: 1 });
  const centred = out.node('Sub', [o.value('x'), mean(o.value('x'))]);
  const variance = mean(out.node('Mul', [centred, centred]));
  const deviation = out.node('Sqrt', [out.node('Add', [variance, out.scalar(o.number('epsilon', 1e-5))])]);
  let value = out.node('Div', [centred, deviation]);
  const spread = (parameter: string): string => {
    const sizes = [...o.sizes(parameter)];
    return out.node('Reshape', [o.value(parameter), out.vector(Array.from({ length: rank }, (_, i) => (axes.includes(i) ? (sizes.shift() as number) : 1)))]);
  };
  if (o.has('gamma')) value = out.node('Mul', [value, spread('gamma')]);
  if (o.has('beta')) value = out.node('Add', [value, spread('beta')]);
  return value;
}

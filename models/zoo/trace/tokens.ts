import { float } from '../../graph/attributes.ts';
import { add, gelu, multiply, withNumber } from './elementwise.ts';
import type { Trace, Traced } from './trace.ts';

/** The module `name`, nn.Linear on the last axis of tokens of rank 3 or more: MatMul by the transposed weight, then the bias. */
export function linear(t: Trace, name: string, x: Traced, features: number): Traced {
  const from = x.shape.at(-1) as number;
  const bound = 1 / Math.sqrt(from);
  return t.within(name, () => {
    const product = t.op('MatMul', [x, t.parameter('weight', [from, features], -bound, bound)], [...x.shape.slice(0, -1), features]);
    return t.op('Add', [t.parameter('bias', [features], -bound, bound), product], product.shape);
  });
}

/** The module `name`, nn.LayerNorm over the last axis: nine nodes before opset 17. Scale and shift are drawn around 1 and 0. */
export function layerNorm(t: Trace, name: string, x: Traced): Traced {
  const features = x.shape.at(-1) as number;
  return t.within(name, () => {
    const [scale, shift] = [t.parameter('weight', [features], 0.9, 1.1), t.parameter('bias', [features], -0.1, 0.1)];
    if (t.opset >= 17) return t.op('LayerNormalization', [x, scale, shift], x.shape, { axis: -1, epsilon: float(EPSILON) });
    const means = [...x.shape.slice(0, -1), 1];
    const centred = t.op('Sub', [x, t.op('ReduceMean', [x], means, { axes: [-1] })], x.shape);
    const squares = t.op('Pow', [centred, t.scalar(2)], x.shape);
    const variance = withNumber(t, 'Add', t.op('ReduceMean', [squares], means, { axes: [-1] }), EPSILON);
    const normal = t.op('Div', [centred, t.op('Sqrt', [variance], means)], x.shape);
    return add(t, multiply(t, normal, scale), shift);
  });
}

const EPSILON = 1e-5;

/** The module `name`: two linear layers with a GELU between them. */
export function mlp(t: Trace, name: string, x: Traced, hidden: number): Traced {
  return t.within(name, () => {
    const inner = linear(t, 'fc1', x, hidden);
    return linear(t, 'fc2', t.within('act', () => gelu(t, inner)), x.shape.at(-1) as number);
  });
}

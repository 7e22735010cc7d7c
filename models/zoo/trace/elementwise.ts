import { float } from '../../graph/attributes.ts';
import type { Trace, Traced } from './trace.ts';

export function add(t: Trace, a: Traced, b: Traced): Traced {
  return t.op('Add', [a, b], broadcast(a, b));
}

export function multiply(t: Trace, a: Traced, b: Traced): Traced {
  return t.op('Mul', [a, b], broadcast(a, b));
}

/** x · factor, the factor a Constant node. */
export function scaled(t: Trace, x: Traced, factor: number): Traced {
  return t.op('Mul', [x, t.scalar(factor)], x.shape);
}

/** x with a number behind it: `plus(t, 'Div', x, 255)`. */
export function withNumber(t: Trace, opType: 'Add' | 'Sub' | 'Div', x: Traced, value: number): Traced {
  return t.op(opType, [x, t.scalar(value)], x.shape);
}

export function concat(t: Trace, parts: readonly Traced[], axis = 1): Traced {
  const [first] = parts as readonly [Traced, ...Traced[]];
  const length = parts.reduce<number | null>((sum, part) => (sum === null || part.shape[axis] === null ? null : sum + (part.shape[axis] as number)), 0);
  return t.op('Concat', parts, first.shape.map((dim, i) => (i === axis ? length : dim)), { axis });
}

export function relu(t: Trace, x: Traced): Traced {
  return t.op('Relu', [x], x.shape);
}

export function tanh(t: Trace, x: Traced): Traced {
  return t.op('Tanh', [x], x.shape);
}

export function sigmoid(t: Trace, x: Traced): Traced {
  return t.op('Sigmoid', [x], x.shape);
}

export function leakyRelu(t: Trace, x: Traced, alpha: number): Traced {
  return t.op('LeakyRelu', [x], x.shape, { alpha: float(alpha) });
}

/** Bounds are attributes before opset 11 and Constant nodes since. */
export function clip(t: Trace, x: Traced, low: number, high: number): Traced {
  if (t.opset < 11) return t.op('Clip', [x], x.shape, { max: float(high), min: float(low) });
  const bounds = [t.scalar(low), t.scalar(high)];
  return t.op('Clip', [x, ...bounds], x.shape);
}

/** The module `name` with one slope per channel, drawn around PyTorch's 0.25. */
export function prelu(t: Trace, name: string, x: Traced): Traced {
  return t.within(name, () => t.op('PRelu', [x, t.parameter('weight', [x.shape[1] as number, 1, 1], 0.1, 0.4)], x.shape));
}

/** x · Φ(x) by the error function: five nodes, or Gelu from opset 20 on. */
export function gelu(t: Trace, x: Traced): Traced {
  if (t.opset >= 20) return t.op('Gelu', [x], x.shape, { approximate: 'none' });
  const erf = t.op('Erf', [withNumber(t, 'Div', x, Math.SQRT2)], x.shape);
  const product = multiply(t, x, withNumber(t, 'Add', erf, 1));
  return scaled(t, product, 0.5);
}

function broadcast(a: Traced, b: Traced): readonly (number | null)[] {
  return a.shape.length >= b.shape.length ? a.shape : b.shape;
}

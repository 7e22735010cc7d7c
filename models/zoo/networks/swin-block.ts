import { Tensor } from '../../onnx/tensor.ts';
import { add, multiply } from '../trace/elementwise.ts';
import { reshape, roll, transpose } from '../trace/layout.ts';
import { layerNorm, linear, mlp } from '../trace/tokens.ts';
import type { Trace, Traced } from '../trace/trace.ts';
import { biasFromTable, shiftMask } from './window-tables.ts';

/** Side of an attention window. */
export const WINDOW = 8;

/** Positions of query, key and value as constants: the exporter keeps one of each, made where its number first occurs. */
export interface Gathers {
  query: Traced | null;
  readonly key: Traced;
  readonly value: Traced;
}

/** What all blocks of a network share. */
export interface Stage {
  readonly height: number;
  readonly width: number;
  readonly heads: number;
  readonly gathers: Gathers;
}

/** A transformer block on tokens: attention within windows, shifted by half a window if asked, and an MLP, each behind a norm and added. */
export function swinBlock(t: Trace, name: string, x: Traced, stage: Stage, shifted: boolean): Traced {
  const { height: h, width: w } = stage;
  const [n, , c] = x.shape as readonly [number, number, number];
  const shift = shifted ? WINDOW / 2 : 0;
  return t.within(name, () => {
    stage.gathers.query ??= t.constant(Tensor.of('int64', [], [0n]));
    let y = reshape(t, layerNorm(t, 'norm1', x), [n, h, w, c]);
    if (shifted) y = roll(t, y, -shift, [1, 2]);
    y = fromWindows(t, attention(t, toWindows(t, y), stage, shifted), n, stage);
    if (shifted) y = roll(t, y, shift, [1, 2]);
    const attended = add(t, x, reshape(t, y, [n, h * w, c]));
    return add(t, attended, mlp(t, 'mlp', layerNorm(t, 'norm2', attended), 2 * c));
  });
}

function toWindows(t: Trace, x: Traced): Traced {
  const [n, h, w, c] = x.shape as readonly [number, number, number, number];
  const split = reshape(t, x, [n, h / WINDOW, WINDOW, w / WINDOW, WINDOW, c]);
  const count = (n * h * w) / WINDOW ** 2;
  const windows = reshape(t, transpose(t, split, [0, 1, 3, 2, 4, 5]), [count, WINDOW, WINDOW, c], [-1, WINDOW, WINDOW, c]);
  return reshape(t, windows, [count, WINDOW ** 2, c], [-1, WINDOW ** 2, c]);
}

function fromWindows(t: Trace, x: Traced, n: number, { height: h, width: w }: Stage): Traced {
  const [count, , c] = x.shape as readonly [number, number, number];
  const windows = reshape(t, x, [count, WINDOW, WINDOW, c], [-1, WINDOW, WINDOW, c]);
  const split = reshape(t, windows, [n, h / WINDOW, w / WINDOW, WINDOW, WINDOW, c], [n, h / WINDOW, w / WINDOW, WINDOW, WINDOW, -1]);
  return reshape(t, transpose(t, split, [0, 1, 3, 2, 4, 5]), [n, h, w, c], [n, h, w, -1]);
}

/** Multi-head attention within each window, with a learned bias by relative position; regions that a shift brings together do not see each other. */
function attention(t: Trace, x: Traced, { height, width, heads, gathers }: Stage, shifted: boolean): Traced {
  const [count, tokens, c] = x.shape as readonly [number, number, number];
  const depth = c / heads;
  return t.within('attn', () => {
    const five = reshape(t, linear(t, 'qkv', x, 3 * c), [count, tokens, 3, heads, depth]);
    const split = transpose(t, five, [2, 0, 3, 1, 4]);
    const [q, k, v] = [gathers.query as Traced, gathers.key, gathers.value].map((at) => t.op('Gather', [split, at], split.shape.slice(1), { axis: 0 })) as [Traced, Traced, Traced];
    const factor = t.op('Pow', [t.scalar(depth), t.scalar(-0.5)], []);
    const scores = t.op('MatMul', [multiply(t, q, factor), transpose(t, k, [0, 1, 3, 2])], [count, heads, tokens, tokens]);
    let y = add(t, scores, positionBias(t, heads));
    if (shifted) y = masked(t, y, height, width);
    const weights = t.within('softmax', () => t.op('Softmax', [y], y.shape, { axis: t.opset >= 13 ? -1 : 3 }));
    const mixed = transpose(t, t.op('MatMul', [weights, v], [count, heads, tokens, depth]), [0, 2, 1, 3]);
    return linear(t, 'proj', reshape(t, mixed, [count, tokens, c]), c);
  });
}

/** The exporter folds the lookup in the table of (2·8 − 1)² offsets into one constant; what is trained is the table. */
function positionBias(t: Trace, heads: number): Traced {
  const path = t.path('relative_position_bias_table');
  const dims = [(2 * WINDOW - 1) ** 2, heads];
  const values = (): Float64Array => biasFromTable(t.weights.draw(path, dims, -0.04, 0.04), heads, WINDOW);
  return t.derived('relative_position_bias', [1, heads, WINDOW ** 2, WINDOW ** 2], values, dims.reduce((a, b) => a * b));
}

function masked(t: Trace, x: Traced, height: number, width: number): Traced {
  const [count, heads, tokens] = x.shape as readonly [number, number, number];
  const windows = (height * width) / WINDOW ** 2;
  const apart = reshape(t, x, [count / windows, windows, heads, tokens, tokens]);
  const mask = t.derived('attn_mask', [1, windows, 1, tokens, tokens], () => shiftMask(height, width, WINDOW), 0);
  return reshape(t, add(t, apart, mask), [count, heads, tokens, tokens], [-1, heads, tokens, tokens]);
}

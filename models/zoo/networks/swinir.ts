import type { Network } from '../network.ts';
import { Tensor } from '../../onnx/tensor.ts';
import { conv } from '../trace/convolution.ts';
import { add, concat, leakyRelu } from '../trace/elementwise.ts';
import { reshape, slice, transpose } from '../trace/layout.ts';
import { enlargeNearest } from '../trace/resample.ts';
import { layerNorm } from '../trace/tokens.ts';
import type { Trace, Traced } from '../trace/trace.ts';
import { upsample } from './edsr.ts';
import { type Gathers, type Stage, swinBlock, WINDOW } from './swin-block.ts';

interface Size {
  readonly features: number;
  readonly heads: number;
  /** Blocks of each group. */
  readonly depths: readonly number[];
  readonly upsampler: 'direct' | 'shuffle' | 'nearest';
  /** Groups end in three convolutions instead of one. */
  readonly bottleneck?: boolean;
}

const SOURCE = 'SwinIR, arXiv 2108.10257; JingyunLiang/SwinIR models/network_swinir.py (without its padding to whole windows)';
const MEAN = [0.4488, 0.4371, 0.404];
const sixes = (count: number): number[] => Array.from({ length: count }, () => 6);

/** Shapes stand in the graph as numbers, as they do in exports. */
export const SWINIR: readonly Network[] = [
  network('swinir-light', 'SwinIR lightweight: 60 features, 24 blocks', [2, 3, 4], { features: 60, heads: 6, depths: sixes(4), upsampler: 'direct' }),
  network('swinir-classical', 'SwinIR classical: 180 features, 36 blocks', [2, 3, 4], { features: 180, heads: 6, depths: sixes(6), upsampler: 'shuffle' }),
  network('swinir-real-m', 'SwinIR real-world M: 180 features, 36 blocks', [4], { features: 180, heads: 6, depths: sixes(6), upsampler: 'nearest' }),
  network('swinir-real-l', 'SwinIR real-world L: 240 features, 54 blocks', [4], { features: 240, heads: 8, depths: sixes(9), upsampler: 'nearest', bottleneck: true }),
  {
    ...network('swinir-one-group', 'The first two blocks of SwinIR lightweight, for tests', [2], { features: 60, heads: 6, depths: [2], upsampler: 'direct' }),
    reading: 'No network that anybody published.',
  },
];

function network(name: string, title: string, scales: readonly number[], size: Size): Network {
  return {
    name, title, scales, channels: 3, forms: ['export'], multiple: () => WINDOW, smallest: 2 * WINDOW, dynamic: false, opset: 11, source: SOURCE,
    build: (t, x, scale) => build(t, x, scale, size),
  };
}

function build(t: Trace, x: Traced, scale: number, size: Size): Traced {
  const index = (value: number): Traced => t.constant(Tensor.of('int64', [], [BigInt(value)]));
  const key = index(1);
  const first = conv(t, 'conv_first', t.op('Sub', [x, mean(t)], x.shape), size.features);
  const { value, tokens } = t.within('patch_embed', () => {
    const two = index(2);
    return { value: two, tokens: layerNorm(t, 'norm', toTokens(t, first)) };
  });
  const gathers: Gathers = { key, value, query: null };
  const [, , height, width] = first.shape as readonly [number, number, number, number];
  const stage = { height, width, heads: size.heads, gathers };
  let y = tokens;
  for (const [i, depth] of size.depths.entries()) y = group(t, `layers.${i}`, y, depth, stage, size);
  const normal = layerNorm(t, 'norm', y);
  const body = add(t, closing(t, 'conv_after_body', t.within('patch_unembed', () => toPicture(t, normal, stage)), size), first);
  const enlarged = enlarge(t, body, scale, size);
  return t.op('Add', [enlarged, mean(t)], enlarged.shape);
}

/** Blocks on tokens, a convolution on the picture, and the input added. */
function group(t: Trace, name: string, x: Traced, depth: number, stage: Stage, size: Size): Traced {
  return t.within(name, () => {
    let y = x;
    t.within('residual_group', () => {
      for (let i = 0; i < depth; i++) y = swinBlock(t, `blocks.${i}`, y, stage, i % 2 === 1);
    });
    const picture = t.within('patch_unembed', () => toPicture(t, y, stage));
    const convolved = closing(t, 'conv', picture, size);
    return add(t, t.within('patch_embed', () => toTokens(t, convolved)), x);
  });
}

function closing(t: Trace, name: string, x: Traced, { features, bottleneck = false }: Size): Traced {
  if (!bottleneck) return conv(t, name, x, features);
  return t.within(name, () => {
    const rectified = (i: number, y: Traced): Traced => t.within(`${name}.${i}`, () => leakyRelu(t, y, 0.2));
    const narrow = rectified(1, conv(t, `${name}.0`, x, features / 4));
    return conv(t, `${name}.4`, rectified(3, conv(t, `${name}.2`, narrow, features / 4, { kernel: 1 })), features);
  });
}

function enlarge(t: Trace, x: Traced, scale: number, { upsampler }: Size): Traced {
  if (upsampler === 'direct') return t.within('upsample', () => upsample(t, 'upsample', x, scale, 3));
  const before = t.within('conv_before_upsample', () => {
    const y = conv(t, 'conv_before_upsample.0', x, 64);
    return t.within('conv_before_upsample.1', () => leakyRelu(t, y, 0.01));
  });
  if (upsampler === 'shuffle') return conv(t, 'conv_last', t.within('upsample', () => upsample(t, 'upsample', before, scale)), 3);
  const rectified = (y: Traced): Traced => t.within('lrelu', () => leakyRelu(t, y, 0.2));
  const large = ['conv_up1', 'conv_up2'].reduce((y, name) => rectified(conv(t, name, enlargeNearest(t, y, 2), 64)), before);
  return conv(t, 'conv_last', rectified(conv(t, 'conv_hr', large, 64)), 3);
}

/** x.flatten(2).transpose(1, 2); the exporter computes the shape in the graph. */
function toTokens(t: Trace, x: Traced): Traced {
  const [n, c, h, w] = x.shape as readonly [number, number, number, number];
  const kept = slice(t, t.op('Shape', [x], [4], {}, 'int64'), 0, 0, 2);
  const shape = concat(t, [kept, t.integers([-1])], 0);
  const flat = t.op('Reshape', [x, shape], [n, c, h * w], t.opset >= 14 ? { allowzero: 0 } : {});
  return transpose(t, flat, [0, 2, 1]);
}

function toPicture(t: Trace, x: Traced, { height, width }: Stage): Traced {
  const [n, , c] = x.shape as readonly [number, number, number];
  return reshape(t, transpose(t, x, [0, 2, 1]), [n, c, height, width]);
}

function mean(t: Trace): Traced {
  return t.constant(Tensor.of('float32', [1, 3, 1, 1], MEAN));
}

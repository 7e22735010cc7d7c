import type { Network } from '../network.ts';
import { conv } from '../trace/convolution.ts';
import { add, concat, leakyRelu, multiply, relu, sigmoid } from '../trace/elementwise.ts';
import { resizeLike } from '../trace/resample.ts';
import { pixelShuffle } from '../trace/shuffle.ts';
import type { Trace, Traced } from '../trace/trace.ts';

const FEATURES = 50;
const BLOCKS = ['B1', 'B2', 'B3', 'B4'];

export const RFDN: readonly Network[] = [
  {
    name: 'rfdn', title: 'RFDN (E-RFDN of AIM 2020): 50 features, 4 blocks, values 0..255', scales: [4, 2, 3], channels: 3, forms: ['export'],
    smallest: 15, opset: 11, source: 'RFDN, arXiv 2009.11551; njulj/RFDN RFDN.py, block.py', build,
  },
];

function build(t: Trace, x: Traced, scale: number): Traced {
  const first = conv(t, 'fea_conv', x, FEATURES);
  const blocks: Traced[] = [];
  for (const name of BLOCKS) blocks.push(distillation(t, name, blocks.at(-1) ?? first));
  const joined = concat(t, blocks);
  const merged = t.within('c', () => {
    const y = conv(t, 'c.0', joined, FEATURES, { kernel: 1 });
    return t.within('c.1', () => activation(t, y));
  });
  const body = add(t, conv(t, 'LR_conv', merged, FEATURES), first);
  return t.within('upsampler', () => {
    const last = conv(t, 'upsampler.0', body, 3 * scale * scale);
    return t.within('upsampler.1', () => pixelShuffle(t, last, scale));
  });
}

/** Three times half of the features is put aside and the rest refined; what was put aside is joined. */
function distillation(t: Trace, name: string, x: Traced): Traced {
  const half = FEATURES / 2;
  return t.within(name, () => {
    const kept: Traced[] = [];
    let y = x;
    for (const stage of [1, 2, 3]) {
      kept.push(act(t, conv(t, `c${stage}_d`, y, half, { kernel: 1 })));
      y = act(t, add(t, conv(t, `c${stage}_r`, y, FEATURES), y));
    }
    kept.push(act(t, conv(t, 'c4', y, half)));
    return spatialAttention(t, conv(t, 'c5', concat(t, kept), FEATURES, { kernel: 1 }), name === BLOCKS[0]);
  });
}

/** Weights for every pixel from a picture six times as small, a quarter of the features wide. */
function spatialAttention(t: Trace, x: Traced, first: boolean): Traced {
  const quarter = Math.floor(FEATURES / 4);
  return t.within('esa', () => {
    const narrow = conv(t, 'conv1', x, quarter, { kernel: 1 });
    let y = maxPool(t, conv(t, 'conv2', narrow, quarter, { stride: 2, pad: 0 }));
    for (const layer of ['conv_max', 'conv3']) y = rectified(t, conv(t, layer, y, quarter));
    const large = resizeLike(t, conv(t, 'conv3_', y, quarter), x, first);
    const mask = conv(t, 'conv4', add(t, large, conv(t, 'conv_f', narrow, quarter, { kernel: 1 })), FEATURES, { kernel: 1 });
    return multiply(t, x, t.within('sigmoid', () => sigmoid(t, mask)));
  });
}

function maxPool(t: Trace, x: Traced): Traced {
  const side = (size: number | null): number | null => (size === null ? null : Math.floor((size - 7) / 3) + 1);
  const [n, c, h, w] = x.shape as readonly [number, number, number | null, number | null];
  return t.op('MaxPool', [x], [n, c, side(h), side(w)], { ceil_mode: 0, dilations: [1, 1], kernel_shape: [7, 7], pads: [0, 0, 0, 0], strides: [3, 3] });
}

function rectified(t: Trace, x: Traced): Traced {
  return t.within('relu', () => relu(t, x));
}

function act(t: Trace, x: Traced): Traced {
  return t.within('act', () => activation(t, x));
}

function activation(t: Trace, x: Traced): Traced {
  return leakyRelu(t, x, 0.05);
}

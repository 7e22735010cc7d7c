import type { Network } from '../network.ts';
import { conv } from '../trace/convolution.ts';
import { add, clip } from '../trace/elementwise.ts';
import { pixelShuffle, pixelUnshuffle } from '../trace/shuffle.ts';
import type { Trace, Traced } from '../trace/trace.ts';
import { anchor } from './anchor.ts';

interface Size {
  readonly features: number;
  /** Layers between the first and the last. */
  readonly layers: number;
  /** The input added before the shuffle, by a convolution that is trained. */
  readonly residual: boolean;
}

const PAPER = 'QuickSRNet, arXiv 2303.04336; quic/aimet-model-zoo aimet_zoo_torch/quicksrnet';

/** The three that are released; the released large one has a long residual, the paper's (`quicksrnet-f64-m11`) has none. */
const RELEASED: readonly Network[] = [
  network('quicksrnet-small', 'QuickSRNet small: 32 features, 2 layers', { features: 32, layers: 2, residual: false }),
  network('quicksrnet-medium', 'QuickSRNet medium: 32 features, 5 layers', { features: 32, layers: 5, residual: false }),
  network('quicksrnet-large', 'QuickSRNet large: 64 features, 11 layers, long residual', { features: 64, layers: 11, residual: true }),
];

/** The paper's table by its own names; m2 and m5 are small and medium. */
const TABLE: readonly Network[] = ([[32, 1], [32, 2], [32, 3], [32, 5], [32, 7], [32, 11], [64, 11]] as const).map(([features, layers]) => {
  const title = `QuickSRNet: ${features} features, ${layers} ${layers === 1 ? 'layer' : 'layers'}`;
  return network(`quicksrnet-f${features}-m${layers}`, title, { features, layers, residual: false });
});

export const QUICKSRNET: readonly Network[] = [...RELEASED, ...TABLE];

function network(name: string, title: string, size: Size): Network {
  return {
    name, title, scales: [2, 1.5, 3, 4], channels: 3, forms: ['export'], source: PAPER,
    multiple: (scale) => (scale === 1.5 ? 2 : 1),
    build: (t, x, scale) => build(t, x, scale, size),
  };
}

/** Every layer begins as the identity; ×1.5 goes through half the size: unshuffled by 2 before the last layer, shuffled by 3 behind it. */
function build(t: Trace, x: Traced, scale: number, { features, layers, residual }: Size): Traced {
  const body = t.within('cnn', () => {
    let y = x;
    for (let layer = 0; layer <= layers; layer++) {
      y = conv(t, `cnn.${2 * layer}`, y, features, { identity: (output) => output });
      y = t.within(`cnn.${2 * layer + 1}`, () => clip(t, y, 0, 1));
    }
    return y;
  });
  const half = scale === 1.5;
  const block = half ? 3 : scale;
  const channels = 3 * block * block;
  const from = half ? t.within('space_to_depth', () => pixelUnshuffle(t, body, 2)) : body;
  const identity = residual ? {} : { identity: (output: number) => Math.floor(output / (channels / 3)) };
  const last = conv(t, 'conv_last', from, channels, { kernel: half ? 1 : 3, ...identity });
  const sum = residual ? add(t, last, anchor(t, x, block * block, { kernel: half ? 3 : 1, stride: half ? 2 : 1, noise: 0.02 })) : last;
  const clipped = t.within('clip_output', () => clip(t, sum, 0, 1));
  return t.within('depth_to_space', () => pixelShuffle(t, clipped, block));
}

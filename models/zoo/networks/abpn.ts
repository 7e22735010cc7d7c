import type { Network } from '../network.ts';
import { conv } from '../trace/convolution.ts';
import { add, clip, concat, relu } from '../trace/elementwise.ts';
import { pixelShuffle } from '../trace/shuffle.ts';
import type { Trace, Traced } from '../trace/trace.ts';
import { anchor } from './anchor.ts';

const RELEASE = 'ABPN, arXiv 2105.09750; quic/aimet-model-zoo aimet_zoo_torch/abpn';

/** ABPN as quantized models are released of it, with and without the long residual that costs a third of its time. */
export const ABPN: readonly Network[] = [
  released(28, true), released(32, true), released(28, false), released(32, false),
  {
    name: 'abpn-original', title: 'ABPN as published: 28 features, ×3, values 0..255', scales: [3], channels: 3, forms: ['export'], opset: 11,
    source: 'NJU-Jet/SR_Mobile_Quantization solvers/networks/base7.py (there channels come last)', build: buildOriginal,
  },
];

function released(features: number, residual: boolean): Network {
  return {
    name: `abpn-${features}${residual ? '' : '-resfree'}`, title: `ABPN: ${features} features${residual ? '' : ', without its long residual'}`,
    scales: [2, 3, 4], channels: 3, forms: ['export'], source: RELEASE, build: (t, x, scale) => build(t, x, scale, features, residual),
  };
}

function build(t: Trace, x: Traced, scale: number, features: number, residual: boolean): Traced {
  const body = t.within('cnn', () => layers(t, x, Array.from({ length: 6 }, () => features)));
  const last = conv(t, 'conv_last', body, 3 * scale * scale);
  const sum = residual ? add(t, last, anchor(t, x, scale * scale)) : last;
  return t.within('depth_to_space', () => pixelShuffle(t, sum, scale));
}

/** The input stands nine times behind itself, which is the repetition in the order of TensorFlow's depth_to_space (DCR). */
function buildOriginal(t: Trace, x: Traced): Traced {
  const body = t.within('cnn', () => layers(t, x, [28, 28, 28, 28, 28, 27]));
  const sum = add(t, conv(t, 'conv_last', body, 27), concat(t, Array.from({ length: 9 }, () => x)));
  const [n, , h, w] = sum.shape as readonly [number, number, number | null, number | null];
  const shape = [n, 3, h === null ? null : h * 3, w === null ? null : w * 3];
  return clip(t, t.op('DepthToSpace', [sum], shape, { blocksize: 3, mode: 'DCR' }), 0, 255);
}

function layers(t: Trace, x: Traced, widths: readonly number[]): Traced {
  return widths.reduce((y, features, i) => {
    const z = conv(t, `cnn.${2 * i}`, y, features);
    return t.within(`cnn.${2 * i + 1}`, () => relu(t, z));
  }, x);
}

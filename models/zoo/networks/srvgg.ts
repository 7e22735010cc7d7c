import type { Network } from '../network.ts';
import { conv } from '../trace/convolution.ts';
import { add, prelu } from '../trace/elementwise.ts';
import { enlargeNearest } from '../trace/resample.ts';
import { pixelShuffle, repeatChannels } from '../trace/shuffle.ts';
import type { Trace, Traced } from '../trace/trace.ts';

const SRVGG_SOURCE = 'xinntao/Real-ESRGAN realesrgan/archs/srvgg_arch.py';

/** Plain stacks of convolutions and PReLU, with the input added at the end. */
export const PLAIN_STACKS: readonly Network[] = [
  srvgg('realesr-animevideov3', 'Real-ESRGAN for animation: 64 features, 16 layers', 16),
  srvgg('realesr-general-x4v3', 'Real-ESRGAN general x4v3: 64 features, 32 layers', 32),
  {
    name: 'ecbsr-m4c16', title: 'ECBSR M4C16 on luma, its blocks merged', scales: [2, 3, 4], channels: 1, forms: ['deploy'],
    source: 'ECBSR (ACM MM 2021); xindongzhang/ECBSR models/plainsr.py', build: buildEcbsr,
  },
];

function srvgg(name: string, title: string, layers: number): Network {
  return { name, title, scales: [4], channels: 3, forms: ['export'], source: SRVGG_SOURCE, build: (t, x, scale) => buildSrvgg(t, x, scale, layers) };
}

/** The enlarged input is added behind the shuffle. */
function buildSrvgg(t: Trace, x: Traced, scale: number, layers: number): Traced {
  const body = stack(t, 'body', x, 64, layers);
  const last = conv(t, `body.${2 * layers + 2}`, body, 3 * scale * scale);
  const shuffled = t.within('upsampler', () => pixelShuffle(t, last, scale));
  return add(t, shuffled, enlargeNearest(t, x, scale));
}

/** Luma is added to every offset before the shuffle. */
function buildEcbsr(t: Trace, x: Traced, scale: number): Traced {
  const body = t.within('backbone', () => stack(t, 'backbone', x, 16, 4));
  const last = conv(t, 'last', body, scale * scale);
  const sum = add(t, last, x.shape[1] === 1 ? x : repeatChannels(t, x, scale * scale));
  return t.within('upsampler', () => pixelShuffle(t, sum, scale));
}

/** The first layer and `layers` more, each a convolution and a PReLU, as items of the list `name`. */
function stack(t: Trace, name: string, x: Traced, features: number, layers: number): Traced {
  let y = x;
  for (let layer = 0; layer <= layers; layer++) y = prelu(t, `${name}.${2 * layer + 1}`, conv(t, `${name}.${2 * layer}`, y, features));
  return y;
}

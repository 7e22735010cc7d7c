import type { Network } from '../network.ts';
import { conv } from '../trace/convolution.ts';
import { add, concat, leakyRelu, scaled } from '../trace/elementwise.ts';
import { enlargeNearest } from '../trace/resample.ts';
import { pixelShuffle, pixelUnshuffle } from '../trace/shuffle.ts';
import type { Trace, Traced } from '../trace/trace.ts';

const BASICSR = 'ESRGAN, arXiv 1809.00219; XPixelGroup/BasicSR basicsr/archs/rrdbnet_arch.py';

/** Residual-in-residual dense networks. */
export const RRDB: readonly Network[] = [
  rrdbNet('esrgan', 'ESRGAN ×4: 23 RRDB', 4, 23, 1, 2, BASICSR),
  rrdbNet('realesrgan-x4plus', 'Real-ESRGAN x4plus: 23 RRDB', 4, 23, 1, 2, BASICSR),
  rrdbNet('realesrgan-x4plus-anime-6b', 'Real-ESRGAN x4plus for animation: 6 RRDB', 4, 6, 1, 2, BASICSR),
  rrdbNet('realesrgan-x2plus', 'Real-ESRGAN x2plus: input unshuffled by 2', 2, 23, 2, 2, BASICSR),
  rrdbNet('bsrgan-x2', 'BSRGAN ×2: 23 RRDB, one enlargement', 2, 23, 1, 1, 'BSRGAN, arXiv 2103.14006; cszn/BSRGAN models/network_rrdbnet.py'),
  {
    name: 'ultrares-rdb', title: 'A network of RDBs as UltraRes describes its own: six-dimensional unshuffle at the head', scales: [2], channels: 3, forms: ['export'],
    multiple: () => 2, source: 'RDBs of ESRGAN, arXiv 1809.00219',
    reading: 'UltraRes does not publish its network: here 4 RDBs of 64 features between an unshuffle by 2 and a shuffle by 4.', build: buildUltraRes,
  },
];

function rrdbNet(name: string, title: string, scale: number, blocks: number, unshuffle: number, enlargements: number, source: string): Network {
  return {
    name, title, scales: [scale], channels: 3, forms: ['export'], source, multiple: () => unshuffle,
    build: (t, x) => build(t, unshuffle === 1 ? x : pixelUnshuffle(t, x, unshuffle), blocks, enlargements),
  };
}

function build(t: Trace, x: Traced, blocks: number, enlargements: number): Traced {
  const first = conv(t, 'conv_first', x, FEATURES);
  const body = t.within('body', () =>
    Array.from({ length: blocks }, (_, i) => `body.${i}`).reduce((y, name) => residualInResidual(t, name, y), first),
  );
  let y = add(t, first, conv(t, 'conv_body', body, FEATURES));
  for (let i = 1; i <= enlargements; i++) y = rectified(t, conv(t, `conv_up${i}`, enlargeNearest(t, y, 2), FEATURES));
  return conv(t, 'conv_last', rectified(t, conv(t, 'conv_hr', y, FEATURES)), 3);
}

function buildUltraRes(t: Trace, x: Traced): Traced {
  const first = conv(t, 'conv_first', pixelUnshuffle(t, x, 2), FEATURES);
  const body = t.within('body', () =>
    Array.from({ length: 4 }, (_, i) => `body.${i}`).reduce((y, name) => denseBlock(t, name, y), first),
  );
  const sum = add(t, first, conv(t, 'conv_body', body, FEATURES));
  return pixelShuffle(t, conv(t, 'conv_last', sum, 48), 4);
}

const FEATURES = 64;
const GROWTH = 32;

function residualInResidual(t: Trace, name: string, x: Traced): Traced {
  return t.within(name, () => add(t, scaled(t, ['rdb1', 'rdb2', 'rdb3'].reduce((y, block) => denseBlock(t, block, y), x), 0.2), x));
}

/** Four layers that each see all before them, and a fifth that joins them; a fifth of it is added to the input. */
function denseBlock(t: Trace, name: string, x: Traced): Traced {
  return t.within(name, () => {
    const seen = [x];
    for (let i = 1; i <= 4; i++) seen.push(rectified(t, conv(t, `conv${i}`, i === 1 ? x : concat(t, seen), GROWTH)));
    return add(t, scaled(t, conv(t, 'conv5', concat(t, seen), FEATURES), 0.2), x);
  });
}

function rectified(t: Trace, x: Traced): Traced {
  return t.within('lrelu', () => leakyRelu(t, x, 0.2));
}

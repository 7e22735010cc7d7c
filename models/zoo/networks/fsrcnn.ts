import type { Network } from '../network.ts';
import { conv, convTranspose } from '../trace/convolution.ts';
import { prelu } from '../trace/elementwise.ts';
import type { Trace, Traced } from '../trace/trace.ts';

interface Size {
  readonly features: number;
  readonly shrunk: number;
  readonly layers: number;
}

const SOURCE = 'FSRCNN, arXiv 1608.00367; yjn870/FSRCNN-pytorch models.py';
const FULL: Size = { features: 56, shrunk: 12, layers: 4 };

export const FSRCNN: readonly Network[] = [
  network('fsrcnn', 'FSRCNN on luma: 56, 12, 4', 1, FULL),
  network('fsrcnn-s', 'FSRCNN-s on luma: 32, 5, 1', 1, { features: 32, shrunk: 5, layers: 1 }),
  {
    ...network('fsrcnn-rgb', 'FSRCNN in colour, as the QuickSRNet paper compares with', 3, FULL),
    reading: 'The QuickSRNet paper does not publish its FSRCNN: here the luma network takes three channels and gives three, by a transposed convolution.',
  },
];

function network(name: string, title: string, channels: number, size: Size): Network {
  return { name, title, scales: [2, 3, 4], channels, forms: ['export'], source: SOURCE, build: (t, x, scale) => build(t, x, scale, size) };
}

function build(t: Trace, x: Traced, scale: number, { features, shrunk, layers }: Size): Traced {
  const first = t.within('first_part', () => prelu(t, 'first_part.1', conv(t, 'first_part.0', x, features, { kernel: 5 })));
  const middle = t.within('mid_part', () => {
    let y = prelu(t, 'mid_part.1', conv(t, 'mid_part.0', first, shrunk, { kernel: 1 }));
    let at = 2;
    for (let i = 0; i < layers; i++, at += 2) y = prelu(t, `mid_part.${at + 1}`, conv(t, `mid_part.${at}`, y, shrunk));
    return prelu(t, `mid_part.${at + 1}`, conv(t, `mid_part.${at}`, y, features, { kernel: 1 }));
  });
  return convTranspose(t, 'last_part', middle, x.shape[1] as number, 9, scale);
}

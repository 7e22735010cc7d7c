import type { Network } from '../network.ts';
import { conv } from '../trace/convolution.ts';
import { tanh } from '../trace/elementwise.ts';
import { pixelShuffle } from '../trace/shuffle.ts';
import type { Trace, Traced } from '../trace/trace.ts';

const common = { scales: [2, 3, 4], forms: ['export'], build } as const;

export const ESPCN: readonly Network[] = [
  { ...common, name: 'espcn', title: 'ESPCN on luma', channels: 1, source: 'ESPCN, arXiv 1609.05158; yjn870/ESPCN-pytorch models.py' },
  {
    ...common, name: 'espcn-rgb', title: 'ESPCN in colour, as the QuickSRNet paper compares with', channels: 3, source: 'yjn870/ESPCN-pytorch models.py',
    reading: 'The QuickSRNet paper does not publish its ESPCN: here the luma network takes three channels and gives three.',
  },
];

function build(t: Trace, x: Traced, scale: number): Traced {
  const first = t.within('first_part', () => {
    const a = conv(t, 'first_part.0', x, 64, { kernel: 5 });
    const b = conv(t, 'first_part.2', t.within('first_part.1', () => tanh(t, a)), 32);
    return t.within('first_part.3', () => tanh(t, b));
  });
  return t.within('last_part', () => {
    const last = conv(t, 'last_part.0', first, (x.shape[1] as number) * scale * scale);
    return t.within('last_part.1', () => pixelShuffle(t, last, scale));
  });
}

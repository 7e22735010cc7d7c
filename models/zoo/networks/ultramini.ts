import type { Network } from '../network.ts';
import { conv } from '../trace/convolution.ts';
import { add, relu } from '../trace/elementwise.ts';
import { pixelShuffle, pixelUnshuffle } from '../trace/shuffle.ts';
import type { Trace, Traced } from '../trace/trace.ts';

const FEATURES = 48;

export const ULTRAMINI: readonly Network[] = [
  {
    name: 'ultramini', title: 'ultramini: 48 features at half the size, 4 residual layers', scales: [2], channels: 3, forms: ['export'],
    multiple: () => 2, source: 'this project', build,
  },
];

function build(t: Trace, x: Traced): Traced {
  let y = relu(t, conv(t, 'first', pixelUnshuffle(t, x, 2), FEATURES));
  for (let i = 0; i < 4; i++) y = relu(t, add(t, conv(t, `body.${i}`, y, FEATURES), y));
  return pixelShuffle(t, conv(t, 'last', y, 48), 4);
}

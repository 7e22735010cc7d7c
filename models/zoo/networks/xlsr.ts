import type { Network } from '../network.ts';
import { conv } from '../trace/convolution.ts';
import { clip, concat, relu } from '../trace/elementwise.ts';
import { pixelShuffle } from '../trace/shuffle.ts';
import type { Trace, Traced } from '../trace/trace.ts';

export const XLSR: readonly Network[] = [
  {
    name: 'xlsr', title: 'XLSR: grouped convolutions, clipped behind the shuffle', scales: [2, 3, 4], channels: 3, forms: ['export'],
    source: 'XLSR, arXiv 2105.10288; quic/aimet-model-zoo aimet_zoo_torch/xlsr', build,
  },
];

function build(t: Trace, x: Traced, scale: number): Traced {
  const residual = conv(t, 'residual', x, 16);
  let y = relu(t, conv(t, 'conv_first', x, 32));
  y = conv(t, 'conv_second', y, 32, { kernel: 1 });
  for (let i = 0; i < 3; i++) y = groupedBlock(t, `gblocks.${i}`, y);
  y = relu(t, conv(t, 'conv_concat', concat(t, [y, residual]), 32, { kernel: 1 }));
  const last = conv(t, 'conv_last', y, 3 * scale * scale);
  const shuffled = t.within('depth_to_space', () => pixelShuffle(t, last, scale));
  return t.within('clip_output', () => clip(t, shuffled, 0, 1));
}

function groupedBlock(t: Trace, name: string, x: Traced): Traced {
  return t.within(name, () => conv(t, 'conv1', relu(t, conv(t, 'conv0', x, 32, { groups: 4 })), 32, { kernel: 1 }));
}

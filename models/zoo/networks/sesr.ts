import type { Form, Network } from '../network.ts';
import { conv, convNode } from '../trace/convolution.ts';
import { add, clip, prelu, relu, withNumber } from '../trace/elementwise.ts';
import { pixelShuffle } from '../trace/shuffle.ts';
import type { Trace, Traced } from '../trace/trace.ts';
import { anchor } from './anchor.ts';
import { collapse } from './collapse.ts';

const RELEASE = 'SESR, arXiv 2103.09404; quic/aimet-model-zoo aimet_zoo_torch/sesr';
const ORIGINAL = 'ARM-software/sesr models/sesr.py (there channels come last)';
const SIZES = [['m3', 16, 3], ['m5', 16, 5], ['m7', 16, 7], ['m11', 16, 11], ['xl', 32, 11]] as const;

/** Channels between the expanding and the squeezing half of a block. */
const EXPANDED = 256;

/** Colour, as quantized models are released of it; and luma with PReLU, as first published, collapsed. */
export const SESR: readonly Network[] = SIZES.flatMap(([size, features, blocks]) => [
  {
    name: `sesr-${size}`, title: `SESR ${size.toUpperCase()}: ${features} features, ${blocks} blocks`, scales: [2, 3, 4], channels: 3,
    forms: ['export', 'deploy'], source: RELEASE, build: (t, x, scale, form) => build(t, x, scale, form, features, blocks),
  },
  {
    name: `sesr-${size}-y`, title: `SESR ${size.toUpperCase()} on luma, as first published`, scales: [2, 4], channels: 1, forms: ['deploy'], opset: 11,
    source: ORIGINAL, build: (t, x, scale) => buildLuma(t, x, scale, features, blocks),
  },
] satisfies Network[]);

function build(t: Trace, x: Traced, scale: number, form: Form, features: number, blocks: number): Traced {
  const first = linearBlock(t, 'conv_first', x, features, { kernel: 5, residual: false, form });
  const body = t.within('residual_layers', () =>
    Array.from({ length: blocks }, (_, i) => `residual_layers.${i}`).reduce((y, name) => linearBlock(t, name, y, features, { kernel: 3, residual: true, form }), first),
  );
  const last = linearBlock(t, 'conv_last', add(t, body, first), 3 * scale * scale, { kernel: 5, residual: false, form, activation: false });
  const sum = add(t, last, anchor(t, x, scale * scale));
  return t.within('depth_to_space', () => pixelShuffle(t, sum, scale));
}

interface Block {
  readonly kernel: number;
  readonly residual: boolean;
  readonly form: Form;
  readonly activation?: boolean;
}

/** A k×k convolution to many channels without bias, a 1×1 back, the input added if asked; nothing between them, so that one convolution does the same. */
function linearBlock(t: Trace, name: string, x: Traced, channels: number, { kernel, residual, form, activation = true }: Block): Traced {
  return t.within(name, () => {
    const y = form === 'deploy' ? collapsedBlock(t, x, channels, kernel, residual) : expandedBlock(t, x, channels, kernel, residual);
    return activation ? t.within('activation', () => relu(t, y)) : y;
  });
}

function expandedBlock(t: Trace, x: Traced, channels: number, kernel: number, residual: boolean): Traced {
  const y = conv(t, 'conv_squeeze', conv(t, 'conv_expand', x, EXPANDED, { kernel, bias: false }), channels, { kernel: 1 });
  return residual ? add(t, y, x) : y;
}

/** The weights of the expanded form of the same seed, multiplied out. */
function collapsedBlock(t: Trace, x: Traced, channels: number, kernel: number, residual: boolean): Traced {
  const from = x.shape[1] as number;
  const [expand, squeeze] = [t.path('conv_expand'), t.path('conv_squeeze')];
  const bound = 1 / Math.sqrt(EXPANDED);
  const weight = t.derived('weight', [channels, from, kernel, kernel], () => {
    const reach = 1 / Math.sqrt(from * kernel * kernel);
    const e = t.weights.draw(`${expand}.weight`, [EXPANDED, from, kernel, kernel], -reach, reach);
    const s = t.weights.draw(`${squeeze}.weight`, [channels, EXPANDED, 1, 1], -bound, bound);
    return collapse(e, s, { from, inner: EXPANDED, to: channels, kernel, residual });
  });
  const bias = t.derived('bias', [channels], () => t.weights.draw(`${squeeze}.bias`, [channels], -bound, bound));
  return convNode(t, x, weight, bias);
}

/** No biases; the offsets of ×4 go through two shuffles by 2; the luma is added to every offset. */
function buildLuma(t: Trace, x: Traced, scale: number, features: number, blocks: number): Traced {
  const first = conv(t, 'conv_first', withNumber(t, 'Sub', x, 0.5), features, { kernel: 5, bias: false });
  let y = first;
  for (let i = 0; i < blocks; i++) y = prelu(t, `act.${i}`, conv(t, `residual_layers.${i}`, y, features, { bias: false, identity: (output) => output }));
  let z = add(t, conv(t, 'conv_last', add(t, y, first), scale * scale, { kernel: 5, bias: false }), x);
  for (let side = 1; side < scale; side *= 2) z = pixelShuffle(t, z, 2);
  return clip(t, z, 0, 1);
}

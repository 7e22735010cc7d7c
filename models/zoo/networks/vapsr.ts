import { DTYPE_CODES } from '../../contracts/dtype.ts';
import type { Network } from '../network.ts';
import { conv } from '../trace/convolution.ts';
import { add, clip, concat, gelu, leakyRelu, multiply, relu, scaled, withNumber } from '../trace/elementwise.ts';
import { transpose } from '../trace/layout.ts';
import { pixelShuffle } from '../trace/shuffle.ts';
import { layerNorm } from '../trace/tokens.ts';
import type { Trace, Traced } from '../trace/trace.ts';

interface Size {
  readonly features: number;
  readonly blocks: number;
  /** Channels inside of a block. */
  readonly attention: number;
  readonly groups?: number;
  /** Kernel of the block's first convolution; 1 unless told. */
  readonly kernel?: number;
}

const SOURCE = 'VapSR, arXiv 2210.05960; zhoumumu/VapSR code/vapsr.py';
const CATID = 'catid/upsampling upsampling_net.py';

/** Networks of vast-receptive-field attention, and the two by catid that grew from them. */
export const VAPSR: readonly Network[] = [
  {
    name: 'vapsr', title: 'VapSR: 48 features', scales: [2, 3, 4], channels: 3, forms: ['export'], opset: 11, source: SOURCE,
    build: (t, x, scale) => build(t, x, scale, { features: 48, blocks: scale === 4 ? 21 : 20, attention: 64 }),
  },
  {
    name: 'vapsr-s', title: 'VapSR-S: 32 features, 11 blocks', scales: [4], channels: 3, forms: ['export'], opset: 11, source: SOURCE,
    build: (t, x, scale) => build(t, x, scale, { features: 32, blocks: 11, attention: 64, groups: 2 }),
  },
  {
    name: 'catid-upsampling', title: 'catid’s VapSR ×2: 64 features, bytes in and out', scales: [2], channels: 3, dtype: 'uint8', forms: ['export'], opset: 11, source: CATID,
    reading: 'Computed in float32, where the published file computes in float16.',
    build: (t, x, scale) => bytes(t, x, (y) => build(t, y, scale, { features: 64, blocks: 20, attention: 48, kernel: 3 })),
  },
  {
    name: 'catid-tiny', title: 'catid’s tiny ×2: 12 channels in, already unshuffled; bytes in and out', scales: [4], channels: 12, dtype: 'uint8', forms: ['export'], opset: 11,
    source: 'catid/upsampling, branch tiny, tiny_net.py', reading: 'Computed in float32, where the published file computes in float16.',
    build: (t, x) => bytes(t, x, (y) => buildTiny(t, y)),
  },
];

function build(t: Trace, x: Traced, scale: number, size: Size): Traced {
  const first = conv(t, 'conv_first', x, size.features);
  const body = t.within('body', () =>
    Array.from({ length: size.blocks }, (_, i) => `body.${i}`).reduce((y, name) => attentionBlock(t, name, y, size), first),
  );
  const sum = add(t, conv(t, 'conv_body', body, size.features, { groups: size.groups ?? 1 }), first);
  return t.within('upsampler', () => {
    const middle = scale === 4 ? 64 : 56;
    const wide = conv(t, 'upsampler.0', sum, middle);
    const shuffled = scale === 4 ? pixelShuffle(t, wide, 2) : wide;
    const last = conv(t, 'upsampler.2', leakyRelu(t, shuffled, 0.1), scale === 4 ? 12 : 3 * scale * scale);
    return pixelShuffle(t, last, scale === 4 ? 2 : scale);
  });
}

function attentionBlock(t: Trace, name: string, x: Traced, { features, attention, kernel = 1 }: Size): Traced {
  return t.within(name, () => {
    const wide = conv(t, 'proj_1', x, attention, { kernel });
    const u = t.within('act', () => gelu(t, wide));
    const gated = t.within('attn', () => {
      const pointwise = conv(t, 'pointwise', u, attention, { kernel: 1 });
      const near = conv(t, 'depthwise', pointwise, attention, { kernel: 5, groups: attention });
      return multiply(t, u, conv(t, 'depthwise_dilated', near, attention, { kernel: 5, groups: attention, dilation: 3 }));
    });
    const y = add(t, conv(t, 'proj_2', gated, features, { kernel: 1 }), x);
    return transpose(t, layerNorm(t, 'norm', transpose(t, y, [0, 2, 3, 1])), [0, 3, 1, 2]);
  });
}

/** Twelve channels stand for 2×2 pixels, so that four times their side is twice the picture's. */
function buildTiny(t: Trace, x: Traced): Traced {
  const first = relu(t, conv(t, 'conv_first', x, 32, { bias: false }));
  const body = t.within('block', () => {
    let y = first;
    for (const half of [1, 2]) {
      y = conv(t, `depthwise${half}`, y, 32, { groups: 32, bias: false });
      y = relu(t, conv(t, `pointwise${half}`, y, 32, { kernel: 1, bias: false }));
    }
    return conv(t, 'merge', concat(t, [y, first]), 32, { kernel: 1, bias: false });
  });
  const half = relu(t, pixelShuffle(t, conv(t, 'conv_up', body, 64, { bias: false }), 2));
  return pixelShuffle(t, conv(t, 'conv_last', half, 12, { bias: false }), 2);
}

/** Bytes become −1..1 and come back; 128 instead of 127.5 rounds half up. */
function bytes(t: Trace, x: Traced, network: (y: Traced) => Traced): Traced {
  const cast = (value: Traced, to: 'float32' | 'uint8'): Traced => t.op('Cast', [value], value.shape, { to: DTYPE_CODES[to] }, to);
  const y = network(withNumber(t, 'Sub', withNumber(t, 'Div', cast(x, 'float32'), 127.5), 1));
  return cast(clip(t, withNumber(t, 'Add', scaled(t, y, 127.5), 128), 0, 255), 'uint8');
}

import type { Network } from '../network.ts';
import { Tensor } from '../../onnx/tensor.ts';
import { conv } from '../trace/convolution.ts';
import { add, relu, scaled, withNumber } from '../trace/elementwise.ts';
import { pixelShuffle } from '../trace/shuffle.ts';
import type { Trace, Traced } from '../trace/trace.ts';

interface Size {
  readonly features: number;
  readonly blocks: number;
  readonly residualScale: number;
}

const SOURCE = 'EDSR, arXiv 1707.02921; XPixelGroup/BasicSR basicsr/archs/edsr_arch.py';

/** Mean colour of DIV2K, taken off the input and put back; values are 0..255 between. */
const MEAN = [0.4488, 0.4371, 0.404];
const RANGE = 255;

export const EDSR: readonly Network[] = [
  network('edsr-baseline', 'EDSR baseline: 64 features, 16 blocks', { features: 64, blocks: 16, residualScale: 1 }),
  network('edsr', 'EDSR: 256 features, 32 blocks', { features: 256, blocks: 32, residualScale: 0.1 }),
];

function network(name: string, title: string, size: Size): Network {
  return { name, title, scales: [2, 3, 4], channels: 3, forms: ['export'], source: SOURCE, build: (t, x, scale) => build(t, x, scale, size) };
}

function build(t: Trace, x: Traced, scale: number, { features, blocks, residualScale }: Size): Traced {
  const centred = scaled(t, t.op('Sub', [x, mean(t)], x.shape), RANGE);
  const first = conv(t, 'conv_first', centred, features);
  const body = t.within('body', () =>
    Array.from({ length: blocks }, (_, i) => `body.${i}`).reduce((y, name) => residualBlock(t, name, y, residualScale), first),
  );
  const sum = add(t, conv(t, 'conv_after_body', body, features), first);
  const enlarged = t.within('upsample', () => upsample(t, 'upsample', sum, scale));
  const last = withNumber(t, 'Div', conv(t, 'conv_last', enlarged, 3), RANGE);
  return t.op('Add', [last, mean(t)], last.shape);
}

function residualBlock(t: Trace, name: string, x: Traced, scale: number): Traced {
  return t.within(name, () => {
    const inner = conv(t, 'conv1', x, x.shape[1] as number);
    const y = conv(t, 'conv2', t.within('relu', () => relu(t, inner)), x.shape[1] as number);
    return add(t, x, scale === 1 ? y : scaled(t, y, scale));
  });
}

/** The Sequential `name` of convolutions and shuffles: one by 3, or as many by 2 as it takes; in one step to `channels` where that is told. */
export function upsample(t: Trace, name: string, x: Traced, scale: number, channels?: number): Traced {
  const steps = scale === 3 || channels !== undefined ? [scale] : Array.from({ length: Math.log2(scale) }, () => 2);
  return steps.reduce((y, r, i) => {
    const wide = conv(t, `${name}.${2 * i}`, y, (channels ?? (y.shape[1] as number)) * r * r);
    return t.within(`${name}.${2 * i + 1}`, () => pixelShuffle(t, wide, r));
  }, x);
}

function mean(t: Trace): Traced {
  return t.constant(Tensor.of('float32', [1, 3, 1, 1], MEAN));
}

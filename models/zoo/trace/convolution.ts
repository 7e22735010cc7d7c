import type { Trace, Traced } from './trace.ts';

export interface ConvOptions {
  readonly kernel?: number;
  readonly stride?: number;
  /** Zeros on each side; as many as keep the size unless told. */
  readonly pad?: number;
  readonly dilation?: number;
  readonly groups?: number;
  readonly bias?: boolean;
  /** The input channel that an output channel begins with: one is added to random weights there, at the kernel's centre. */
  readonly identity?: (output: number) => number;
}

/**
 * The module `name`, a 2-D convolution to `channels` channels. Weights and bias are uniform in ±1/√(fan in), as PyTorch draws them.
 */
export function conv(t: Trace, name: string, x: Traced, channels: number, options: ConvOptions = {}): Traced {
  const { kernel = 3, dilation = 1, groups = 1, bias = true, identity } = options;
  const from = (x.shape[1] as number) / groups;
  const dims = [channels, from, kernel, kernel];
  const bound = 1 / Math.sqrt(from * kernel * kernel);
  return t.within(name, () => {
    const path = t.path('weight');
    const drawn = (): Float64Array => t.weights.draw(path, dims, -bound, bound);
    const weight = t.derived('weight', dims, identity && !t.weights.trained ? () => withIdentity(drawn(), dims, identity) : drawn);
    return convNode(t, x, weight, bias ? t.parameter('bias', [channels], -bound, bound) : null, { ...options, dilation, groups });
  });
}

/** A convolution by parameters that are there already. */
export function convNode(t: Trace, x: Traced, weight: Traced, bias: Traced | null, options: Pick<ConvOptions, 'stride' | 'pad' | 'dilation' | 'groups'> = {}): Traced {
  const { stride = 1, dilation = 1, groups = 1 } = options;
  const [channels, , kernel] = weight.shape as readonly [number, number, number];
  const reach = dilation * (kernel - 1);
  const pad = options.pad ?? reach / 2;
  const [n, , h, w] = x.shape as readonly [number, number, number | null, number | null];
  const size = (side: number | null): number | null => (side === null ? null : Math.floor((side + 2 * pad - reach - 1) / stride) + 1);
  return t.op('Conv', [x, weight, ...(bias ? [bias] : [])], [n, channels, size(h), size(w)], {
    dilations: [dilation, dilation], group: groups, kernel_shape: [kernel, kernel], pads: [pad, pad, pad, pad], strides: [stride, stride],
  });
}

/** The module `name`, a transposed convolution that enlarges `scale` times: output padding makes the size exact. */
export function convTranspose(t: Trace, name: string, x: Traced, channels: number, kernel: number, scale: number): Traced {
  const [n, from, h, w] = x.shape as readonly [number, number, number | null, number | null];
  const pad = (kernel - 1) / 2;
  const bound = 1 / Math.sqrt(channels * kernel * kernel);
  return t.within(name, () => {
    const weight = t.parameter('weight', [from, channels, kernel, kernel], -bound, bound);
    const bias = t.parameter('bias', [channels], -bound, bound);
    const size = (side: number | null): number | null => (side === null ? null : side * scale);
    return t.op('ConvTranspose', [x, weight, bias], [n, channels, size(h), size(w)], {
      dilations: [1, 1], group: 1, kernel_shape: [kernel, kernel], output_padding: [scale - 1, scale - 1], pads: [pad, pad, pad, pad], strides: [scale, scale],
    });
  });
}

function withIdentity(values: Float64Array, [to, from, kernel]: readonly number[], channel: (output: number) => number): Float64Array {
  const [inner, area] = [from as number, (kernel as number) ** 2];
  for (let output = 0; output < (to as number); output++) {
    const input = channel(output);
    if (input < inner) values[(output * inner + input) * area + (area - 1) / 2]! += 1;
  }
  return values;
}

import type { NdArray } from '../../models/contracts/index.ts';
import { Prng } from '../../models/run/index.ts';
import type { ConvView } from '../rewrites/weights/index.ts';

/** Where a window is read: batch entry and output position, or the row of a matrix product. */
export interface Place {
  readonly n: number;
  readonly y: number;
  readonly x: number;
}

/** Along one spatial axis. */
interface Axis {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly begin: number;
  readonly end: number;
  readonly extra: number;
}

/**
 * Reads windows of a linear layer's input in the order of its canonical weights `[I/g, ...kernel]`, padding as zeros: what one output value is
 * the product of. Taps of a transposed convolution that do not meet an output position are zeros there.
 */
export class WindowSampler {
  readonly size: number;
  readonly groups: number;
  readonly input: string;
  readonly #axes: readonly [Axis, Axis] | null;
  readonly #transposed: boolean;
  readonly #prng = new Prng(20);

  /** Null for layers of more than two spatial axes and for padding that is not known. */
  static of(view: ConvView): WindowSampler | null {
    return view.pads && view.kernel.length <= 2 ? new WindowSampler(view) : null;
  }

  private constructor(view: ConvView) {
    const { kernel, strides, dilations, pads, outputPadding, group, inChannels } = view;
    const axes = kernel.map((size, i): Axis => ({
      kernel: size, stride: strides[i] ?? 1, dilation: dilations[i] ?? 1, begin: pads?.begin[i] ?? 0, end: pads?.end[i] ?? 0, extra: outputPadding[i] ?? 0,
    }));
    const flat: Axis = { kernel: 1, stride: 1, dilation: 1, begin: 0, end: 0, extra: 0 };
    this.#axes = axes.length === 0 ? null : [axes.length === 1 ? flat : (axes[0] as Axis), axes.at(-1) as Axis];
    this.#transposed = view.kind === 'ConvTranspose';
    this.size = (inChannels / group) * kernel.reduce((a, b) => a * b, 1);
    this.groups = group;
    this.input = view.input.name;
  }

  /** Up to `most` places of an input: all rows of a small matrix, else random ones. The same sequence of shapes gives the same places. */
  *places({ dims, data }: NdArray, most: number): IterableIterator<Place> {
    if (!this.#axes) {
      const rows = data.length / (dims.at(-1) as number);
      for (let k = 0; k < Math.min(rows, most); k++) yield { n: rows <= most ? k : this.#prng.below(rows), y: 0, x: 0 };
      return;
    }
    const { batch, height, width } = imageDims(dims);
    const [rows, columns] = [this.#outputs(height, this.#axes[0]), this.#outputs(width, this.#axes[1])];
    if (batch < 1 || rows < 1 || columns < 1) return;
    for (let k = 0; k < most; k++) yield { n: this.#prng.below(batch), y: this.#prng.below(rows), x: this.#prng.below(columns) };
  }

  read({ dims, data }: NdArray, { n, y, x }: Place, group: number, window: Float64Array): void {
    if (!this.#axes) {
      const features = dims.at(-1) as number;
      for (let i = 0; i < features; i++) window[i] = Number(data[n * features + i]);
      return;
    }
    const { channels, height, width } = imageDims(dims);
    const [down, across] = this.#axes;
    const perGroup = channels / this.groups;
    let at = 0;
    for (let c = group * perGroup; c < (group + 1) * perGroup; c++) {
      const plane = (n * channels + c) * height;
      for (let i = 0; i < down.kernel; i++) {
        const row = this.#source(y, i, down, height);
        for (let j = 0; j < across.kernel; j++) {
          const column = row < 0 ? -1 : this.#source(x, j, across, width);
          window[at++] = column < 0 ? 0 : Number(data[(plane + row) * width + column]);
        }
      }
    }
  }

  #outputs(length: number, { kernel, stride, dilation, begin, end, extra }: Axis): number {
    const extent = dilation * (kernel - 1) + 1;
    return this.#transposed ? stride * (length - 1) + extra + extent - begin - end : Math.floor((length + begin + end - extent) / stride) + 1;
  }

  /** Input position that a tap reads for an output position; −1 where there is none. */
  #source(position: number, tap: number, { stride, dilation, begin }: Axis, length: number): number {
    if (!this.#transposed) {
      const at = position * stride - begin + tap * dilation;
      return at < length ? at : -1;
    }
    const at = (position + begin - tap * dilation) / stride;
    return Number.isInteger(at) && at < length ? at : -1;
  }
}

/** `[N, C, H, W]`, a height of 1 where there is one spatial axis. */
function imageDims(dims: readonly number[]): { readonly batch: number; readonly channels: number; readonly height: number; readonly width: number } {
  const [batch = 1, channels = 1, ...spatial] = dims;
  return { batch, channels, height: spatial.length > 1 ? (spatial[0] as number) : 1, width: spatial.at(-1) ?? 1 };
}

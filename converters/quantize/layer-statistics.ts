import type { NdArray } from '../../models/contracts/index.ts';
import type { Node } from '../../models/graph/index.ts';
import { Prng } from '../../models/run/index.ts';
import { type ConvView, readConv } from '../rewrites/weights/index.ts';

/** Second moments of what a layer's kernels see, per group: windows of K = I/g · taps inputs. */
export interface LayerStatistics {
  /** Covariance `[K, K]` of each group, about the mean. */
  readonly covariance: readonly Float64Array[];
  /** Mean window `[K]` of each group. */
  readonly mean: readonly Float64Array[];
  readonly size: number;
}

/** Windows larger than this would cost more than they gain. */
const LARGEST_WINDOW = 1200;
/** Windows looked at in each of the first inputs, and in each of those behind them: many small inputs need fewer each. */
const WINDOWS = { first: 768, inputs: 4, later: 128 };

/** Gathers the windows of one layer over all calibration inputs; positions are drawn from a seeded generator. */
export class LayerMoments {
  readonly #view: ConvView;
  readonly #size: number;
  readonly #gram: Float64Array[];
  readonly #sum: Float64Array[];
  #count = 0;
  #inputs = 0;
  readonly #prng = new Prng(20);

  /** Null for layers whose windows cannot be gathered: transposed, with unknown padding, too large. */
  static of(node: Node): LayerMoments | null {
    const view = node.is('Conv', 'Gemm', 'MatMul') ? readConv(node) : 'no layer';
    if (typeof view === 'string' || !view.pads || view.kernel.length === 1 || view.kernel.length > 2) return null;
    const size = (view.inChannels / view.group) * view.kernel.reduce((a, b) => a * b, 1);
    return size <= LARGEST_WINDOW ? new LayerMoments(view, size) : null;
  }

  private constructor(view: ConvView, size: number) {
    this.#view = view;
    this.#size = size;
    this.#gram = Array.from({ length: view.group }, () => new Float64Array(size * size));
    this.#sum = Array.from({ length: view.group }, () => new Float64Array(size));
  }

  get input(): string {
    return this.#view.input.name;
  }

  add(array: NdArray): void {
    const window = new Float64Array(this.#size);
    const most = this.#inputs++ < WINDOWS.inputs ? WINDOWS.first : WINDOWS.later;
    const rows = this.#view.kernel.length === 0 ? this.#matrixRows(array, most) : this.#windows(array, most);
    for (const fill of rows) {
      this.#count++;
      for (let g = 0; g < this.#view.group; g++) {
        fill(window, g);
        accumulate(this.#gram[g] as Float64Array, this.#sum[g] as Float64Array, window);
      }
    }
  }

  statistics(): LayerStatistics | null {
    if (this.#count < 2) return null;
    const mean = this.#sum.map((sum) => sum.map((s) => s / this.#count));
    const covariance = this.#gram.map((gram, g) => centred(gram, mean[g] as Float64Array, this.#count));
    return { covariance, mean, size: this.#size };
  }

  *#matrixRows({ dims, data }: NdArray, most: number): IterableIterator<(window: Float64Array, group: number) => void> {
    const features = dims.at(-1) as number;
    const rows = data.length / features;
    for (let k = 0; k < Math.min(rows, most); k++) {
      const row = rows <= most ? k : this.#prng.below(rows);
      yield (window) => window.forEach((_, i) => { window[i] = Number(data[row * features + i]); });
    }
  }

  /** Random output positions, the padding included as zeros. */
  *#windows({ dims, data }: NdArray, most: number): IterableIterator<(window: Float64Array, group: number) => void> {
    const [batch = 1, channels = 1, height = 1, width = 1] = dims;
    const { kernel: [kh = 1, kw = 1], strides: [sh = 1, sw = 1], dilations: [dh = 1, dw = 1], pads, group } = this.#view;
    const [top = 0, left = 0] = pads?.begin ?? [];
    const [bottom = 0, right = 0] = pads?.end ?? [];
    const rows = Math.floor((height + top + bottom - dh * (kh - 1) - 1) / sh) + 1;
    const columns = Math.floor((width + left + right - dw * (kw - 1) - 1) / sw) + 1;
    if (rows < 1 || columns < 1) return;
    const perGroup = channels / group;
    for (let k = 0; k < most; k++) {
      const [n, y0, x0] = [this.#prng.below(batch), this.#prng.below(rows) * sh - top, this.#prng.below(columns) * sw - left];
      yield (window, g) => {
        let at = 0;
        for (let c = g * perGroup; c < (g + 1) * perGroup; c++) {
          for (let i = 0; i < kh; i++) {
            for (let j = 0; j < kw; j++) {
              const [y, x] = [y0 + i * dh, x0 + j * dw];
              const inside = y >= 0 && y < height && x >= 0 && x < width;
              window[at++] = inside ? Number(data[((n * channels + c) * height + y) * width + x]) : 0;
            }
          }
        }
      };
    }
  }
}

/** Upper triangle of Σ x·xᵀ, and Σ x. */
function accumulate(gram: Float64Array, sum: Float64Array, x: Float64Array): void {
  const size = x.length;
  for (let i = 0; i < size; i++) {
    const xi = x[i] as number;
    if (xi === 0) continue;
    sum[i] = (sum[i] as number) + xi;
    for (let j = i; j < size; j++) gram[i * size + j] = (gram[i * size + j] as number) + xi * (x[j] as number);
  }
}

function centred(gram: Float64Array, mean: Float64Array, count: number): Float64Array {
  const size = mean.length;
  const out = new Float64Array(gram.length);
  for (let i = 0; i < size; i++) {
    for (let j = i; j < size; j++) {
      const value = (gram[i * size + j] as number) / count - (mean[i] as number) * (mean[j] as number);
      out[i * size + j] = out[j * size + i] = value;
    }
  }
  return out;
}

import type { NdArray } from '../../models/contracts/index.ts';
import type { Node } from '../../models/graph/index.ts';
import { readConv } from '../rewrites/weights/index.ts';
import { WindowSampler } from './window-sampler.ts';

/** Second moments of what a layer's kernels see, per group: windows of K = I/g · taps inputs. */
export interface LayerStatistics {
  /** Covariance `[K, K]` of each group, about the mean, of what the layer sees when it is quantized. */
  readonly covariance: readonly Float64Array[];
  /** Mean window `[K]` of each group, of what the layer sees when it is quantized. */
  readonly mean: readonly Float64Array[];
  readonly size: number;
  /** Float inputs against quantized ones at the same places; null where only the float model has run. */
  readonly float: {
    /** `[K, K]` of each group: cov(x, x̂), float inputs along the rows. */
    readonly cross: readonly Float64Array[];
    readonly mean: readonly Float64Array[];
  } | null;
}

/** Windows larger than this would cost more than they gain. */
const LARGEST_WINDOW = 1200;
/** Windows looked at in each of the first inputs, and in each of those behind them: many small inputs need fewer each. */
const WINDOWS = { first: 768, inputs: 4, later: 192 };

/** Gathers the windows of one layer over all calibration inputs; positions are drawn from a seeded generator. */
export class LayerMoments {
  readonly #sampler: WindowSampler;
  readonly #size: number;
  readonly #seen: readonly Moments[];
  #count = 0;
  #inputs = 0;

  /** Null for layers whose windows cannot be gathered: with unknown padding, of more than two spatial axes, too large. */
  static of(node: Node): LayerMoments | null {
    const view = readConv(node);
    const sampler = typeof view === 'string' ? null : WindowSampler.of(view);
    return sampler && sampler.size <= LARGEST_WINDOW ? new LayerMoments(sampler) : null;
  }

  private constructor(sampler: WindowSampler) {
    this.#sampler = sampler;
    this.#size = sampler.size;
    this.#seen = Array.from({ length: sampler.groups }, () => new Moments(sampler.size));
  }

  get input(): string {
    return this.#sampler.input;
  }

  /** What the layer sees for one input; `float` is what the float model has in its place, the same throughout where it is left out. */
  add(array: NdArray, float: NdArray | null = null): void {
    const [window, other] = [new Float64Array(this.#size), float ? new Float64Array(this.#size) : null];
    const most = this.#inputs++ < WINDOWS.inputs ? WINDOWS.first : WINDOWS.later;
    for (const place of this.#sampler.places(array, most)) {
      this.#count++;
      for (const [g, moments] of this.#seen.entries()) {
        this.#sampler.read(array, place, g, window);
        if (other) this.#sampler.read(float as NdArray, place, g, other);
        moments.add(window, other);
      }
    }
  }

  statistics(): LayerStatistics | null {
    if (this.#count < 2) return null;
    const [first] = this.#seen as readonly [Moments];
    return {
      size: this.#size,
      mean: this.#seen.map(({ sum }) => sum.map((s) => s / this.#count)),
      covariance: this.#seen.map((moments) => moments.covariance(this.#count)),
      float: first.other && {
        mean: this.#seen.map(({ other }) => (other as Other).sum.map((s) => s / this.#count)),
        cross: this.#seen.map((moments) => moments.cross(this.#count)),
      },
    };
  }
}

interface Other {
  readonly sum: Float64Array;
  readonly products: Float64Array;
}

/** Σ x̂·x̂ᵀ (upper triangle) and Σ x̂; beside float windows Σ x·x̂ᵀ and Σ x. */
class Moments {
  readonly sum: Float64Array;
  other: Other | null = null;
  readonly #size: number;
  readonly #gram: Float64Array;

  constructor(size: number) {
    this.#size = size;
    this.#gram = new Float64Array(size * size);
    this.sum = new Float64Array(size);
  }

  add(x: Float64Array, float: Float64Array | null): void {
    const [size, gram, sum] = [this.#size, this.#gram, this.sum];
    for (let i = 0; i < size; i++) {
      const xi = x[i] as number;
      if (xi === 0) continue;
      sum[i] = (sum[i] as number) + xi;
      for (let j = i; j < size; j++) gram[i * size + j] = (gram[i * size + j] as number) + xi * (x[j] as number);
    }
    if (!float) return;
    this.other ??= { sum: new Float64Array(size), products: new Float64Array(size * size) };
    const { products, sum: others } = this.other;
    for (let i = 0; i < size; i++) {
      const fi = float[i] as number;
      if (fi === 0) continue;
      others[i] = (others[i] as number) + fi;
      for (let j = 0; j < size; j++) products[i * size + j] = (products[i * size + j] as number) + fi * (x[j] as number);
    }
  }

  covariance(count: number): Float64Array {
    const size = this.#size;
    const out = new Float64Array(size * size);
    for (let i = 0; i < size; i++) {
      for (let j = i; j < size; j++) {
        out[i * size + j] = out[j * size + i] = (this.#gram[i * size + j] as number) / count - ((this.sum[i] as number) / count) * ((this.sum[j] as number) / count);
      }
    }
    return out;
  }

  cross(count: number): Float64Array {
    const size = this.#size;
    const { products, sum } = this.other as Other;
    return products.map((p, at) => p / count - ((sum[Math.floor(at / size)] as number) / count) * ((this.sum[at % size] as number) / count));
  }
}

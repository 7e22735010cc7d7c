import type { Model } from '../../../models/graph/index.ts';
import { isZero, weightsOf } from '../weights.ts';

/** Exact zeros among weights: +0 and −0, and codes that equal their zero point. Biases and scales are no weights. */
export interface Sparsity {
  readonly weights: number;
  readonly zeros: number;
  /** Share of zeros, 0 where there are no weights. */
  readonly share: number;
  readonly layers: readonly LayerSparsity[];
}

export interface LayerSparsity {
  /** The weight's name, and the layers that use it. */
  readonly weight: string;
  readonly layers: readonly string[];
  readonly weights: number;
  readonly zeros: number;
}

/** How sparse a model truly is: counted on the weights that its layers multiply by, shared ones once. */
export function trueSparsity(model: Model): Sparsity {
  const layers = weightsOf(model).map((weight): LayerSparsity => {
    const zero = isZero(weight);
    let zeros = 0;
    for (let i = 0; i < weight.tensor.size; i++) if (zero(i)) zeros++;
    return { weight: weight.value.name, layers: weight.layers.map(({ label }) => label), weights: weight.tensor.size, zeros };
  });
  const total = (of: (layer: LayerSparsity) => number): number => layers.reduce((sum, layer) => sum + of(layer), 0);
  const [weights, zeros] = [total((layer) => layer.weights), total((layer) => layer.zeros)];
  return { weights, zeros, share: weights === 0 ? 0 : zeros / weights, layers };
}

import { UserError } from '../../contracts/errors.ts';
import { Prng, seedOf } from '../../run/prng.ts';
import type { Tensor } from '../../onnx/tensor.ts';

/** Where the values of parameters come from. Values of one parameter never depend on which others are asked for. */
export interface Weights {
  /** For the model's metadata: `random seed=1`, or the file of trained ones. */
  readonly origin: string;
  /** Trained values are what they are; random ones begin as the network says, e.g. as the identity. */
  readonly trained: boolean;
  /** Values for the parameter `name`; random ones lie in [low, high). */
  draw(name: string, dims: readonly number[], low: number, high: number): Float64Array;
}

/** Uniform values, from a generator of each parameter's own. */
export function randomWeights(seed: number): Weights {
  return {
    origin: `random seed=${seed}`,
    trained: false,
    draw: (name, dims, low, high) => {
      const prng = new Prng(seedOf(`${seed}/${name}`));
      return Float64Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => low + prng.uniform() * (high - low));
    },
  };
}

/** Tensors of a trained network, given out in its order. Throws UserError where one has another shape than the layer that asks. */
export function trainedWeights(origin: string, tensors: readonly Tensor[]): Weights {
  let next = 0;
  return {
    origin,
    trained: true,
    draw: (name, dims) => {
      const tensor = tensors[next++];
      if (tensor && tensor.dims.join() === dims.join()) return tensor.numbers();
      throw new UserError(`The trained weights of ${origin} do not fit: ${name} is ${dims.join('×')}, they have ${tensor ? tensor.dims.join('×') : 'no more'}.`);
    },
  };
}

import { benchFeed } from '../../device-harness/index.ts';
import { UserError } from '../../models/contracts/errors.ts';
import type { NamedArrays } from '../../models/contracts/executor.ts';
import type { Model } from '../../models/graph/model.ts';
import { bindInputShapes, type StaticShapes } from '../../models/graph/static.ts';
import { staticShape } from '../../models/graph/types.ts';
import { inputContract, realInputs } from './contract.ts';
import type { ModelRef } from './model-refs.ts';
import { openModel } from './open-model.ts';

/** Seeded inputs in the range that the model's contract names. Throws UserError for sizes that the model cannot take. */
export function feedOf(ref: ModelRef, size: number, seed: number): NamedArrays {
  const { model, close } = openModel(ref.path);
  try {
    const contract = inputContract(model, ref);
    const inputs = realInputs(model).map(({ name, type }) => ({ name, dtype: type.dtype, dims: type.shape ?? [] }));
    const feed = benchFeed(inputs, contract.kind === 'image' || ref.input ? [contract] : [], { seed, defaultDim: size });
    checkSizes(model, feed);
    return feed;
  } finally {
    close();
  }
}

/** Sizes of a feed for inputs that the file leaves open. */
export function openSizes(path: string, feed: NamedArrays): StaticShapes {
  const { model, close } = openModel(path);
  try {
    return new Map(realInputs(model).flatMap(({ name, type }) => {
      const array = feed.get(name);
      return staticShape(type) || !array ? [] : [[name, array.dims] as const];
    }));
  } finally {
    close();
  }
}

/** Sizes that the model cannot take, such as an odd height before an unshuffle, are said before anything runs. */
function checkSizes(model: Model, feed: NamedArrays): void {
  try {
    bindInputShapes(model, new Map([...feed].map(([name, { dims }]) => [name, dims])));
  } catch (error) {
    throw error instanceof UserError ? new UserError(error.message, ['Give another size: --size N, or "bench": { "size": N } in the config.'], { cause: error }) : error;
  }
}

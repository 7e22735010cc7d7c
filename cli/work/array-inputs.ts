import { UserError } from '../../models/contracts/errors.ts';
import type { NamedArrays } from '../../models/contracts/executor.ts';
import type { Model } from '../../models/graph/index.ts';
import { readNpy } from '../../models/run/npy.ts';
import { readNpz } from '../../models/run/npz.ts';
import { realInputs } from './contract.ts';
import { assertFits, onlyInput } from './user-feeds.ts';

/** The inputs of a model from one `.npy` file, or from an `.npz` file with an array for each of them. Throws UserError for what does not fit. */
export function arrayFeed(path: string, model: Model): NamedArrays {
  const inputs = realInputs(model);
  if (!path.toLowerCase().endsWith('.npz')) {
    const [value, array] = [onlyInput(inputs, path), readNpy(path)];
    assertFits(value, array, path);
    return new Map([[value.name, array]]);
  }
  const arrays = readNpz(path);
  return new Map(inputs.map((value) => {
    const array = arrays.get(value.name);
    if (!array) {
      const held = [...arrays.keys()].join(', ') || 'nothing';
      throw new UserError(`${path} has no array for the input "${value.name}".`, [`It holds: ${held}. Save it with numpy.savez(file, ${value.name}=…).`]);
    }
    assertFits(value, array, `${path}, ${value.name}`);
    return [value.name, array];
  }));
}

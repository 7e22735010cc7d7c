import type { QnnArtifact, QnnTensor } from '../../converters/qnn/artifact.ts';
import { benchFeed } from '../../device-harness/index.ts';
import type { NamedArrays } from '../../models/contracts/executor.ts';
import { inputContract, realInputs } from './contract.ts';
import type { ModelRef } from './model-refs.ts';
import { openModel } from './open-model.ts';

/** Seeded inputs of the sizes that an artifact was made for, in the range of the contract of its model, which `ref` names. */
export function artifactFeed(ref: ModelRef, { inputs }: Pick<QnnArtifact, 'inputs'>, seed: number): NamedArrays {
  const { model, close } = openModel(ref.path);
  try {
    const contract = inputContract(model, ref);
    const specs = realInputs(model).map(({ name, type }) => {
      const tensor = inputs.find(({ onnxName }) => onnxName === name);
      return { name, dtype: type.dtype, dims: tensor ? modelDims(tensor) : (type.shape ?? []) };
    });
    return benchFeed(specs, contract.kind === 'image' || ref.input ? [{ ...contract, shape: [] }] : [], { seed });
  } finally {
    close();
  }
}

/** Sizes of a tensor with its axes in the model's order. */
function modelDims({ dims, axes }: QnnTensor): readonly number[] {
  return axes === null ? dims : dims.map((_, axis) => dims[axes.indexOf(axis)] as number);
}

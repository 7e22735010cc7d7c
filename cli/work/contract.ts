import type { InputContract } from '../../models/contracts/input-contract.ts';
import { UserError } from '../../models/contracts/errors.ts';
import type { Dim, Model, Value } from '../../models/graph/index.ts';
import type { ModelEntry } from '../config/config.ts';

/**
 * The input contract of a model: what the config says, and for the rest what the graph shows. Without a word from anybody an input of
 * three or one channels is an RGB or luma image, floats in [0, 1] and bytes in [0, 255]; other inputs are tensors.
 */
export function inputContract(model: Model, { input: said = {} }: Pick<ModelEntry, 'input'>): InputContract {
  const value = chooseInput(model, said.name);
  const dims = value.type.shape ?? [];
  const layout = said.layout ?? layoutOf(dims);
  const channels = dims.at(layout === 'NHWC' ? -1 : -3);
  const dtype = said.dtype ?? (value.type.dtype === 'uint8' || value.type.dtype === 'float16' ? value.type.dtype : 'float32');
  return {
    name: value.name,
    layout,
    dtype,
    kind: said.kind ?? (dims.length >= 3 && (channels === 1 || channels === 3) ? 'image' : 'tensor'),
    color: said.color ?? (channels === 1 ? 'y' : 'rgb'),
    range: said.range ?? (dtype === 'uint8' ? [0, 255] : [0, 1]),
    mean: said.mean ?? [0],
    std: said.std ?? [1],
    shape: dims.map((dim, axis) => (typeof dim === 'number' ? dim : (said.shape?.[axis] ?? (axis === 0 && dims.length === 4 ? 1 : null)))),
  };
}

/** Real inputs: not the weights that old files list among them. */
export function realInputs(model: Model): Value[] {
  return model.graph.inputs.filter((value) => !value.initializer);
}

function chooseInput(model: Model, name: string | undefined): Value {
  const inputs = realInputs(model);
  const value =
    name === undefined
      ? (inputs.find(({ type }) => (type.shape?.length ?? 0) >= 3) ?? inputs[0])
      : inputs.find((input) => input.name === name);
  if (value) return value;
  if (name === undefined) throw new UserError('The model has no input.', ['Give a model that takes a picture or a tensor.']);
  throw new UserError(`The model has no input "${name}".`, [`Its inputs: ${inputs.map((input) => input.name).join(', ')}.`]);
}

function layoutOf(dims: readonly Dim[]): 'NCHW' | 'NHWC' {
  const isChannels = (dim: Dim | undefined): boolean => dim === 1 || dim === 3;
  return dims.length >= 3 && isChannels(dims.at(-1)) && !isChannels(dims.at(-3)) ? 'NHWC' : 'NCHW';
}

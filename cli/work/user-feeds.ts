import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UserError } from '../../models/contracts/errors.ts';
import type { NamedArrays } from '../../models/contracts/executor.ts';
import type { NdArray } from '../../models/contracts/ndarray.ts';
import { formatShape, type Model, type Value } from '../../models/graph/index.ts';
import { readNpy } from '../../models/run/npy.ts';
import type { Config } from '../config/config.ts';
import { calibrationSet } from './calibration.ts';
import { inputContract, realInputs } from './contract.ts';
import type { ModelRef } from './model-refs.ts';

/** Pictures of a folder that are run: each costs a run in the emulator. */
const PICTURES = 4;

export interface UserInputs {
  /** `--inputs`: one run each, `FILE.npy` or `NAME=FILE.npy,NAME=FILE.npy`. */
  readonly inputs?: readonly string[];
  /** `--data`: a folder of `.npy` files for a model of one input, or of pictures that are read under its input contract. */
  readonly data?: string;
}

/**
 * What the user wants a model to be run on. Throws UserError for inputs that the model does not have or that do not fit it, and for folders
 * without anything to run.
 */
export async function userFeeds(model: Model, ref: ModelRef, { inputs = [], data }: UserInputs, config: Pick<Config, 'bench'>, cwd: string): Promise<NamedArrays[]> {
  const given = inputs.map((item) => feedOf(model, item, cwd));
  return data === undefined ? given : [...given, ...(await fromFolder(model, ref, resolve(cwd, data), config.bench.size))];
}

async function fromFolder(model: Model, ref: ModelRef, folder: string, size: number): Promise<readonly NamedArrays[]> {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw new UserError(`There is no folder ${folder}.`, ['Name a folder of pictures or .npy files.']);
  const arrays = readdirSync(folder).filter((file) => file.endsWith('.npy')).sort();
  if (arrays.length > 0) return arrays.map((file) => feedOf(model, join(folder, file), folder));
  return (await calibrationSet(model, inputContract(model, ref), { images: folder, most: PICTURES, size })).feeds;
}

function feedOf(model: Model, item: string, cwd: string): NamedArrays {
  const inputs = realInputs(model);
  const feed = new Map(item.split(',').map((part): [string, NdArray] => {
    const at = part.indexOf('=');
    const value = at < 0 ? onlyInput(inputs, part) : inputs.find(({ name }) => name === part.slice(0, at));
    if (!value) throw new UserError(`The model has no input "${part.slice(0, at)}".`, [`Its inputs: ${inputs.map(({ name }) => name).join(', ')}.`]);
    const array = readNpy(resolve(cwd, part.slice(at + 1)));
    assertFits(value, array, part.slice(at + 1));
    return [value.name, array];
  }));
  const missing = inputs.filter(({ name }) => !feed.has(name));
  if (missing.length > 0) throw new UserError(`${item} says nothing of input ${missing.map(({ name }) => `"${name}"`).join(', ')}.`, ['Name a file for each input: NAME=FILE.npy,NAME=FILE.npy']);
  return feed;
}

/** The one input of a model. Throws UserError where it has several, naming the file that should say which. */
export function onlyInput(inputs: readonly Value[], file: string): Value {
  if (inputs.length === 1) return inputs[0] as Value;
  throw new UserError(`${file}: which of the ${inputs.length} inputs?`, [`Write NAME=${file}; inputs: ${inputs.map(({ name }) => name).join(', ')}.`]);
}

/** Throws UserError where an array is not of the type and shape of an input. */
export function assertFits({ name, type }: Value, { dtype, dims }: NdArray, file: string): void {
  const fits = type.shape === null || (type.shape.length === dims.length && type.shape.every((dim, axis) => typeof dim !== 'number' || dim === dims[axis]));
  if (fits && dtype === type.dtype) return;
  throw new UserError(`${file} is ${dtype} ${formatShape(dims)}; input "${name}" is ${type.dtype} ${formatShape(type.shape)}.`, ['Save it in the type and shape of the input; --static gives open dimensions a size.']);
}

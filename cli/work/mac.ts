import { createMacDevice, type Device, folderVariantOf, type Variant } from '../../device-harness/index.ts';
import { readPackage } from '../../converters/coreml/package/read-package.ts';
import type { Feature } from '../../converters/coreml/package/features.ts';
import { findEnvironment, pythonFolder, PythonWorker } from '../../converters/toolchain/index.ts';
import { UserError } from '../../models/contracts/errors.ts';
import { type InputSpec, seededInputs } from '../../models/run/seeded-inputs.ts';
import type { ModelRef } from './model-refs.ts';

/** This Mac, through Core ML. Throws UserError elsewhere, and where coremltools is not installed. */
export function openMac(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): Device {
  if (platform !== 'darwin') throw new UserError(`Core ML runs on macOS only, and this is ${platform}.`, ['Run the same command on a Mac, or use --on host.']);
  const found = findEnvironment(env);
  if (!found || found.packages['coremltools'] === undefined) throw new UserError('coremltools is not installed here.', ['Install it: dyno setup python.']);
  const worker = new PythonWorker(found.python, pythonFolder(), { ...env, DYNO_SPAWN: '1' });
  return createMacDevice(worker);
}

/** A package with inputs of its own sizes: images of whole pixels, arrays in [0, 1]. Throws UserError for inputs that are neither. */
export async function packageVariant(ref: ModelRef, seed: number): Promise<Variant> {
  const { functions, defaultFunction } = readPackage(ref.path);
  const face = functions.find(({ name }) => name === defaultFunction) ?? functions[0];
  return folderVariantOf(ref.id, ref.path, seededInputs((face?.inputs ?? []).map(specOf), { seed, kinds: ['unit'] })[0] ?? new Map());
}

function specOf({ name, type }: Feature): InputSpec {
  if (type.kind === 'image') return { name, dtype: 'float32', dims: [1, type.color.startsWith('GRAYSCALE') ? 1 : 3, type.height, type.width], range: [0, 255] };
  if (type.kind === 'array' && (type.dtype === 'float32' || type.dtype === 'float16')) return { name, dtype: type.dtype, dims: type.shape, range: [0, 1] };
  if (type.kind === 'array' && type.dtype === 'int32') return { name, dtype: 'int32', dims: type.shape, range: [0, 1] };
  throw new UserError(`Input "${name}" is a ${type.kind}, which is not fed here.`, ['Time packages whose inputs are images or arrays.']);
}

import { realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, sep, win32 } from 'node:path';
import { UserError } from '../contracts/errors.ts';
import { standIn } from './file-range.ts';
import { isExternal, payloadLength } from './payload.ts';
import type { ModelProto, TensorProto } from './proto.ts';
import { SourceFile } from './source-file.ts';
import { eachTensor } from './tensors.ts';

/**
 * Finds the external data of a model's tensors and notes where each lies, without reading it (onnx: docs/ExternalData.md). Returns the
 * files' paths.
 * Throws UserError for a path that leaves the model's folder, a missing file, and a range that the file or the tensor does not have.
 */
export function bindExternalData(proto: ModelProto, modelPath: string): string[] {
  const byLocation = new Map<string, SourceFile>();
  const byPath = new Map<string, SourceFile>();
  eachTensor(proto, (tensor) => {
    if (!isExternal(tensor)) return;
    const location = externalEntry(tensor, 'location') ?? '';
    let file = byLocation.get(location);
    if (!file) {
      const opened = openData(location, modelPath, tensor.name ?? '');
      file = byPath.get(opened.path) ?? opened;
      byPath.set(file.path, file);
      byLocation.set(location, file);
    }
    const offset = wholeNumber(tensor, 'offset') ?? 0;
    standIn(tensor.externalData as object, { file, offset, length: checkedLength(tensor, file, offset) });
  });
  return [...byPath.keys()];
}

/** An entry of a tensor's external_data: `location`, `offset`, `length`, … */
export function externalEntry(tensor: TensorProto, key: string): string | undefined {
  return tensor.externalData?.find((entry) => entry.key === key)?.value ?? undefined;
}

/** The error for an external tensor that did not come with the file of its model. */
export function unbound(tensor: TensorProto): UserError {
  const location = externalEntry(tensor, 'location') ?? '';
  return new UserError(`Tensor "${tensor.name ?? ''}" lies in "${location}", and the folder of its model is not known.`, [
    'Read the model from its file.',
  ]);
}

/** Where a location leads. Throws UserError when that is outside the model's folder (by the path or by a symbolic link). */
function resolveLocation(location: string, modelPath: string, tensor: string): string {
  const parts = location.split(/[\\/]/);
  const absolute = isAbsolute(location) || win32.isAbsolute(location) || /^[A-Za-z]:/.test(location);
  if (location === '' || location.includes('\0') || absolute || parts.includes('..')) {
    throw escapes(tensor, location, 'names a place outside the folder of the model');
  }
  const folder = dirname(modelPath);
  const path = join(folder, location);
  const real = realPath(path);
  if (real === null) return path;
  const homes = [realPath(folder), dirname(realPath(modelPath) ?? modelPath)];
  if (!homes.some((home) => home !== null && real.startsWith(home.endsWith(sep) ? home : home + sep))) {
    throw escapes(tensor, location, `is a link to ${real}, outside the folder of the model`);
  }
  return path;
}

function openData(location: string, modelPath: string, tensor: string): SourceFile {
  const path = resolveLocation(location, modelPath, tensor);
  try {
    return new SourceFile(path, 'External data file');
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`The model keeps tensor "${tensor}" in the file "${location}" beside it. ${error.message}`, [
      `Copy ${location} from where the model came from into ${dirname(modelPath)}; models with external data are several files.`,
    ]);
  }
}

function checkedLength(tensor: TensorProto, file: SourceFile, offset: number): number {
  const name = tensor.name ?? '';
  const needed = payloadLength(tensor);
  const length = wholeNumber(tensor, 'length') ?? needed;
  if (length === null)
    throw new UserError(`Tensor "${name}" is external and gives no length for element type ${tensor.dataType}.`, [
      'Export the model again.',
    ]);
  if (needed !== null && length !== needed) {
    throw new UserError(`Tensor "${name}" has ${length} bytes of external data; its type and dimensions need ${needed}.`, [
      'Export the model again.',
    ]);
  }
  if (offset + length > file.size) {
    throw new UserError(`Tensor "${name}" lies at bytes ${offset} to ${offset + length} of ${file.path}, which has ${file.size}.`, [
      'The data file belongs to another model or was cut short: fetch it again together with the model.',
    ]);
  }
  return length;
}

function wholeNumber(tensor: TensorProto, key: string): number | undefined {
  const text = externalEntry(tensor, key);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text.trim()) && Number.isSafeInteger(value)) return value;
  throw new UserError(`Tensor "${tensor.name ?? ''}" has the ${key} "${text}" in its external data, where a whole number belongs.`, [
    'Export the model again.',
  ]);
}

function realPath(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

function escapes(tensor: string, location: string, why: string): UserError {
  return new UserError(`External data "${location}" of tensor "${tensor}" ${why}. It is not read.`, [
    'Only use models from sources that you trust.',
    'If this one is yours, copy the data file into the folder of the model and set its location to the bare file name.',
  ]);
}

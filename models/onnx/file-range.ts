import { BugError } from '../contracts/errors.ts';
import type { SourceFile } from './source-file.ts';

/** Bytes that lie in a file. */
export interface FileRange {
  readonly file: SourceFile;
  readonly offset: number;
  readonly length: number;
}

/**
 * Notes that the content of a field lies in a file. The field's value (a stand-in from `bytesInFile` or `listInFile`, or the list of
 * `externalData` entries) is the key, so the note travels with the value through copies of the message and goes when the value is replaced.
 */
export function standIn<T extends object>(value: T, range: FileRange): T {
  if (ranges.has(value)) throw new BugError('a value stands for two file ranges');
  ranges.set(value, range);
  return value;
}

/** A value for a bytes field whose content lies in a file. */
export function bytesInFile(range: FileRange): Uint8Array {
  return standIn(Object.defineProperty(new Uint8Array(0), 'length', LOUD), range);
}

/** A value for a packed field whose content lies in a file; of one element, so that an encoder takes the field for set. */
export function listInFile<T extends unknown[]>(list: T, range: FileRange): T {
  return standIn(Object.defineProperty(list, 0, { ...LOUD, enumerable: true }), range);
}

/** Who takes a stand-in for the content itself is told so, instead of losing a tensor. */
const LOUD = {
  get(): never {
    throw new BugError('The content of this field lies in a file: tensorBytes reads it, encodeModel and writeModel write it.');
  },
};

/** Where the content of a field lies that `standIn` was told about. */
export function rangeOf(value: object | null | undefined): FileRange | undefined {
  return value ? ranges.get(value) : undefined;
}

export function readRange({ file, offset, length }: FileRange): Uint8Array {
  return file.read(offset, length);
}

const ranges = new WeakMap<object, FileRange>();

import { BugError } from '../contracts/errors.ts';
import type { SourceFile } from './source-file.ts';

/** Bytes that lie in a file. */
export interface FileRange {
  readonly file: SourceFile;
  readonly offset: number;
  readonly length: number;
}

/**
 * Notes that the content of a field lies in a file. The field's value (an empty `rawData`, a stand-in array of a typed field, the list of
 * `externalData` entries) is the key, so the note travels with the value through copies of the message and goes when the value is replaced.
 */
export function standIn<T extends object>(value: T, range: FileRange): T {
  if (ranges.has(value)) throw new BugError('a value stands for two file ranges');
  ranges.set(value, range);
  return value;
}

/** Where the content of a field lies that `standIn` was told about. */
export function rangeOf(value: object | null | undefined): FileRange | undefined {
  return value ? ranges.get(value) : undefined;
}

export function readRange({ file, offset, length }: FileRange): Uint8Array {
  return file.read(offset, length);
}

const ranges = new WeakMap<object, FileRange>();

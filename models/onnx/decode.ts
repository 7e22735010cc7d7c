import protobuf from 'protobufjs/minimal.js';
import { BugError } from '../contracts/errors.ts';
import { bytesInFile, type FileRange, listInFile } from './file-range.ts';
import { onnx } from './generated/onnx-ml.js';
import { withDeepNesting } from './nesting.ts';
import type { ModelProto } from './proto.ts';
import { decodeText } from './text.ts';

/**
 * Decodes a model message. Unknown fields are kept in `$unknowns`, strings that are not UTF-8 keep their bytes, raw data are views on
 * `bytes`. `left`: file ranges of payloads that `bytes` holds as empty fields, by the position right after them.
 */
export function decodeProto(bytes: Uint8Array, left: ReadonlyMap<number, FileRange> = NONE): ModelProto {
  if (!protobuf.util.Long) throw new BugError('The package "long" is missing: 64-bit integers would lose digits.');
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return withDeepNesting(() => onnx.ModelProto.decode(new ShellReader(buffer, left)));
}

type Integers = (protobuf.Long | number)[];

const NONE: ReadonlyMap<number, FileRange> = new Map();

/** Puts stand-ins where payloads were left out. */
class ShellReader extends protobuf.BufferReader {
  readonly #left: ReadonlyMap<number, FileRange>;

  constructor(buffer: Buffer, left: ReadonlyMap<number, FileRange>) {
    super(buffer);
    this.discardUnknown = false;
    this.#left = left;
  }

  override string(): string {
    const start = this.pos;
    const text = super.string();
    if (!text.includes('\uFFFD')) return text;
    this.pos = start;
    return decodeText(super.bytes());
  }

  override bytes(): Buffer {
    const value = super.bytes() as Buffer;
    const range = this.#left.size > 0 ? this.#left.get(this.pos) : undefined;
    return range ? (bytesInFile(range) as Buffer) : value;
  }

  override floats(array: number[]): number[] {
    return this.#packed(super.floats(array));
  }
  override doubles(array: number[]): number[] {
    return this.#packed(super.doubles(array));
  }
  override int32s(array: number[]): number[] {
    return this.#packed(super.int32s(array));
  }
  override int64s(array: Integers): Integers {
    return this.#packed(super.int64s(array));
  }
  override uint64s(array: Integers): Integers {
    return this.#packed(super.uint64s(array));
  }

  #packed<T extends unknown[]>(array: T): T {
    const range = this.#left.size > 0 ? this.#left.get(this.pos) : undefined;
    return range ? listInFile(array, range) : array;
  }
}

import protobuf from 'protobufjs/minimal.js';
import { type FileRange, rangeOf, readRange } from './file-range.ts';
import { onnx } from './generated/onnx-ml.js';
import { withDeepNesting } from './nesting.ts';
import type { ModelProto } from './proto.ts';
import { encodeText, isEscaped } from './text.ts';

/** A serialised model in pieces: its structure in one buffer, and large payloads to be put in between. */
export interface EncodedModel {
  readonly shell: Uint8Array;
  /** In the order of their positions in `shell`. */
  readonly payloads: readonly EncodedPayload[];
  /** Bytes of the whole. May be beyond what a Protocol Buffers message may have. */
  readonly size: number;
}

export interface EncodedPayload {
  /** The value of the field that holds it. */
  readonly field: object;
  readonly at: number;
  readonly content: FileRange | Uint8Array;
  readonly length: number;
}

/**
 * Serialises in field order: what was decoded and not edited comes out byte for byte. Neither copies large payloads nor reads those in
 * files.
 */
export function encodeInPieces(proto: ModelProto): EncodedModel {
  const writer = new ScatterWriter();
  withDeepNesting(() => onnx.ModelProto.encode(proto, writer));
  return writer.pieces();
}

/** Serialises to one buffer, reading what lies in files. */
export function encodeModel(proto: ModelProto): Uint8Array {
  const { shell, payloads, size } = encodeInPieces(proto);
  const bytes = new Uint8Array(size);
  let from = 0;
  let to = 0;
  for (const { at, content, length } of payloads) {
    bytes.set(shell.subarray(from, at), to);
    to += at - from;
    bytes.set(content instanceof Uint8Array ? content : readRange(content), to);
    to += length;
    from = at;
  }
  bytes.set(shell.subarray(from), to);
  return bytes;
}

const COPIED_BELOW = 16 * 1024;
const FIRST_BUFFER = 2 ** 20;

/** A protobufjs writer that notes large payloads and files' ranges instead of copying them, and counts them in the lengths around them. */
class ScatterWriter extends protobuf.BufferWriter {
  readonly #payloads: { field: object; at: number; content: FileRange | Uint8Array; length: number }[] = [];
  readonly #noted: number[] = [];
  #total = 0;

  constructor() {
    super();
    this.buf = Buffer.allocUnsafeSlow(FIRST_BUFFER);
  }

  pieces(): EncodedModel {
    const shell = (this as protobuf.Writer).finish(true);
    return { shell, payloads: this.#payloads, size: shell.length + this.#total };
  }

  override string(value: string): this {
    if (isEscaped(value)) return this.bytes(encodeText(value));
    super.string(value);
    return this;
  }

  override bytes(value: Uint8Array): this {
    const range = rangeOf(value);
    if (range) return this.#note(value, range);
    if (value.length >= COPIED_BELOW) return this.#note(value, value);
    super.bytes(value);
    return this;
  }

  override floats(value: number[]): this {
    return this.#packed(value, super.floats);
  }
  override doubles(value: number[]): this {
    return this.#packed(value, super.doubles);
  }
  override int32s(value: number[]): this {
    return this.#packed(value, super.int32s);
  }
  override int64s(value: Integers): this {
    return this.#packed(value, super.int64s);
  }
  override uint64s(value: Integers): this {
    return this.#packed(value, super.uint64s);
  }

  override fork(): this {
    this.#noted.push(this.#total);
    super.fork();
    return this;
  }

  override ldelim(): this {
    const inside = this.#total - (this.#noted.pop() as number);
    if (inside === 0) super.ldelim();
    else this.#close(inside);
    return this;
  }

  /** Ends a message with `inside` bytes of payloads in it: makes room for the longer length prefix and moves what follows. */
  #close(inside: number): void {
    const start = (this.states as number[]).pop() as number;
    const written = this.pos - start - 1;
    const width = varintWidth(written + inside);
    this.raw(ROOM.subarray(0, width - 1));
    this.buf.copyWithin(start + width, start + 1, start + 1 + written);
    putVarint(this.buf, start, written + inside);
    for (let i = this.#payloads.length - 1; i >= 0; i--) {
      const payload = this.#payloads[i] as { at: number };
      if (payload.at <= start) break;
      payload.at += width - 1;
    }
  }

  #packed<T extends object>(value: T, write: (value: T) => unknown): this {
    const range = rangeOf(value);
    if (range) return this.#note(value, range);
    write.call(this, value);
    return this;
  }

  #note(field: object, content: FileRange | Uint8Array): this {
    const { length } = content;
    const at = this.pos;
    this.raw(ROOM.subarray(0, varintWidth(length)));
    putVarint(this.buf, at, length);
    this.#payloads.push({ field, at: this.pos, content, length });
    this.#total += length;
    return this;
  }
}

type Integers = (protobuf.Long | number)[];

const ROOM = new Uint8Array(8);

function putVarint(buffer: Uint8Array, start: number, value: number): void {
  let at = start;
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) buffer[at++] = (rest & 127) | 128;
  buffer[at] = rest;
}

function varintWidth(value: number): number {
  let width = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) width++;
  return width;
}

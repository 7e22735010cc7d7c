import protobuf from 'protobufjs/minimal.js';
import { UserError } from '../../../models/contracts/index.ts';

/** `int`: any varint, signed as int64; `span`: only the length of a field, whose content is not kept. */
type Scalar = 'int' | 'bool' | 'string' | 'bytes' | 'float' | 'double' | 'span';

/** `many`: a repeated field; `map`: a map from strings. */
export type Field<M extends string> = readonly [name: string, type: Scalar | M, form?: 'many' | 'map'];

/** Messages by name, their fields by number. */
export type Schema<M extends string> = Readonly<Record<M, Readonly<Record<number, Field<M>>>>>;

/** Deepest nesting that is read: blocks inside operations inside blocks, and values inside of values. */
const DEEPEST = 100;

/**
 * Decodes a Protocol Buffers message by a table: absent fields are absent, repeated ones are arrays, maps are `Map`s; fields that the table
 * does not know are skipped. Throws UserError for bytes that are no such message.
 */
export function decodeByTable<M extends string>(schema: Schema<M>, message: M, bytes: Uint8Array): Record<string, unknown> {
  const reader = protobuf.Reader.create(bytes);
  try {
    return new Decoder(schema, reader).message(message, reader.len, 0);
  } catch (error) {
    throw new UserError(`damaged or cut short at byte ${reader.pos} (${(error as Error).message})`, ['Fetch or export the file again.'], { cause: error });
  }
}

class Malformed extends Error {}

const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;
const FIXED32 = 5;

const WIRE_TYPES: Readonly<Record<Scalar, number>> = {
  int: VARINT, bool: VARINT, string: DELIMITED, bytes: DELIMITED, float: FIXED32, double: FIXED64, span: DELIMITED,
};

class Decoder<M extends string> {
  readonly #schema: Schema<M>;
  readonly #reader: protobuf.Reader;

  constructor(schema: Schema<M>, reader: protobuf.Reader) {
    this.#schema = schema;
    this.#reader = reader;
  }

  message(type: M, end: number, depth: number): Record<string, unknown> {
    if (depth > DEEPEST) throw new Malformed(`more than ${DEEPEST} messages inside one another`);
    if (end > this.#reader.len) throw new Malformed('a message is longer than the file');
    const fields = this.#schema[type];
    const out: Record<string, unknown> = {};
    while (this.#reader.pos < end) {
      const tag = this.#reader.uint32();
      const field = fields[tag >>> 3];
      if (field) this.#field(out, field, tag & 7, depth);
      else this.#reader.skipType(tag & 7);
    }
    if (this.#reader.pos !== end) throw new Malformed(`a ${type} runs over its end`);
    return out;
  }

  #field(out: Record<string, unknown>, [name, type, form]: Field<M>, wire: number, depth: number): void {
    if (form === 'map') {
      this.#entry(out, name, type, wire, depth);
      return;
    }
    if (form !== 'many') {
      out[name] = this.#value(type, wire, name, depth);
      return;
    }
    const list = (out[name] ??= []) as unknown[];
    if (wire === DELIMITED && isScalar(type) && WIRE_TYPES[type] !== DELIMITED) {
      const end = this.#reader.uint32() + this.#reader.pos;
      if (end > this.#reader.len) throw new Malformed(`${name} is longer than the file`);
      while (this.#reader.pos < end) list.push(this.#scalar(type));
    } else {
      list.push(this.#value(type, wire, name, depth));
    }
  }

  #entry(out: Record<string, unknown>, name: string, type: Scalar | M, wire: number, depth: number): void {
    if (wire !== DELIMITED) throw new Malformed(`${name} has wire type ${wire}`);
    const map = (out[name] ??= new Map()) as Map<string, unknown>;
    const end = this.#reader.uint32() + this.#reader.pos;
    if (end > this.#reader.len) throw new Malformed(`${name} is longer than the file`);
    let key = '';
    let value: unknown;
    while (this.#reader.pos < end) {
      const tag = this.#reader.uint32();
      if (tag >>> 3 === 1 && (tag & 7) === DELIMITED) key = this.#reader.string();
      else if (tag >>> 3 === 2) value = this.#value(type, tag & 7, name, depth);
      else this.#reader.skipType(tag & 7);
    }
    map.set(key, value ?? (isScalar(type) ? '' : {}));
  }

  #value(type: Scalar | M, wire: number, name: string, depth: number): unknown {
    const expected = isScalar(type) ? WIRE_TYPES[type] : DELIMITED;
    if (wire !== expected) throw new Malformed(`${name} has wire type ${wire}`);
    if (isScalar(type)) return this.#scalar(type);
    const length = this.#reader.uint32();
    return this.message(type, this.#reader.pos + length, depth + 1);
  }

  #scalar(type: Scalar): unknown {
    switch (type) {
      case 'int':
        return toNumber(this.#reader.int64());
      case 'bool':
        return this.#reader.bool();
      case 'string':
        return this.#reader.string();
      case 'bytes':
        return this.#reader.bytes();
      case 'float':
        return this.#reader.float();
      case 'double':
        return this.#reader.double();
      case 'span': {
        const length = this.#reader.uint32();
        this.#reader.skip(length);
        return length;
      }
    }
  }
}

function isScalar<M extends string>(type: Scalar | M): type is Scalar {
  return Object.hasOwn(WIRE_TYPES, type);
}

/** Rounded beyond 2^53. */
function toNumber({ high, low }: { readonly high: number; readonly low: number }): number {
  return high * 2 ** 32 + (low >>> 0);
}

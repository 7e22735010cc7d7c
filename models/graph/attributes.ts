import Long from 'long';
import { toNumber, toNumbers } from '../onnx/integer.ts';
import { Tensor } from '../onnx/tensor.ts';
import type { AttributeProto, GraphProto } from '../onnx/proto.ts';

/** What an attribute of a new node may hold. Whole numbers become INT, `float(x)` makes a FLOAT of any number. */
export type AttributeValue =
  | number | bigint | string | Tensor | FloatAttribute | FloatsAttribute
  | readonly number[] | readonly bigint[] | readonly string[];

export interface FloatAttribute { readonly float: number }
export interface FloatsAttribute { readonly floats: readonly number[] }

/** Marks a number as FLOAT although it may be whole. */
export const float = (value: number): FloatAttribute => ({ float: value });
export const floats = (values: readonly number[]): FloatsAttribute => ({ floats: values });

const TYPE = { FLOAT: 1, INT: 2, STRING: 3, TENSOR: 4, GRAPH: 5, FLOATS: 6, INTS: 7, STRINGS: 8 } as const;

/** Attributes of one node, read by name; the messages underneath stay as they came. Integers beyond 2^53 are rounded. */
export class Attributes {
  readonly #list: readonly AttributeProto[];
  #graphs: readonly GraphProto[] | null = null;

  constructor(list: readonly AttributeProto[] | null | undefined) {
    this.#list = list ?? [];
  }

  get protos(): readonly AttributeProto[] { return this.#list; }
  get names(): string[] { return this.#list.map((a) => a.name ?? ''); }
  get(name: string): AttributeProto | undefined { return this.#list.find((a) => a.name === name); }
  has(name: string): boolean { return this.get(name) !== undefined; }

  int(name: string): number | undefined;
  int(name: string, fallback: number): number;
  int(name: string, fallback?: number): number | undefined {
    const found = this.get(name);
    return found ? toNumber(found.i) : fallback;
  }

  float(name: string): number | undefined;
  float(name: string, fallback: number): number;
  float(name: string, fallback?: number): number | undefined {
    const found = this.get(name);
    return found ? Number(found.f ?? 0) : fallback;
  }

  ints(name: string): number[] | undefined {
    const ints = this.get(name)?.ints;
    return ints ? toNumbers(ints) : undefined;
  }

  floats(name: string): number[] | undefined {
    return this.get(name)?.floats?.map(Number);
  }

  string(name: string): string | undefined;
  string(name: string, fallback: string): string;
  string(name: string, fallback?: string): string | undefined {
    const found = this.get(name);
    return found ? text(found.s ?? new Uint8Array()) : fallback;
  }

  strings(name: string): string[] | undefined {
    return this.get(name)?.strings?.map(text);
  }

  tensor(name: string): Tensor | undefined {
    const proto = this.get(name)?.t;
    return proto ? Tensor.fromProto(proto) : undefined;
  }

  /** All subgraphs in this node's attributes. */
  graphs(): readonly GraphProto[] {
    this.#graphs ??= this.#list.flatMap((a) => (a.g || a.graphs?.length ? [...(a.g ? [a.g] : []), ...(a.graphs ?? [])] : NO_GRAPHS));
    return this.#graphs;
  }

  /** True when an attribute refers to an attribute of the enclosing function. */
  hasReferences(): boolean {
    return this.#list.some((a) => (a.refAttrName ?? '') !== '');
  }
}

const NO_GRAPHS: readonly GraphProto[] = [];

/** Builds attribute messages, in the order given. */
export function attributeProtos(values: Readonly<Record<string, AttributeValue | undefined>>): AttributeProto[] {
  return Object.entries(values).filter(([, v]) => v !== undefined).map(([name, value]) => ({ name, ...encode(value as AttributeValue) }));
}

function encode(value: AttributeValue): AttributeProto {
  if (typeof value === 'number' || typeof value === 'bigint') return { type: TYPE.INT, i: integer(value) };
  if (typeof value === 'string') return { type: TYPE.STRING, s: bytes(value) };
  if (value instanceof Tensor) return { type: TYPE.TENSOR, t: value.toProto(value.proto?.name ?? '') };
  if ('float' in value) return { type: TYPE.FLOAT, f: value.float };
  if ('floats' in value) return { type: TYPE.FLOATS, floats: [...value.floats] };
  if (value.length > 0 && typeof value[0] === 'string') return { type: TYPE.STRINGS, strings: (value as readonly string[]).map(bytes) };
  return { type: TYPE.INTS, ints: (value as readonly (number | bigint)[]).map(integer) };
}

function integer(value: number | bigint): NonNullable<AttributeProto['i']> {
  if (typeof value === 'bigint') return Long.fromString(value.toString());
  if (Number.isSafeInteger(value)) return value;
  throw new RangeError(`${value} is no exact integer; give a bigint, or float(${value}) for a FLOAT attribute`);
}

const decoder = new TextDecoder();
const encoder = new TextEncoder();
const text = (raw: Uint8Array): string => decoder.decode(raw);
const bytes = (raw: string): Uint8Array => encoder.encode(raw);

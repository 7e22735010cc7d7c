import { type DType, DTYPE_CODES, dtypeBytes, dtypeName } from '../contracts/dtype.ts';
import { UserError } from '../contracts/errors.ts';
import type { NdArray, NumericArray } from '../contracts/ndarray.ts';
import { bfloat16ToNumber, halfToNumber, numberToBfloat16, numberToHalf } from './half.ts';
import { toNumbers } from './integer.ts';
import { cloneMessage } from './message.ts';
import { tensorBytes } from './payload.ts';
import type { TensorProto } from './proto.ts';

/**
 * A constant tensor: a message from a file, whose payload stays there until somebody asks, or values that a rewrite computed.
 * Immutable: what `bytes()` returns may be a view on the file and must not be written to.
 */
export class Tensor {
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly size: number;
  readonly #proto: TensorProto | null;
  #bytes: Uint8Array | null;

  private constructor(dtype: DType, dims: readonly number[], proto: TensorProto | null, bytes: Uint8Array | null) {
    this.dtype = dtype;
    this.dims = dims;
    this.size = dims.reduce((a, b) => a * b, 1);
    this.#proto = proto;
    this.#bytes = bytes;
  }

  /** Wraps a message. Throws UserError for an element type this build does not know. */
  static fromProto(proto: TensorProto): Tensor {
    const dtype = dtypeName(proto.dataType ?? 0);
    if (dtype === null)
      throw new UserError(`Tensor "${proto.name ?? ''}" has element type ${proto.dataType}, which this version does not know.`);
    return new Tensor(dtype, toNumbers(proto.dims), proto, null);
  }

  /** Little-endian raw data of `dims` elements. */
  static fromBytes(dtype: DType, dims: readonly number[], bytes: Uint8Array): Tensor {
    const size = dims.reduce((a, b) => a * b, 1);
    if (dtypeBytes(dtype, size) !== bytes.byteLength) throw new RangeError(`${bytes.byteLength} bytes do not hold ${dtype}[${dims}]`);
    return new Tensor(dtype, [...dims], null, bytes);
  }

  /** Rounds `values` once to `dtype` (nearest even for floats; integers must already be whole and in range). */
  static of(dtype: DType, dims: readonly number[], values: ArrayLike<number | bigint>): Tensor {
    return Tensor.fromBytes(dtype, dims, encode(dtype, values));
  }

  static fromNdArray(array: NdArray): Tensor {
    const { buffer, byteOffset, byteLength } = array.data;
    return Tensor.fromBytes(array.dtype, array.dims, new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength));
  }

  /** The message this tensor came from, untouched; null for computed ones. */
  get proto(): TensorProto | null {
    return this.#proto;
  }

  /** Raw data, little-endian, sub-byte types packed as ONNX packs them. */
  bytes(): Uint8Array {
    this.#bytes ??= tensorBytes(this.#proto as TensorProto);
    return this.#bytes;
  }

  /** All values as float64 (int64 beyond 2^53 rounds; use `bigints`). */
  numbers(): Float64Array {
    return decode(this.dtype, this.bytes(), this.size);
  }

  /** All values of an integer tensor, exactly. */
  bigints(): bigint[] {
    if (this.dtype !== 'int64' && this.dtype !== 'uint64') return Array.from(this.numbers(), BigInt);
    const bytes = aligned(this.bytes(), 8);
    const Type = this.dtype === 'int64' ? BigInt64Array : BigUint64Array;
    return Array.from(new Type(bytes.buffer as ArrayBuffer, bytes.byteOffset, this.size));
  }

  toNdArray(): NdArray {
    const bytes = aligned(this.bytes(), 8);
    const Type = ARRAYS[this.dtype];
    if (!Type) throw new RangeError(`${this.dtype} has no typed array`);
    return { dtype: this.dtype, dims: this.dims, data: new Type(bytes.buffer as ArrayBuffer, bytes.byteOffset, this.size) };
  }

  /**
   * A message with this content: the original where there is one (renamed in a copy if need be, its values staying where they lie), else a
   * new one.
   */
  toProto(name: string): TensorProto {
    if (this.#proto) return (this.#proto.name ?? '') === name ? this.#proto : cloneMessage(this.#proto, { name });
    return { name, dataType: DTYPE_CODES[this.dtype], dims: [...this.dims], rawData: this.bytes() };
  }
}

type ArrayType = new (buffer: ArrayBuffer, offset: number, length: number) => NumericArray;

const ARRAYS: Partial<Record<DType, ArrayType>> = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
};

function aligned(bytes: Uint8Array, to: number): Uint8Array {
  return bytes.byteOffset % to === 0 ? bytes : new Uint8Array(bytes);
}

function decode(dtype: DType, raw: Uint8Array, size: number): Float64Array {
  const bytes = aligned(raw, 8);
  const out = new Float64Array(size);
  const { buffer, byteOffset } = bytes as { buffer: ArrayBuffer; byteOffset: number };
  if (dtype === 'int64' || dtype === 'uint64') {
    const wide = dtype === 'int64' ? new BigInt64Array(buffer, byteOffset, size) : new BigUint64Array(buffer, byteOffset, size);
    for (let i = 0; i < size; i++) out[i] = Number(wide[i]);
    return out;
  }
  if (dtype === 'float16' || dtype === 'bfloat16') {
    const bits = new Uint16Array(buffer, byteOffset, size);
    const convert = dtype === 'float16' ? halfToNumber : bfloat16ToNumber;
    for (let i = 0; i < size; i++) out[i] = convert(bits[i] as number);
    return out;
  }
  if (dtype === 'int4' || dtype === 'uint4') return unpackNibbles(bytes, size, dtype === 'int4');
  const Type = ARRAYS[dtype];
  if (!Type) throw new UserError(`Values of element type ${dtype} cannot be read as numbers.`);
  out.set(new Type(buffer, byteOffset, size) as unknown as ArrayLike<number>);
  return out;
}

function unpackNibbles(bytes: Uint8Array, size: number, signed: boolean): Float64Array {
  const out = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const nibble = ((bytes[i >> 1] as number) >> (i % 2 ? 4 : 0)) & 15;
    out[i] = signed && nibble > 7 ? nibble - 16 : nibble;
  }
  return out;
}

function encode(dtype: DType, values: ArrayLike<number | bigint>): Uint8Array {
  const size = values.length;
  if (dtype === 'int64' || dtype === 'uint64') {
    const out = dtype === 'int64' ? new BigInt64Array(size) : new BigUint64Array(size);
    for (let i = 0; i < size; i++) out[i] = BigInt(values[i] as number | bigint);
    return new Uint8Array(out.buffer);
  }
  if (dtype === 'float16' || dtype === 'bfloat16') {
    const out = new Uint16Array(size);
    const convert = dtype === 'float16' ? numberToHalf : numberToBfloat16;
    for (let i = 0; i < size; i++) out[i] = convert(Number(values[i]));
    return new Uint8Array(out.buffer);
  }
  if (dtype === 'int4' || dtype === 'uint4') {
    const out = new Uint8Array(Math.ceil(size / 2));
    for (let i = 0; i < size; i++) out[i >> 1] = (out[i >> 1] as number) | ((Number(values[i]) & 15) << (i % 2 ? 4 : 0));
    return out;
  }
  const Type = ARRAYS[dtype];
  if (!Type) throw new RangeError(`cannot encode ${dtype}`);
  const out = new Type(new ArrayBuffer(size * (Type as unknown as { BYTES_PER_ELEMENT: number }).BYTES_PER_ELEMENT), 0, size);
  if (values instanceof Float64Array || values instanceof Float32Array) (out as Float64Array).set(values);
  else for (let i = 0; i < size; i++) (out as unknown as number[])[i] = Number(values[i]);
  return new Uint8Array(out.buffer as ArrayBuffer);
}

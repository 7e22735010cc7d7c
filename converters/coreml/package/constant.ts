import { UserError } from '../../../models/contracts/index.ts';
import { milBytes } from './data-types.ts';
import type { ImmediateMessage, TensorMessage, ValueMessage } from './messages.ts';
import { formatMilType, type MilTensorType, type MilType, readMilType } from './mil-type.ts';
import { unpack } from './unpack.ts';
import type { WeightFile } from './weight-file.ts';

/** The file that a program's values name. Throws UserError where it is missing or outside of the package. */
export type WeightFiles = (fileName: string) => WeightFile;

interface Stored {
  readonly file: WeightFile;
  readonly offset: number;
}

/** A tensor type whose sizes are all known. */
export interface FixedTensorType extends MilTensorType {
  readonly shape: readonly number[];
}

/** A constant of a program: written into it, or a place in a weight file that is read when somebody asks. */
export class MilConstant {
  readonly type: MilType;
  readonly #immediate: ImmediateMessage | null;
  readonly #stored: Stored | null;
  readonly #files: WeightFiles;

  /** Throws UserError where the weight file is missing or has something else at that place. */
  constructor({ type, immediateValue, blobFileValue }: ValueMessage, files: WeightFiles) {
    this.type = readMilType(type);
    this.#immediate = immediateValue ?? null;
    this.#stored = blobFileValue ? { file: files(blobFileValue.fileName ?? ''), offset: blobFileValue.offset ?? 0 } : null;
    this.#files = files;
    this.#stored?.file.check(this.#stored.offset, this.tensor.dtype, this.size);
  }

  /** True where the value lies in a weight file. */
  get isStored(): boolean {
    return this.#stored !== null;
  }

  /** Type and sizes of a tensor. Throws UserError for other kinds and open sizes. */
  get tensor(): FixedTensorType {
    const { type } = this;
    if (type.kind !== 'tensor' || !isFixed(type)) throw unsound(`a constant of type ${formatMilType(type)}`);
    return type;
  }

  /** Number of elements of a tensor. */
  get size(): number {
    return this.tensor.shape.reduce((a, b) => a * b, 1);
  }

  /** Bytes that the elements take as stored; 0 for strings and what is no tensor. */
  get bytes(): number {
    return this.type.kind === 'tensor' ? (milBytes(this.type.dtype, this.size) ?? 0) : 0;
  }

  /** All elements of a tensor of numbers as float64, row-major. */
  numbers(): Float64Array {
    const { tensor, size } = this;
    if (this.#stored) return unpack(tensor.dtype, this.#stored.file.read(this.#stored.offset, tensor.dtype, size), size);
    if (!this.#immediate?.tensor) throw unsound('a tensor without a value');
    return immediateNumbers(this.#immediate.tensor, tensor, size);
  }

  /** Elements of a tensor or a list of strings. */
  strings(): readonly string[] {
    return this.#immediate?.tensor?.strings?.values ?? this.items().flatMap((item) => item.strings());
  }

  /** Members of a list or tuple. */
  items(): MilConstant[] {
    return (this.#immediate?.list ?? this.#immediate?.tuple)?.values?.map((value) => new MilConstant(value, this.#files)) ?? [];
  }
}

function isFixed(type: MilTensorType): type is FixedTensorType {
  return type.shape?.every((dim) => dim !== null) ?? false;
}

function immediateNumbers(tensor: TensorMessage, type: MilTensorType, size: number): Float64Array {
  if (tensor.bytes) {
    const bytes = tensor.bytes.values ?? new Uint8Array(0);
    const expected = milBytes(type.dtype, size);
    if (bytes.length !== expected) throw unsound(`${bytes.length} bytes for ${formatMilType(type)}`);
    return unpack(type.dtype, bytes, size);
  }
  const values = (tensor.floats ?? tensor.ints ?? tensor.bools ?? tensor.longInts ?? tensor.doubles)?.values ?? [];
  if (values.length !== size) throw unsound(`${values.length} values for ${formatMilType(type)}`);
  return Float64Array.from(values as readonly (number | boolean)[], Number);
}

function unsound(what: string): UserError {
  return new UserError(`the program has ${what}`, ['Convert the model again.']);
}

import type { MilArgument, MilOperation } from '../package/mil.ts';
import { formatMilType, type MilTensorType, type MilType } from '../package/mil-type.ts';
import type { Known } from './known.ts';
import type { Scope } from './scope.ts';
import { Untranslatable } from './untranslatable.ts';

/** The arguments of one operation, read by the names of its parameters: as ONNX values, or as what is known when translating. */
export class Operands {
  readonly operation: MilOperation;
  readonly #scope: Scope;

  constructor(operation: MilOperation, scope: Scope) {
    this.operation = operation;
    this.#scope = scope;
  }

  has(parameter: string): boolean {
    return this.#arguments(parameter).length > 0;
  }

  /** The ONNX value of an argument; constants become initializers. */
  value(parameter: string): string {
    return this.#scope.value(this.#argument(parameter));
  }

  /** All ONNX values of a list of arguments. */
  values(parameter: string): string[] {
    return this.#arguments(parameter).map((argument) => this.#scope.value(argument));
  }

  type(parameter: string): MilTensorType {
    return tensorType(this.#scope.type(this.#argument(parameter)), parameter);
  }

  types(parameter: string): MilTensorType[] {
    return this.#arguments(parameter).map((argument) => tensorType(this.#scope.type(argument), parameter));
  }

  rank(parameter: string): number {
    return this.shape(parameter).length;
  }

  /** Sizes of an argument, null where they are open. */
  shape(parameter: string): readonly (number | null)[] {
    const { shape } = this.type(parameter);
    if (shape === null) throw new Untranslatable(`${parameter} has an open rank`);
    return shape;
  }

  /** Sizes of an argument, all of them known. */
  sizes(parameter: string): readonly number[] {
    const shape = this.shape(parameter);
    if (!shape.every((dim) => dim !== null)) throw new Untranslatable(`${parameter} has open sizes (${formatMilType(this.type(parameter))})`);
    return shape;
  }

  /** Type of a result. */
  result(index = 0): MilTensorType {
    const output = this.operation.outputs[index];
    if (!output) throw new Untranslatable(`it has no result ${index}`);
    return tensorType(output.type, output.name);
  }

  /** Sizes of a result, all of them known; null where one is open. */
  resultSizes(): readonly number[] | null {
    const { shape } = this.result();
    return shape?.every((dim) => dim !== null) ? shape : null;
  }

  /** The value of an argument where it is known when translating: constants, and what only depends on them. */
  known(parameter: string): Known | null {
    return this.has(parameter) ? this.#scope.known(this.#argument(parameter)) : null;
  }

  /** Numbers that are known when translating; without `absent` they must be given. */
  numbers(parameter: string): number[];
  numbers<T>(parameter: string, absent: T): number[] | T;
  numbers(parameter: string, ...absent: readonly unknown[]): unknown {
    return absent.length > 0 && !this.has(parameter) ? absent[0] : [...this.#fixed(parameter).numbers()];
  }

  number(parameter: string, absent?: number): number {
    if (absent !== undefined && !this.has(parameter)) return absent;
    return this.numbers(parameter)[0] ?? this.#missing(parameter);
  }

  flag(parameter: string, absent?: boolean): boolean {
    return this.number(parameter, absent === undefined ? undefined : Number(absent)) !== 0;
  }

  text(parameter: string, absent?: string): string {
    if (!this.has(parameter) && absent !== undefined) return absent;
    return this.#fixed(parameter).strings()[0] ?? this.#missing(parameter);
  }

  /** An axis counted from the front. */
  axis(parameter: string, rank: number, absent?: number): number {
    const axis = this.number(parameter, absent);
    return axis < 0 ? axis + rank : axis;
  }

  #fixed(parameter: string): Known {
    if (!this.has(parameter)) return this.#missing(parameter);
    const known = this.known(parameter);
    if (!known) throw new Untranslatable(`${parameter} is computed at run time`);
    return known;
  }

  #argument(parameter: string): MilArgument {
    return this.#arguments(parameter)[0] ?? this.#missing(parameter);
  }

  /** iOS 15 to 17 write constant parameters of some operations as attributes. */
  #arguments(parameter: string): readonly MilArgument[] {
    const given = this.operation.inputs.get(parameter);
    if (given) return given;
    const attribute = this.operation.attributes.get(parameter);
    return attribute ? [attribute] : [];
  }

  #missing(parameter: string): never {
    throw new Untranslatable(`${parameter} is missing`);
  }
}

function tensorType(type: MilType, what: string): MilTensorType {
  if (type.kind !== 'tensor') throw new Untranslatable(`${what} is a ${type.kind}`);
  return type;
}

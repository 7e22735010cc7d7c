import { type DType, DTYPE_CODES, UserError } from '../../../models/contracts/index.ts';
import type { Dim } from '../../../models/graph/index.ts';
import { writeType } from '../../../models/graph/type-proto.ts';
import type { ModelProto, ValueInfoProto } from '../../../models/onnx/index.ts';
import type { MilFunction, MilNamedType, MilOperation, MilProgram } from '../package/mil.ts';
import { COMPUTING, MOVING } from './catalog.ts';
import { CONSTEXPRS } from './constexpr.ts';
import { Emitter } from './emitter.ts';
import { knownConstant, onnxType } from './known.ts';
import { Operands } from './operands.ts';
import { Scope } from './scope.ts';
import { Untranslatable } from './untranslatable.ts';

/** A function of a program as an ONNX model. */
export interface Translation {
  readonly proto: ModelProto;
  /** The ONNX value of each value that an operation computes, by its name in MIL, in order; constants are left out. */
  readonly values: ReadonlyMap<string, string>;
}

export interface TranslateOptions {
  /** False: results of fp16 operations stay float32, which shows what fp16 costs. */
  readonly rounding?: boolean;
}

/**
 * Translates a function of an ML program to ONNX, opset 20. Element types at the face are the program's. Inside, fp16 is computed in float32
 * and the result of every operation rounded to fp16, once: hardware with wide accumulators comes closest to that; hardware that rounds inside
 * of composite operations errs more. Throws UserError that names all operations that have no translation.
 */
export function translate(program: MilProgram, name: string, { rounding = true }: TranslateOptions = {}): Translation {
  const body = program.functions.get(name);
  if (!body) throw new UserError(`The model has no function "${name}".`, [`Functions: ${[...program.functions.keys()].join(', ')}.`]);
  return new Translator(body, rounding).run();
}

const FLOAT16 = DTYPE_CODES.float16;
const FLOAT32 = DTYPE_CODES.float32;

class Translator {
  readonly #function: MilFunction;
  readonly #emitter = new Emitter();
  readonly #scope = new Scope(this.#emitter);
  readonly #values = new Map<string, string>();
  readonly #refused: { readonly operation: MilOperation; readonly why: string }[] = [];
  /** Names at the face that are fp16 there, and float32 inside under another name. */
  readonly #halfFace: ReadonlySet<string>;

  readonly #rounding: boolean;

  constructor(body: MilFunction, rounding: boolean) {
    this.#function = body;
    this.#rounding = rounding;
    const types = [...body.inputs, ...body.body.operations.flatMap(({ outputs }) => outputs)];
    const face = new Set([...body.inputs.map((input) => input.name), ...body.body.outputs]);
    this.#halfFace = new Set(types.filter((named) => face.has(named.name) && isHalf(named)).map((named) => named.name));
    for (const named of types) this.#emitter.reserve(named.name);
  }

  run(): Translation {
    const { inputs, body, name } = this.#function;
    const inputInfos = inputs.map((input) => this.#input(input));
    for (const operation of body.operations) this.#operation(operation);
    this.#assertAll();
    const outputInfos = body.outputs.map((output) => this.#output(output));
    const graph = { name, node: this.#emitter.nodes, initializer: this.#emitter.initializers, input: inputInfos, output: outputInfos };
    return { proto: { irVersion: 10, producerName: 'npu-dyno', opsetImport: [{ domain: '', version: 20 }], graph }, values: this.#values };
  }

  #input(input: MilNamedType): ValueInfoProto {
    const { name, type } = input;
    if (type.kind !== 'tensor') {
      throw new UserError(`Input "${name}" is a ${type.kind}, which is not executed here.`, ['Models with states run on devices only.']);
    }
    this.#emitter.begin(name);
    const half = this.#halfFace.has(name);
    this.#scope.define(name, type, half ? this.#emitter.node('Cast', [name], { to: FLOAT32 }) : name);
    return info(name, half ? 'float16' : onnxType(type.dtype), type.shape?.map((dim, axis) => dim ?? `${name}_${axis}`) ?? null);
  }

  #operation(operation: MilOperation): void {
    const { type, outputs } = operation;
    const [first] = outputs;
    if (!first) return;
    this.#emitter.begin(first.name);
    const operands = new Operands(operation, this.#scope);
    try {
      if (type === 'const') this.#scope.defineKnown(first.name, first.type, knownConstant(operation.attributes.get('val') ?? missingValue()));
      else if (Object.hasOwn(CONSTEXPRS, type)) this.#constexpr(operands);
      else this.#compute(operands);
    } catch (error) {
      // RangeError: sizes that no array can have
      if (!(error instanceof Untranslatable || error instanceof RangeError)) throw error;
      this.#refused.push({ operation, why: error.message });
      for (const { name, type: output } of outputs) this.#scope.define(name, output, name);
    }
  }

  #constexpr(operands: Operands): void {
    const { type, outputs } = operands.operation;
    const results = (CONSTEXPRS[type] as (typeof CONSTEXPRS)[string])(operands);
    for (const [i, { name, type: output }] of outputs.entries()) {
      const known = results[i];
      if (known) this.#scope.defineKnown(name, output, known);
    }
  }

  #compute(operands: Operands): void {
    const { type, outputs } = operands.operation;
    const rule = COMPUTING[type] ?? MOVING[type];
    if (!rule) throw new Untranslatable('there is no translation of it');
    const results = [rule(operands, this.#emitter)].flat();
    for (const [i, output] of outputs.entries()) this.#define(output, results[i] as string, this.#rounding && isHalf(output) && Object.hasOwn(COMPUTING, type));
  }

  #define({ name, type }: MilNamedType, computed: string, rounded: boolean): void {
    const wanted = this.#halfFace.has(name) ? this.#emitter.fresh(name) : name;
    const value = rounded ? this.#emitter.node('Cast', [this.#emitter.node('Cast', [computed], { to: FLOAT16 })], { to: FLOAT32 }) : computed;
    const named = this.#emitter.rename(value, wanted) || this.#emitter.rename(this.#emitter.node('Identity', [value]), wanted);
    if (!named) throw new Untranslatable(`"${name}" is defined twice`);
    this.#scope.define(name, type, wanted);
    this.#values.set(name, wanted);
  }

  #output(name: string): ValueInfoProto {
    const type = this.#scope.type(name);
    if (type.kind !== 'tensor') throw new UserError(`Output "${name}" is a ${type.kind}, which is not executed here.`, ['Give a model whose outputs are tensors.']);
    this.#emitter.begin(name);
    const half = this.#halfFace.has(name);
    const value = this.#scope.value(name);
    if (value !== name) this.#emitter.rename(this.#emitter.node(half ? 'Cast' : 'Identity', [value], half ? { to: FLOAT16 } : {}), name);
    return info(name, half ? 'float16' : onnxType(type.dtype), type.shape?.map((dim, axis) => dim ?? `${name}_${axis}`) ?? null);
  }

  /** One error for all operations that were refused, by type and reason. */
  #assertAll(): void {
    if (this.#refused.length === 0) return;
    const groups = new Map<string, MilOperation[]>();
    for (const { operation, why } of this.#refused) groups.set(`${operation.type}: ${why}`, [...(groups.get(`${operation.type}: ${why}`) ?? []), operation]);
    const lines = [...groups].map(([what, operations]) => `${what} (${operations.length} of them, first "${(operations[0] as MilOperation).name}")`);
    throw new UserError(`${this.#refused.length} operations cannot be executed on this machine: ${lines.join('; ')}.`, [
      'Check the model on a Mac or phone instead.',
    ]);
  }
}

function isHalf({ type }: MilNamedType): boolean {
  return type.kind === 'tensor' && type.dtype === 'fp16';
}

function missingValue(): never {
  throw new Untranslatable('it has no value');
}

function info(name: string, dtype: DType, shape: readonly Dim[] | null): ValueInfoProto {
  return { name, type: writeType({ kind: 'tensor', dtype, shape }) };
}

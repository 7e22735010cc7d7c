import { BugError, type DType } from '../../../models/contracts/index.ts';
import { type Dim, formatShape, knownData, type Node, staticShape, type Value } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { type Argument, type Constant, type MilDtype, type MilOpset, type MilType, type Operation, type PlanDim, releaseOf, type WeightForm } from '../plan.ts';
import { carriedDtype, tensorBytesAs } from './dtypes.ts';
import { type Input, type MilValue, text } from './mil-value.ts';
import { Names } from './names.ts';
import { openSize, Refused } from './refused.ts';
import { WeightsFile } from './weights-file.ts';

/** Most axes that Core ML takes. */
export const MOST_RANK = 5;

export interface ContextOptions {
  readonly opset: MilOpset;
  readonly allowDtype?: boolean;
  /** What a product with a constant matrix becomes: `linear` unless told, or a convolution of 1×1. */
  readonly linearAs?: 'linear' | 'conv';
}

/** What lowerers work with: values known so far, the operations and constants that they make. */
export class LowerContext {
  readonly opset: MilOpset;
  /** Version of ai.onnx that the nodes are of. */
  readonly onnxVersion: number;
  readonly names = new Names();
  readonly weights = new WeightsFile();
  readonly operations: Operation[] = [];
  readonly constants: Constant[] = [];
  /** Narrowed types and the like: what a reader of the result should know. */
  readonly notes: string[] = [];
  /** Whole numbers of 64 bits may be taken for ones of 32. */
  readonly allowsNarrowing: boolean;
  readonly linearAs: 'linear' | 'conv';
  readonly #values = new Map<Value, MilValue>();
  readonly #known = new Map<Value, Tensor>();
  readonly #floats = new Map<Value, MilValue>();
  readonly #reserved = new Map<Value, string>();
  #node: Node | null = null;
  /** Number of operations before the node. */
  #start = 0;

  constructor({ opset, allowDtype = false, linearAs = 'linear' }: ContextOptions, onnxVersion: number) {
    this.opset = opset;
    this.onnxVersion = onnxVersion;
    this.allowsNarrowing = allowDtype;
    this.linearAs = linearAs;
  }

  /** 15, 16, 17, 18 or 26. */
  get release(): number {
    return releaseOf(this.opset);
  }

  get node(): Node {
    if (!this.#node) throw new BugError('No node is being lowered.');
    return this.#node;
  }

  enter(node: Node): void {
    this.#node = node;
    this.#start = this.operations.length;
  }

  /** The value at an input of the node. Throws Refused where it is missing or its type or shape is not known. */
  input(index: number): MilValue {
    const value = this.node.input(index);
    if (!value) throw new Refused(`input ${index} is missing`, 'Check the model with onnx.checker.');
    const made = this.value(value);
    return made.dtype === 'uint8' || made.dtype === 'int8' ? this.#unpacked(value, made) : made;
  }

  /** The value at an input as QuantizeLinear left it: bytes of its own kind, or floats of whole numbers. */
  quantized(index: number): MilValue {
    const value = this.node.input(index);
    if (!value) throw new Refused(`input ${index} is missing`, 'Check the model with onnx.checker.');
    return this.value(value);
  }

  optional(index: number): MilValue | null {
    return this.node.input(index) ? this.input(index) : null;
  }

  /** The value as the plan has it; constants are put into the plan when somebody first asks. */
  value(value: Value): MilValue {
    const found = this.#values.get(value);
    if (found) return found;
    const tensor = this.known(value);
    if (!tensor) throw openSize(`"${value.name}" is computed from shapes that are not known before running`);
    const made = this.constant(tensor, value.name);
    this.#values.set(value, made);
    return made;
  }

  /** Elements that are known before running: constants, what was folded, and small ones that follow from shapes. */
  known(value: Value | null): Tensor | null {
    if (!value) return null;
    const direct = value.constant ?? value.initializer ?? this.#known.get(value);
    if (direct) return direct;
    const elements = knownData(value);
    const dims = staticShape(value.type);
    if (!elements || !dims || !value.type.dtype || !elements.every((e) => typeof e === 'number')) return null;
    const tensor = Tensor.of(value.type.dtype, dims, elements as number[]);
    this.#known.set(value, tensor);
    return tensor;
  }

  setKnown(value: Value, tensor: Tensor): void {
    this.#known.set(value, tensor);
  }

  /** Known numbers of an optional input; null where it is left out. Throws Refused where they come at run time. */
  knownNumbers(index: number, what: string): number[] | null {
    const value = this.node.input(index);
    if (!value) return null;
    const tensor = this.known(value);
    if (!tensor) throw new Refused(`its ${what} ("${value.name}") come at run time`, `Core ML needs ${what} in the file: export with constants there, or fix the shapes with --static.`);
    return Array.from(tensor.numbers());
  }

  /** Keeps a name for what will be computed for a value. */
  reserve(value: Value, name: string): void {
    this.#reserved.set(value, name);
  }

  /** The name reserved for a value, else a new one. */
  nameOf(value: Value): string {
    return this.#reserved.get(value) ?? this.names.unique(value.name);
  }

  isReady(value: Value): boolean {
    return this.#values.has(value);
  }

  bind(value: Value, made: MilValue): void {
    this.#values.set(value, made);
  }

  /** A dense constant of the type that its elements are carried in. */
  constant(tensor: Tensor, hint: string, dims: readonly number[] = tensor.dims): MilValue {
    const dtype = carriedDtype(tensor.dtype, tensor);
    const data = this.weights.add(dtype, dims, tensorBytesAs(tensor, dtype));
    const range = dtype === 'int32' ? rangeOf(tensor) : null;
    return this.weight({ kind: 'dense', data }, { dtype, shape: dims }, hint, tensor.proto?.name ?? null, range);
  }

  /** A float constant of numbers. */
  floats(values: ArrayLike<number>, dims: readonly number[], hint: string): MilValue {
    return this.constant(Tensor.of('float32', dims, values), this.#hint(hint));
  }

  /** A constant in any form. */
  weight(weightForm: WeightForm, type: { dtype: MilDtype; shape: readonly number[] }, hint: string, source: string | null, range: MilValue['range'] = null): MilValue {
    const name = this.names.unique(hint);
    this.constants.push({ name, dtype: type.dtype, dims: type.shape, weightForm, source });
    return { name, ...type, isConstant: true, range };
  }

  /** Adds an operation with one result. `hint` tells it from the node's other results. */
  emit(op: string, inputs: Readonly<Record<string, Input>>, type: MilType, hint = op, range: MilValue['range'] = null): MilValue {
    return this.emitAll(op, inputs, [type], this.names.unique(this.#hint(hint)), range)[0] as MilValue;
  }

  /** Adds the operation whose result is an output of the node. */
  finish(op: string, inputs: Readonly<Record<string, Input>>, index = 0, range: MilValue['range'] = null): MilValue {
    const type = this.outputType(index);
    const value = this.node.output(index) as Value;
    const [made] = this.emitAll(op, inputs, [type], this.nameOf(value), range);
    this.bind(value, made as MilValue);
    return made as MilValue;
  }

  /** Makes a value the output of the node; where the node's last operation yields it, that takes the output's name. */
  settle(made: MilValue, range: MilValue['range'] = made.range): void {
    const value = this.node.output();
    if (!value) return;
    const last = this.operations.length > this.#start ? this.operations.at(-1) : undefined;
    const name = last?.name === made.name && last.outputs.length === 1 ? this.nameOf(value) : made.name;
    if (last && name !== made.name) this.operations[this.operations.length - 1] = { ...last, name, outputs: last.outputs.map((output) => ({ ...output, name })) };
    this.bind(value, { ...made, name, range });
  }

  emitAll(op: string, inputs: Readonly<Record<string, Input>>, types: readonly MilType[], name: string, range: MilValue['range'] = null): MilValue[] {
    for (const { shape } of types) if (shape.length > MOST_RANK) throw tooHigh(shape);
    const outputs = types.map(({ dtype, shape }, i) => ({ name: i === 0 ? name : this.names.unique(`${name}_${i}`), dtype, shape }));
    const given = Object.entries(inputs).flatMap(([key, input]) => (input === undefined ? [] : [[key, argumentOf(input)] as const]));
    this.operations.push({ op, name, inputs: Object.fromEntries(given), outputs, source: this.#node?.label ?? '', sourceType: this.#node?.opType ?? '' });
    return outputs.map((output) => ({ ...output, isConstant: false, range }));
  }

  /** What MIL carries an ONNX value as. Throws Refused for types that it has none for. */
  typeOf(value: Value): MilType {
    return { dtype: carriedDtype(this.dtypeOf(value), null), shape: this.shapeOf(value) };
  }

  /** What MIL carries an output of the node as. */
  outputType(index = 0): MilType {
    const value = this.node.output(index);
    if (!value) throw new BugError(`${this.node.label} has no output ${index}.`);
    return this.typeOf(value);
  }

  dtypeOf(value: Value): DType {
    if (!value.type.dtype) throw new Refused(`the element type of "${value.name}" is not known`, 'Run shape inference: dyno rewrite.');
    return value.type.dtype;
  }

  shapeOf(value: Value): PlanDim[] {
    const shape = value.type.shape;
    if (!shape || shape.some((dim) => dim === null)) throw openSize(`the shape of "${value.name}" is not known: ${formatShape(shape)}`);
    if (shape.length > MOST_RANK) throw tooHigh(shape);
    return [...(shape as readonly PlanDim[])];
  }

  /** The shape where all sizes are numbers. Throws Refused with the flag that mends it. */
  staticShapeOf(value: MilValue, what: string): number[] {
    if (value.shape.every((dim) => typeof dim === 'number')) return [...value.shape] as number[];
    throw openSize(`${what} needs a fixed shape, and it is ${formatShape(value.shape)}`);
  }

  #unpacked(value: Value, made: MilValue): MilValue {
    const found = this.#floats.get(value);
    if (found) return found;
    const type = { dtype: 'fp32' as const, shape: made.shape };
    const [unpacked] = this.emitAll('cast', { x: made, dtype: text('fp32') }, [type], this.names.unique(`${value.name}_floats`), made.range);
    this.#floats.set(value, unpacked as MilValue);
    return unpacked as MilValue;
  }

  #hint(suffix: string): string {
    return `${this.node.output()?.name ?? this.node.label}_${suffix}`;
  }
}

function tooHigh(shape: readonly Dim[]): Refused {
  return new Refused(
    `it makes a tensor of rank ${shape.length}, ${formatShape(shape)}; Core ML takes rank ${MOST_RANK} at most`,
    'The rewrites of the recipe reduce ranks: leave --no-rewrite out, or see dyno check --target ane.',
  );
}

function argumentOf(input: NonNullable<Input>): Argument {
  if (isMany(input)) return { refs: input.map(({ name }) => name) };
  return 'name' in input ? { ref: input.name } : { immediate: input };
}

function isMany(input: NonNullable<Input>): input is readonly MilValue[] {
  return Array.isArray(input);
}

function rangeOf(tensor: Tensor): readonly [number, number] | null {
  const values = tensor.numbers();
  if (values.length === 0) return null;
  return [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
}

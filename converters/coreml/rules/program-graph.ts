import { type DType, DTYPE_CODES, dtypeBytes } from '../../../models/contracts/index.ts';
import { attributeProtos, type Dim, Model } from '../../../models/graph/index.ts';
import { writeType } from '../../../models/graph/type-proto.ts';
import { type NodeProto, Tensor, type TensorProto, type ValueInfoProto } from '../../../models/onnx/index.ts';
import type { MilConstant } from '../package/constant.ts';
import type { MilFunction, MilNamedType, MilOperation } from '../package/mil.ts';
import type { MilTensorType, MilType } from '../package/mil-type.ts';
import { isConstexpr } from '../package/summary.ts';
import { Emitter } from '../translate/emitter.ts';
import { knownConstant } from '../translate/known.ts';
import { Operands } from '../translate/operands.ts';
import { Scope } from '../translate/scope.ts';
import { Untranslatable } from '../translate/untranslatable.ts';
import { type Shadow, shadowOf } from './shadow.ts';

/** A function of a program as a graph that rules can look at: one node an operation, with the program's own element types. It computes nothing. */
export interface ProgramGraph {
  readonly model: Model;
  /** Type of the operation that a node stands for, by the node's name, which is that of the operation's first result. */
  readonly operations: ReadonlyMap<string, string>;
}

/** Domain of nodes for operations that have no counterpart in ONNX. */
const MIL_DOMAIN = 'coreml.mil';

/** The graph of a function for rules. */
export function programGraph(body: MilFunction): ProgramGraph {
  return new GraphWriter(body).write();
}

class GraphWriter {
  readonly #function: MilFunction;
  readonly #scope = new Scope(new Emitter());
  readonly #nodes: NodeProto[] = [];
  readonly #initializers: TensorProto[] = [];
  readonly #infos: ValueInfoProto[] = [];
  readonly #operations = new Map<string, string>();

  constructor(body: MilFunction) {
    this.#function = body;
  }

  write(): ProgramGraph {
    const { name, inputs, body } = this.#function;
    for (const input of inputs) this.#scope.define(input.name, input.type, input.name);
    for (const operation of body.operations) this.#operation(operation);
    const outputs = body.outputs.map((output) => info({ name: output, type: this.#scope.type(output) }));
    const graph = { name, node: this.#nodes, initializer: this.#initializers, valueInfo: this.#infos, input: inputs.map(info), output: outputs };
    return { model: new Model({ irVersion: 10, opsetImport: [{ domain: '', version: 20 }, { domain: MIL_DOMAIN, version: 1 }], graph }), operations: this.#operations };
  }

  #operation(operation: MilOperation): void {
    const { type, outputs, attributes } = operation;
    const [first] = outputs;
    if (!first) return;
    const value = attributes.get('val');
    if (type === 'const' && value) {
      this.#scope.defineKnown(first.name, first.type, knownConstant(value));
      if (value.type.kind === 'tensor' && value.type.dtype !== 'string') this.#initializers.push(constant(first.name, value));
      return;
    }
    for (const output of outputs) this.#scope.define(output.name, output.type, output.name);
    if (isConstexpr(type)) this.#weight(operation);
    else this.#node(operation);
  }

  /** A compressed weight: a constant to those who use it, but for scales by block, which have a rule. */
  #weight(operation: MilOperation): void {
    const [first] = operation.outputs;
    if (first?.type.kind !== 'tensor') return;
    const block = blockSize(operation, new Operands(operation, this.#scope));
    if (block === null) {
      this.#initializers.push(standIn(first.name, first.type));
      return;
    }
    const packed = `${first.name}.packed`;
    this.#initializers.push(standIn(packed, first.type));
    this.#operations.set(first.name, operation.type);
    this.#push({ opType: 'DequantizeLinear', inputs: [], attributes: { block_size: block } }, operation, [packed, packed]);
  }

  #node(operation: MilOperation): void {
    const operands = new Operands(operation, this.#scope);
    const shadow = shadowIn(operands);
    this.#operations.set(operation.outputs[0]?.name ?? '', operation.type);
    if (!shadow) this.#push({ opType: operation.type, inputs: [] }, operation, namesOf(operation), MIL_DOMAIN);
    else this.#push(shadow, operation, shadow.inputs.flatMap((input, i) => (typeof input === 'string' ? operandNames(operation, input) : [this.#numbers(operation, i, input)])));
  }

  #push({ opType, attributes }: Shadow, { outputs }: MilOperation, input: readonly string[], domain = ''): void {
    this.#infos.push(...outputs.map(info));
    this.#nodes.push({ opType, domain, name: outputs[0]?.name ?? '', input: [...input], output: outputs.map(({ name }) => name), attribute: attributeProtos(attributes ?? {}) });
  }

  #numbers({ outputs }: MilOperation, position: number, values: readonly number[]): string {
    if (values.length === 0) return '';
    const name = `${outputs[0]?.name}.${position}`;
    this.#initializers.push(Tensor.of('int64', [values.length], values).toProto(name));
    return name;
  }
}

/** What cannot be read when looking is looked at by its type and shapes alone. */
function shadowIn(operands: Operands): Shadow | null {
  try {
    return shadowOf(operands);
  } catch (error) {
    if (error instanceof Untranslatable) return null;
    throw error;
  }
}

function operandNames({ inputs }: MilOperation, parameter: string): string[] {
  return (inputs.get(parameter) ?? []).map((argument) => (typeof argument === 'string' ? argument : ''));
}

function namesOf({ inputs }: MilOperation): string[] {
  return [...inputs.values()].flat().filter((argument) => typeof argument === 'string');
}

/** Elements that share a scale along the axis that is cut in blocks; null where scales are for a tensor or a channel. */
function blockSize({ type }: MilOperation, operands: Operands): number | null {
  if (type !== 'constexpr_blockwise_shift_scale') return null;
  const [data, scale] = [operands.sizes('data'), operands.sizes('scale')];
  const cut = scale.filter((size) => size > 1).length > 1 ? scale.findLastIndex((size, axis) => size > 1 && size < (data[axis] as number)) : -1;
  return cut < 0 ? null : (data[cut] as number) / (scale[cut] as number);
}

const TYPES: Partial<Record<MilTensorType['dtype'], DType>> = { fp16: 'float16', fp32: 'float32', fp64: 'float64', bf16: 'bfloat16', string: 'string' };

function onnxDtype(dtype: MilTensorType['dtype']): DType {
  return TYPES[dtype] ?? (Object.hasOwn(DTYPE_CODES, dtype) ? (dtype as DType) : 'uint8');
}

/** Numbers that rules read: few, or float32, which fp16 may not hold. Of others rules ask only whether they are constant, and their shape. */
const MOST_READ = 4096;

function constant(name: string, value: MilConstant): TensorProto {
  const { dtype, shape } = value.tensor;
  return value.size <= MOST_READ || dtype === 'fp32' ? Tensor.of(onnxDtype(dtype), shape, value.numbers()).toProto(name) : standIn(name, value.tensor);
}

/** A constant whose values nobody asks for: zeros. */
function standIn(name: string, { dtype, shape }: MilTensorType): TensorProto {
  const dims = (shape ?? []).map((dim) => dim ?? 0);
  const type = onnxDtype(dtype);
  return Tensor.fromBytes(type, dims, new Uint8Array(dtypeBytes(type, dims.reduce((a, b) => a * b, 1)) ?? 0)).toProto(name);
}

function info({ name, type }: MilNamedType): ValueInfoProto {
  const tensor = tensorOf(type);
  const shape = tensor?.shape?.map((dim, axis): Dim => dim ?? `${name}_${axis}`) ?? null;
  return { name, type: writeType({ kind: 'tensor', dtype: onnxDtype(tensor?.dtype ?? 'fp32'), shape }) };
}

function tensorOf(type: MilType): MilTensorType | null {
  if (type.kind === 'tensor') return type;
  return type.kind === 'state' ? tensorOf(type.wrapped) : null;
}

import { UserError } from '../../../models/contracts/index.ts';
import { MilConstant, type WeightFiles } from './constant.ts';
import type { BlockMessage, FunctionMessage, NamedTypeMessage, OperationMessage, ProgramMessage } from './messages.ts';
import type { MilArgument, MilBlock, MilFunction, MilNamedType, MilOperation, MilProgram } from './mil.ts';
import { readMilType } from './mil-type.ts';

/** A decoded program with its types and constants read. Throws UserError where it is no sound program. */
export function readProgram(message: ProgramMessage, files: WeightFiles): MilProgram {
  const functions = new Map([...(message.functions ?? [])].map(([name, body]) => [name, readFunction(name, body, files)]));
  if (functions.size === 0) throw new UserError('the program has no function', ['Convert the model again.']);
  return { version: message.version ?? 0, functions };
}

function readFunction(name: string, message: FunctionMessage, files: WeightFiles): MilFunction {
  const opset = message.opset ?? '';
  const body = message.blockSpecializations?.get(opset);
  if (!body) throw new UserError(`function "${name}" has no body for its operator set ${opset}`, ['Convert the model again.']);
  return { name, opset, inputs: (message.inputs ?? []).map(readNamed), body: readBlock(body, files) };
}

function readBlock({ inputs, outputs, operations }: BlockMessage, files: WeightFiles): MilBlock {
  return {
    inputs: (inputs ?? []).map(readNamed),
    outputs: outputs ?? [],
    operations: (operations ?? []).map((operation) => readOperation(operation, files)),
  };
}

function readOperation({ type, inputs, outputs, blocks, attributes }: OperationMessage, files: WeightFiles): MilOperation {
  const attributeValues = new Map([...(attributes ?? [])].map(([name, value]) => [name, new MilConstant(value, files)]));
  const results = (outputs ?? []).map(readNamed);
  return {
    type: type ?? '',
    name: attributeValues.get('name')?.strings()[0] ?? results[0]?.name ?? '',
    inputs: new Map([...(inputs ?? [])].map(([name, argument]) => [
      name,
      (argument.arguments ?? []).map((binding): MilArgument => (binding.value ? new MilConstant(binding.value, files) : (binding.name ?? ''))),
    ])),
    outputs: results,
    attributes: attributeValues,
    blocks: (blocks ?? []).map((block) => readBlock(block, files)),
  };
}

function readNamed({ name, type }: NamedTypeMessage): MilNamedType {
  return { name: name ?? '', type: readMilType(type) };
}

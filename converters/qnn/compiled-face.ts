import { readFileSync } from 'node:fs';
import type { DType } from '../../models/contracts/dtype.ts';
import { ExternalError, UserError } from '../../models/contracts/errors.ts';
import { Model, type Node, staticShape, type Value } from '../../models/graph/index.ts';
import { readModel } from '../../models/onnx/index.ts';
import { type ContextTensor, readContextFaces } from '../htp/inspect/context-faces.ts';
import type { QnnTensor } from './artifact.ts';
import type { QnnDataType } from './data-types.ts';

export interface CompiledFace {
  readonly graph: string;
  readonly inputs: readonly QnnTensor[];
  readonly outputs: readonly QnnTensor[];
}

/**
 * Face of a context binary, as the EPContext model beside it states it: the node's own inputs and outputs, and what the quantizer or dequantizer
 * that stayed on the CPU does between them and the model's. `io_name_overrides` of the node has the names that the binary knows them by. What the
 * binary states of its tensors has to be the same. The provider leaves the axes as they are. Inputs that nothing uses are left out. Throws
 * UserError for a graph that takes an input in two forms, ExternalError where the files contradict one another.
 */
export function contextFace(modelPath: string, binary: string): CompiledFace {
  const onnx = readModel(modelPath);
  try {
    const model = new Model(onnx.proto);
    const nodes = [...model.graph.nodes()].filter((node) => node.opType === 'EPContext');
    const [node] = nodes;
    if (!node || nodes.length > 1) throw new ExternalError(`${modelPath} holds ${nodes.length} compiled graphs.`, 'onnxruntime-qnn', '');
    const named = overrides(node.attributes.string('io_name_overrides', ''));
    const faces = new Set<Value>();
    const tensorOf = (outer: Value, inner: Value, converter: Node | null): QnnTensor => {
      faces.add(inner);
      return { ...converted(inner, converter), name: named.get(inner.name) ?? inner.name, onnxName: outer.name };
    };
    const inputs = model.graph.inputs.filter(({ initializer, consumers }) => !initializer && consumers.length > 0).map((value) => {
      const converter = value.consumers.find((next) => next.opType === 'QuantizeLinear') ?? null;
      return tensorOf(value, converter?.output() ?? value, converter);
    });
    const outputs = model.graph.outputs.map((value) => {
      const converter = value.producer?.opType === 'DequantizeLinear' ? value.producer : null;
      return tensorOf(value, converter?.inputs[0] ?? value, converter);
    });
    const stray = [...node.inputs, ...node.outputs].find((value) => value && !faces.has(value));
    if (stray) throw new UserError(`The compiled graph takes or gives "${stray.name}", which is no input or output of the model by one conversion.`, ['dyno rewrite makes one graph of most models; dyno check says what is outside.']);
    const graph = node.attributes.string('partition_name', node.name);
    const stated = readContextFaces(binary)?.graphs.find(({ name }) => name === graph);
    const agreed = (tensors: readonly QnnTensor[], own: readonly ContextTensor[] | undefined): QnnTensor[] => tensors.map((tensor) => (own ? agreeing(tensor, own) : inBinary(tensor, binary)));
    return { graph, inputs: agreed(inputs, stated?.inputs), outputs: agreed(outputs, stated?.outputs) };
  } finally {
    onnx.close();
  }
}

/** `inside=outside;` pairs of the provider. */
function overrides(text: string): ReadonlyMap<string, string> {
  return new Map(text.split(';').flatMap((pair) => {
    const at = pair.lastIndexOf('=');
    return at > 0 ? [[pair.slice(0, at), pair.slice(at + 1)] as const] : [];
  }));
}

/** Type, sizes and scale of a tensor; without a converter its bytes are the model's own. */
function converted(value: Value, converter: Node | null): Omit<QnnTensor, 'name' | 'onnxName'> {
  const dims = staticShape(value.type);
  if (!dims) throw new ExternalError(`The face of the compiled graph has open sizes: ${value.name}.`, 'onnxruntime-qnn', '');
  const bare = { dims, axes: null };
  if (!converter) return { ...bare, type: plainType(value.type.dtype), scale: null, offset: null };
  const [scale, zero] = [converter.inputs[1]?.constant, converter.inputs[2]?.constant];
  if (scale?.size !== 1 || !zero) throw new ExternalError(`The scale at the face of the compiled graph is no constant: ${value.name}.`, 'onnxruntime-qnn', '');
  return { ...bare, type: fixedType(zero.dtype), scale: scale.numbers()[0] as number, offset: 0 - (zero.numbers()[0] as number) };
}

function plainType(dtype: DType | null): QnnDataType {
  return dtype === 'bool' ? 'bool8' : (dtype as QnnDataType);
}

function fixedType(dtype: DType): QnnDataType {
  return dtype.replace(/^(u?)int(\d+)$/, (_, unsigned: string, bits: string) => `${unsigned === '' ? 's' : 'u'}fixed-${bits}`) as QnnDataType;
}

/** The tensor with the type that the binary itself states; sizes and scales have to be the same there. */
function agreeing(tensor: QnnTensor, stated: readonly ContextTensor[]): QnnTensor {
  const found = stated.find(({ name }) => name === tensor.name);
  const same = found && found.dims.join() === tensor.dims.join() && (tensor.scale === null || (found.scale !== null && Math.fround(found.scale) === Math.fround(tensor.scale) && found.offset === tensor.offset));
  if (!same) throw new ExternalError(`The context binary has "${tensor.name}" otherwise than the model beside it.`, 'onnxruntime-qnn', JSON.stringify({ tensor, stated }));
  return { ...tensor, type: found.type };
}

/** Where the description in a binary cannot be read: names stand in it as text that ends with a zero byte. */
function inBinary(tensor: QnnTensor, path: string): QnnTensor {
  if (readFileSync(path).includes(Buffer.from(`${tensor.name}\0`))) return tensor;
  throw new ExternalError(`The context binary knows no tensor "${tensor.name}".`, 'onnxruntime-qnn', path);
}

import { readFileSync } from 'node:fs';
import type { DType } from '../../models/contracts/dtype.ts';
import { ExternalError } from '../../models/contracts/errors.ts';
import { Model, type Node, staticShape, type Value } from '../../models/graph/index.ts';
import { readModel } from '../../models/onnx/index.ts';
import type { QnnTensor } from './artifact.ts';
import type { QnnDataType } from './data-types.ts';

export interface CompiledFace {
  readonly graph: string;
  readonly inputs: readonly QnnTensor[];
  readonly outputs: readonly QnnTensor[];
}

/**
 * Face of a context binary, as the EPContext model beside it states it: the node's own inputs and outputs, and what the quantizer or dequantizer
 * that stayed on the CPU does between them and the model's. `io_name_overrides` of the node has the names that the binary knows them by; every
 * name is looked for in the binary. The provider leaves the axes as they are. Throws ExternalError where the files contradict one another.
 */
export function contextFace(modelPath: string, binary: string): CompiledFace {
  const onnx = readModel(modelPath);
  try {
    const model = new Model(onnx.proto);
    const nodes = [...model.graph.nodes()].filter((node) => node.opType === 'EPContext');
    const [node] = nodes;
    if (!node || nodes.length > 1) throw new ExternalError(`${modelPath} holds ${nodes.length} compiled graphs.`, 'onnxruntime-qnn', '');
    const named = overrides(node.attributes.string('io_name_overrides', ''));
    const tensorOf = (outer: Value, inner: Value, converter: Node | null): QnnTensor => ({ ...converted(inner, converter), name: named.get(inner.name) ?? inner.name, onnxName: outer.name });
    const inputs = model.graph.inputs.filter(({ initializer }) => !initializer).map((value) => {
      const converter = value.consumers.find((next) => next.opType === 'QuantizeLinear') ?? null;
      return tensorOf(value, converter?.output() ?? value, converter);
    });
    const outputs = model.graph.outputs.map((value) => {
      const converter = value.producer?.opType === 'DequantizeLinear' ? value.producer : null;
      return tensorOf(value, converter?.inputs[0] ?? value, converter);
    });
    assertInBinary(binary, [...inputs, ...outputs]);
    return { graph: node.attributes.string('partition_name', node.name), inputs, outputs };
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

/** Names stand in the binary as text that ends with a zero byte. */
function assertInBinary(path: string, tensors: readonly QnnTensor[]): void {
  const bytes = readFileSync(path);
  const stranger = tensors.find(({ name }) => !bytes.includes(Buffer.from(`${name}\0`)));
  if (stranger) throw new ExternalError(`The context binary knows no tensor "${stranger.name}".`, 'onnxruntime-qnn', path);
}

import { DTYPE_CODES } from '../../../../models/contracts/dtype.ts';
import { type Graph, inferShapes, type Model, type Node, Patch, staticShape, Value } from '../../../../models/graph/index.ts';
import { insertAtInput, insertAtOutput } from '../../../../converters/faces/graph-edit.ts';
import type { QnnTensor } from '../../../../converters/qnn/artifact.ts';
import type { QnnDataType } from '../../../../converters/qnn/data-types.ts';
import type { ConvertedFace } from './source-graph.ts';

export interface NativeRequest {
  readonly inputs: readonly ConvertedFace[];
  readonly outputs: readonly ConvertedFace[];
  /** Faces that keep the element type of the source; `all` keeps every one. */
  readonly keep: 'all' | ReadonlySet<string>;
  readonly half: boolean;
}

/** The faces as QNN has them: quantized tensors as their codes, float as asked, names as identifiers. Edits the model. */
export function nativeFaces(model: Model, { inputs, outputs, keep, half }: NativeRequest): { readonly inputs: readonly QnnTensor[]; readonly outputs: readonly QnnTensor[] } {
  const { graph } = model;
  const kept = (name: string): boolean => keep === 'all' || keep.has(name);
  const made = {
    inputs: inputs.map((face) => ({ face, grid: kept(face.name) ? null : codesAtInput(model, face.name, half) })),
    outputs: outputs.map((face) => ({ face, grid: kept(face.name) ? null : codesAtOutput(model, face.name, half) })),
  };
  const typeOf = (name: string): QnnDataType => qnnType(graph.values.get(name)?.type.dtype ?? 'float32');
  graph.sort();
  inferShapes(model);
  const tensors = ({ face, grid }: (typeof made.inputs)[number]): QnnTensor => ({
    name: face.identifier, onnxName: face.name, type: grid ? grid.type : typeOf(face.name), dims: staticShape(graph.values.get(face.name)?.type) ?? [], axes: face.axes,
    scale: grid?.scale ?? null, offset: grid?.offset ?? null,
  });
  const result = { inputs: made.inputs.map(tensors), outputs: made.outputs.map(tensors) };
  for (const { name, identifier } of [...inputs, ...outputs]) settleName(graph, name, identifier);
  return result;
}

interface FaceGrid {
  readonly type: QnnDataType;
  readonly scale: number;
  readonly offset: number;
}

/** The codes of a quantized input become the input; a float one becomes float16 where asked. */
function codesAtInput(model: Model, name: string, half: boolean): FaceGrid | null {
  const { graph } = model;
  const old = graph.values.get(name) as Value;
  const node = old.soleConsumer;
  const codes = node?.is('QuantizeLinear') ? node.output() : null;
  if (!node || !codes) {
    if (half && old.type.dtype === 'float32') insertAtInput(model, old, { ...old.type, dtype: 'float16' }, (patch, input) => patch.node('Cast', [input], { attributes: { to: DTYPE_CODES.float32 }, types: [old.type] }));
    return null;
  }
  const grid = gridOf(node);
  const input = new Value(graph.freshName(`${name}_codes`));
  input.isGraphInput = true;
  input.type = input.stated = { ...old.type, dtype: codes.type.dtype };
  graph.values.set(input.name, input);
  graph.inputs[graph.inputs.indexOf(old)] = input;
  new Patch(graph, model.opset).replace(codes, input).remove(node).apply();
  graph.values.delete(name);
  graph.rename(input, name);
  return grid;
}

function codesAtOutput(model: Model, name: string, half: boolean): FaceGrid | null {
  const { graph } = model;
  const old = graph.values.get(name) as Value;
  const node = old.producer;
  const codes = node?.is('DequantizeLinear') && node.input(0)?.producer?.is('QuantizeLinear') ? node.input(0) : null;
  if (!node || !codes) {
    if (half && old.type.dtype === 'float32') insertAtOutput(model, old, (patch, value) => patch.node('Cast', [value], { attributes: { to: DTYPE_CODES.float16 }, types: [{ ...old.type, dtype: 'float16' }] }));
    return null;
  }
  graph.outputs[graph.outputs.indexOf(old)] = codes;
  old.isGraphOutput = false;
  codes.isGraphOutput = true;
  codes.stated = codes.type;
  if (old.uses.size === 0) graph.detach(node);
  if (graph.values.get(name) === old) graph.rename(old, graph.freshName(`${name}_float`));
  graph.rename(codes, name);
  return gridOf(node);
}

function gridOf(node: Node): FaceGrid {
  const [scale, zero] = [node.input(1)?.constant, node.input(2)?.constant];
  const dtype = node.input(2)?.type.dtype ?? 'uint8';
  return { type: `${dtype.startsWith('u') ? 'u' : 's'}fixed-${dtype.replace(/\D/g, '')}` as QnnDataType, scale: scale?.numbers()[0] ?? 1, offset: -(zero?.numbers()[0] ?? 0) };
}

/** An inner value that has the identifier already steps aside. */
function settleName(graph: Graph, name: string, identifier: string): void {
  const value = graph.values.get(name);
  if (!value || name === identifier) return;
  const other = graph.values.get(identifier);
  if (other) graph.rename(other, graph.freshName(`${identifier}_inner`));
  graph.rename(value, identifier);
  graph.revision++;
}

function qnnType(dtype: string): QnnDataType {
  return dtype === 'bool' ? 'bool8' : (dtype as QnnDataType);
}

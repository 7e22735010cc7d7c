import type { DType } from '../../../../models/contracts/dtype.ts';
import { inferShapes, macsOf, Model, type Node } from '../../../../models/graph/index.ts';
import { readModel } from '../../../../models/onnx/index.ts';
import { elements, type RawTensor } from './raw-values.ts';

/** An operation of a graph, as a profile names it. */
export interface Operation {
  readonly name: string;
  readonly macs: number;
  /** Fused into the operation before it: it takes no cycles of its own. */
  readonly fused: boolean;
}

export interface GraphModel {
  /** Element types of inputs and outputs by name. */
  readonly types: ReadonlyMap<string, DType>;
  readonly operations: readonly Operation[];
}

const FUSED = new Set(['Relu', 'Clip', 'LeakyRelu', 'PRelu', 'QuantizeLinear', 'DequantizeLinear', 'Identity', 'Constant']);

/** What an ONNX model says of its face and its work. */
export function readGraphModel(path: string): GraphModel {
  const onnx = readModel(path);
  try {
    const model = new Model(onnx.proto);
    inferShapes(model);
    const { inputs, outputs } = model.graph;
    const typed = [...inputs, ...outputs].flatMap(({ name, type }) => (type.kind === 'tensor' && type.dtype !== null ? [[name, type.dtype] as const] : []));
    return { types: new Map(typed), operations: [...model.graph.nodes()].map(operationOf) };
  } finally {
    onnx.close();
  }
}

function operationOf(node: Node): Operation {
  return { name: node.name === '' ? node.label : node.name, macs: macsOf(node) ?? 0, fused: FUSED.has(node.opType) };
}

/** Multiply-accumulates for each output value that a graph of unknown content is taken to need: a small super-resolution network. */
const USUAL_MACS = 5000;

/** Operations of a context binary: those that stand in it, with the work of the nodes that they are named after, else with guessed shares. */
export function guessedOperations(names: readonly string[], source: readonly Operation[], outputs: readonly RawTensor[]): Operation[] {
  const macs = new Map(source.map((operation) => [operation.name, operation.macs]));
  const all = source.reduce((sum, operation) => sum + operation.macs, 0) || USUAL_MACS * outputs.reduce((sum, { dims }) => sum + elements(dims), 0);
  const listed = names.length > 0 ? names : ['graph'];
  const convolutions = listed.filter((name) => /conv|gemm|matmul/i.test(name)).length;
  return listed.map((name) => {
    const known = macs.get(name.replace(/_token_\d+(?:_\d+)?$/, ''));
    const share = convolutions === 0 ? 1 / listed.length : /conv|gemm|matmul/i.test(name) ? 1 / convolutions : 0;
    return { name, macs: known ?? (source.length > 0 ? 0 : Math.round(all * share)), fused: false };
  });
}

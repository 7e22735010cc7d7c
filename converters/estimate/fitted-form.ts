import type { Executor, InputContract, NamedArrays } from '../../models/contracts/index.ts';
import { inferShapes, Model, type Node, type Value } from '../../models/graph/index.ts';
import { writeType } from '../../models/graph/type-proto.ts';
import { cloneMessage, type GraphProto, type ValueInfoProto } from '../../models/onnx/index.ts';
import { applyFaces } from '../faces/index.ts';
import { quantizeModel } from '../quantize/index.ts';
import type { EstimatePrecision } from './point.ts';

export interface FittedFormOptions {
  readonly precision: EstimatePrecision;
  readonly executor: Executor;
  /** The file that the model was read from. */
  readonly modelPath: string;
  /** Inputs to take ranges from. They do not change what is compiled, only what it would compute. */
  readonly feeds: readonly NamedArrays[];
  readonly contracts: ReadonlyMap<string, InputContract>;
  readonly signal?: AbortSignal;
}

/**
 * A model in the form that the calibration points were compiled in. fp16: as exported, float faces in channel order. w8a8: quantized, the
 * bytes of pixels in and out (no QuantizeLinear at the input, no DequantizeLinear at the output) and channels last. A model that is quantized
 * already stays as it is.
 */
export async function inFittedForm(model: Model, { precision, executor, modelPath, feeds, contracts, signal }: FittedFormOptions): Promise<Model> {
  if (precision === 'fp16' || quantizationOf(model) !== 'none') return model;
  const quantized = await quantizeModel(model, {
    scheme: 'w8a8', range: 'minmax', rounding: 'nearest', executor, modelPath, calibration: feeds, ...(signal ? { signal } : {}),
  });
  const bytes = withQuantizedFaces(quantized.model);
  const planar = new Map([...contracts].filter(([, { layout, shape }]) => layout === 'NCHW' && shape.length === 4));
  return planar.size === 0 ? bytes : (await applyFaces(bytes, [{ kind: 'nhwc' }], { contracts: planar })).model;
}

/** Whether a model has quantizers of its own, and whether they are those of W8A8: 8 bits, and 32 for biases. Types must be inferred. */
export function quantizationOf({ graph }: Model): 'none' | 'w8a8' | 'other' {
  const quantizers = [...graph.nodes()].filter((node) => node.is('QuantizeLinear', 'DequantizeLinear'));
  if (quantizers.length === 0) return 'none';
  const types = quantizers.map((node) => (node.is('QuantizeLinear') ? node.output() : node.input(0))?.type.dtype);
  return types.every((dtype) => dtype === 'uint8' || dtype === 'int8' || dtype === 'int32') ? 'w8a8' : 'other';
}

/** A face in float, and the quantized value beside it. */
interface QuantizedFace {
  readonly name: string;
  readonly quantized: Value;
  /** What leads from one to the other. */
  readonly node: Node;
}

/** Quantized values become inputs and outputs in the place of the float ones, under their names. */
function withQuantizedFaces(model: Model): Model {
  const proto = model.toProto();
  const graph = proto.graph as GraphProto;
  const faces = [...model.graph.inputs.flatMap(quantizedInput), ...model.graph.outputs.flatMap(quantizedOutput)];
  const names = new Map(faces.map(({ name, quantized }) => [quantized.name, name]));
  const types = new Map(faces.map(({ name, quantized }) => [name, quantized.type]));
  const gone = new Set(faces.map(({ node }) => node.output()?.name));
  const renamed = (list: readonly string[] | null | undefined): string[] => (list ?? []).map((name) => names.get(name) ?? name);
  const restated = (list: readonly ValueInfoProto[] | null | undefined): ValueInfoProto[] =>
    (list ?? []).map((info) => {
      const type = types.get(info.name ?? '');
      return type ? cloneMessage(info, { type: writeType(type) }) : info;
    });
  const node = (graph.node ?? [])
    .filter(({ output }) => !gone.has(output?.[0] ?? ''))
    .map((one) => cloneMessage(one, { input: renamed(one.input), output: renamed(one.output) }));
  const faced = new Model(cloneMessage(proto, { graph: cloneMessage(graph, { node, input: restated(graph.input), output: restated(graph.output) }) }));
  inferShapes(faced);
  return faced;
}

/** An input that a QuantizeLinear alone takes. */
function quantizedInput(value: Value): QuantizedFace[] {
  const node = value.soleConsumer;
  return node?.is('QuantizeLinear') ? [{ name: value.name, quantized: node.output() as Value, node }] : [];
}

/** An output of a DequantizeLinear, where nothing else takes what that takes. */
function quantizedOutput(value: Value): QuantizedFace[] {
  const [node, quantized] = [value.producer, value.producer?.input(0)];
  return node?.is('DequantizeLinear') && value.uses.size === 0 && quantized?.soleConsumer === node ? [{ name: value.name, quantized, node }] : [];
}

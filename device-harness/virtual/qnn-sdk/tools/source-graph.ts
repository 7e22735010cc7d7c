import { bindInputShapes, inferShapes, Model, type Value } from '../../../../models/graph/index.ts';
import { type OnnxModel, readModel } from '../../../../models/onnx/index.ts';
import { cancelTransposes } from '../../../../converters/faces/cancel-transposes.ts';
import { insertAtInput, insertAtOutput } from '../../../../converters/faces/graph-edit.ts';
import { compareVersions } from '../../../../converters/qnn/sdk.ts';
import { ToolFailure } from './documented-tool.ts';

/** A face of the source model and how the converted graph has it. */
export interface ConvertedFace {
  /** In the source. */
  readonly name: string;
  /** In the converted graph, once names are settled. */
  readonly identifier: string;
  /** Axes of the source in the order of the converted graph; null where they are as they were. */
  readonly axes: readonly number[] | null;
}

/** A source model on its way: axes moved, names and types still the source's. */
export interface ConvertedGraph {
  readonly onnx: OnnxModel;
  readonly model: Model;
  readonly inputs: readonly ConvertedFace[];
  readonly outputs: readonly ConvertedFace[];
  /** Values that stand where a face stood before its axes were moved, with the name of that face. */
  readonly moved: ReadonlyMap<string, string>;
}

export interface SourceRequest {
  readonly version: string;
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Images of four axes in the order of pixels, as the older converter has them. */
  readonly spatialFirst: boolean;
}

const NHWC = [0, 2, 3, 1];
const NCHW = [0, 3, 1, 2];

/** Reads a source model as the converters do. Throws ToolFailure in their words: no ONNX, opset, open sizes. */
export function convertSource(path: string, { version, shapes, spatialFirst }: SourceRequest): ConvertedGraph {
  const onnx = readSource(path);
  const model = new Model(onnx.proto);
  const newest = compareVersions(version, '2.39') >= 0 ? 22 : 21;
  if (model.opset > newest) throw new ToolFailure(`Unsupported ONNX opset version: ${model.opset}`);
  if (shapes.size > 0) bindInputShapes(model, shapes);
  else inferShapes(model);
  const real = model.graph.inputs.filter(({ initializer }) => !initializer);
  const open = real.filter(({ type }) => !type.shape?.every((dim) => typeof dim === 'number'));
  if (open.length > 0) throw new ToolFailure(`Missing command line inputs for dynamic inputs [${open.map(({ name }) => `'${name}'`).join(', ')}] in the model.`);
  const moved = new Map<string, string>();
  const inputs = namedFaces(real, spatialFirst);
  const outputs = namedFaces(model.graph.outputs, spatialFirst);
  for (const { name, axes } of inputs) if (axes) moved.set(moveInput(model, model.graph.values.get(name) as Value), name);
  for (const { name, axes } of outputs) if (axes) moved.set(moveOutput(model, model.graph.values.get(name) as Value), name);
  cancelTransposes(model);
  inferShapes(model);
  return { onnx, model, inputs, outputs, moved };
}

/** What QNN makes of a name. */
function identifierOf(name: string): string {
  const text = name.replaceAll(/[^A-Za-z0-9_]/g, '_');
  return /^[0-9]/.test(text) ? `_${text}` : text;
}

function readSource(path: string): OnnxModel {
  try {
    return readModel(path);
  } catch (error) {
    throw new ToolFailure(`Failed to load ONNX model ${path}: ${(error as Error).message}`);
  }
}

function namedFaces(values: readonly Value[], spatialFirst: boolean): ConvertedFace[] {
  const taken = new Set<string>();
  return values.map(({ name, type }) => {
    let identifier = identifierOf(name);
    while (taken.has(identifier)) identifier += '_';
    taken.add(identifier);
    return { name, identifier, axes: spatialFirst && type.shape?.length === 4 ? NHWC : null };
  });
}

function moveInput(model: Model, old: Value): string {
  const shape = NHWC.map((axis) => old.type.shape?.[axis] ?? null);
  let inner: Value | null = null;
  insertAtInput(model, old, { ...old.type, shape }, (patch, input) => {
    inner = patch.node('Transpose', [input], { name: `${old.name}/to_nchw`, attributes: { perm: NCHW } });
    return inner;
  });
  return (inner as Value | null)?.name ?? '';
}

function moveOutput(model: Model, old: Value): string {
  insertAtOutput(model, old, (patch, value) => patch.node('Transpose', [value], { name: `${old.name}/to_nhwc`, attributes: { perm: NHWC } }));
  return old.name;
}

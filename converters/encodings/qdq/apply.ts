import { UserError } from '../../../models/contracts/index.ts';
import { type Graph, inferShapes, Model, Patch, PatchRefused, type Value } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { withOpset } from '../../opset/index.ts';
import { lossesText } from '../convert.ts';
import type { EncodingsFile, Loss, TensorEncoding } from '../encoding.ts';
import { requireResolved } from '../model/resolve.ts';
import { dtypeOf, encodeValues, type Grid, gridOf, scaleDims, spread } from './codes.ts';
import { biasLayers, derivedBias } from './derived-bias.ts';

export interface ApplyOptions {
  /** Leave in float what QuantizeLinear and DequantizeLinear cannot say, instead of refusing. */
  readonly allowLoss?: boolean;
}

export interface AppliedEncodings {
  /** A new model; the one given is untouched. */
  readonly model: Model;
  readonly activations: number;
  readonly parameters: number;
  /** Biases that got int32 at input scale × weight scale. */
  readonly derivedBiases: number;
  readonly notes: readonly string[];
  readonly losses: readonly Loss[];
}

/**
 * A QDQ model from a float model and its encodings: behind every activation QuantizeLinear and DequantizeLinear, for every parameter its
 * codes and a DequantizeLinear, which takes the parameter's name. Biases without an encoding follow their layer. Throws UserError for
 * encodings that do not fit the model, and for what these operators cannot say unless losses are allowed.
 */
export function applyEncodings(source: Model, file: EncodingsFile, { allowLoss = false }: ApplyOptions = {}): AppliedEncodings {
  const notes: string[] = [];
  const losses: Loss[] = [];
  const model = copyOf(source, file, notes);
  const { graph } = model;
  if (isQuantized(graph))
    throw new UserError('The model is quantized already.', ['Give the float model that the encodings were exported with.']);
  const { encodings } = requireResolved(file, graph);
  const grids = new Map<Value, Grid>();
  for (const encoding of encodings.values()) {
    const value = graph.values.get(encoding.name) as Value;
    const grid = usableGrid(encoding, value);
    if (typeof grid === 'string') losses.push({ tensor: encoding.name, what: grid });
    else if (grid) grids.set(value, grid);
  }
  if (losses.length > 0 && !allowLoss)
    throw new UserError(`QuantizeLinear cannot say all of it: ${lossesText(losses)}.`, ['Leave these in float: --allow-loss.']);
  const biases = biasesOf(graph, encodings, grids, notes);
  const strict = [...grids].filter(([value, grid]) => grid.strict && !value.constant).length;
  if (strict > 0)
    notes.push(
      `${strict === 1 ? '1 activation is' : `${strict} activations are`} strict symmetric: beyond its range QuantizeLinear uses one code more.`,
    );
  const constants = [...grids].filter(([value]) => value.constant);
  for (const [value, grid] of [...constants, ...biases]) quantizeConstant(model, value, grid);
  const activations = [...grids].filter(([value, grid]) => !value.constant && quantizeValue(model, value, grid, notes)).length;
  graph.sort();
  inferShapes(model);
  return { model, activations, parameters: constants.length, derivedBiases: biases.size, notes, losses };
}

/** Bytes at the face may come and go through one of the two operators; a pair, or codes that are constant, are quantization. */
function isQuantized(graph: Graph): boolean {
  return [...graph.nodes()].some(
    (node) => node.is('DequantizeLinear') && (node.input(0)?.constant || node.input(0)?.producer?.is('QuantizeLinear')),
  );
}

/** W8A8 per tensor is said by opset 10, scales per axis by 13, other widths and blocks by 21. */
function copyOf(source: Model, file: EncodingsFile, notes: string[]): Model {
  const all = [...file.encodings.values()];
  const wide = all.some((e) => e.kind === 'lpbq' || (e.kind === 'int' && (e.bits === 4 || e.bits === 16 || e.grain.kind === 'block')));
  const needed = wide ? 21 : 13;
  const proto = source.toProto();
  const raised = source.opset < needed;
  if (raised)
    notes.push(
      `Opset raised from ${source.opset} to ${needed}, which ${wide ? '4 and 16 bits and blocks need' : 'scales per channel need'}.`,
    );
  const model = new Model(raised ? withOpset(proto, needed) : proto);
  inferShapes(model);
  return model;
}

/** Null: stays in float, as the encoding says. A text: why the operators cannot say it. */
function usableGrid(encoding: TensorEncoding, value: Value): Grid | string | null {
  if (encoding.kind === 'float') return null;
  if (encoding.kind === 'small-float') return `${encoding.dtype} is not computed by ONNX Runtime's CPU`;
  if (value.type.dtype !== 'float32') return `it is ${value.type.dtype}; only float32 is quantized`;
  const grid = gridOf(encoding);
  if (![4, 8, 16, 32].includes(grid.bits) || (grid.bits === 32 && !grid.signed)) return `there is no ${dtypeOf(grid)}`;
  if (grid.zeroPoint.some((zero) => !Number.isInteger(zero))) return 'zero points are whole numbers';
  if (grid.bits === 32 && (!value.constant || grid.zeroPoint.some((zero) => zero !== 0))) return 'int32 is for constants, with zero at 0';
  if (grid.grain.kind === 'block' && !value.constant) return 'blocks are for constants';
  return grid;
}

function biasesOf(graph: Graph, encodings: EncodingsFile['encodings'], grids: ReadonlyMap<Value, Grid>, notes: string[]): Map<Value, Grid> {
  const biases = new Map<Value, Grid>();
  for (const value of graph.values.values()) {
    const layers = value.constant && value.type.dtype === 'float32' && !encodings.has(value.name) ? biasLayers(value) : null;
    if (!layers) continue;
    const [first, ...others] = layers.map((node) => derivedBias(node, (v) => grids.get(v) ?? null));
    if (!first) continue;
    const obstacle = biasObstacle(value.constant as Tensor, first, others);
    if (obstacle === null) biases.set(value, first);
    else notes.push(`Bias "${value.name}" stays in float: ${obstacle}.`);
  }
  return biases;
}

function biasObstacle(bias: Tensor, { scale }: Grid, others: readonly (Grid | null)[]): string | null {
  if (!others.every((other) => other?.scale.every((s, c) => s === scale[c]))) return 'its layers have different scales';
  if (scale.length > 1 && (bias.dims.length !== 1 || bias.size !== scale.length)) return `it has ${bias.size} entries for ${scale.length} scales`;
  const fits = bias.numbers().every((b, c) => Math.abs(b / (scale[scale.length === 1 ? 0 : c] as number)) < 2 ** 31);
  return fits ? null : "it is too large for int32 at its layer's scales";
}

/** Codes, scale and zero point as initializers; the DequantizeLinear's output takes the constant's name. */
function quantizeConstant({ graph, opset }: Model, value: Value, grid: Grid): void {
  const tensor = value.constant as Tensor;
  const { name, producer } = value;
  const patch = new Patch(graph, opset);
  const codes = patch.constant(
    Tensor.of(dtypeOf(grid), tensor.dims, encodeValues(tensor.numbers(), tensor.dims, grid)),
    `${name}_quantized`,
  );
  const back = patch.node('DequantizeLinear', [codes, ...gridConstants(patch, name, tensor.dims, grid)], {
    name: `${name}_DequantizeLinear`,
    attributes: whereOf(grid),
    types: [value.type],
  });
  patch.replace(value, back);
  if (producer) patch.remove(producer);
  patch.apply();
  if (value.initializer && value.uses.size === 0 && !value.isGraphOutput) {
    graph.dropInitializer(value);
    graph.rename(back, name);
  }
}

/** False where the value's name may not move (an input that is an output, too). */
function quantizeValue({ graph, opset }: Model, value: Value, grid: Grid, notes: string[]): boolean {
  const { name } = value;
  const patch = new Patch(graph, opset);
  const constants = gridConstants(patch, name, [], grid);
  const quantized = patch.node('QuantizeLinear', [value, ...constants], { name: `${name}_QuantizeLinear`, attributes: whereOf(grid) });
  const back = patch.node('DequantizeLinear', [quantized, ...constants], { name: `${name}_DequantizeLinear`, attributes: whereOf(grid) });
  try {
    patch.replace(value, back).apply();
    return true;
  } catch (error) {
    if (!(error instanceof PatchRefused)) throw error;
    notes.push(`"${name}" stays in float: ${error.message}.`);
    return false;
  }
}

function gridConstants(patch: Patch, name: string, dims: readonly number[], grid: Grid): Value[] {
  const shape = scaleDims(dims, grid);
  const scale = patch.constant(Tensor.of('float32', shape, spread(grid.scale, dims, grid.grain)), `${name}_scale`);
  return [scale, patch.constant(Tensor.of(dtypeOf(grid), shape, spread(grid.zeroPoint, dims, grid.grain)), `${name}_zero_point`)];
}

function whereOf({ grain }: Grid): Record<string, number> {
  if (grain.kind === 'tensor') return {};
  return { axis: grain.axis as number, ...(grain.kind === 'block' ? { block_size: grain.size } : {}) };
}

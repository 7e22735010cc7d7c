import { UserError } from '../../../models/contracts/index.ts';
import { inferShapes, Model, type Node, Patch, PatchRefused, type Value } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { lossText } from '../convert.ts';
import type { EncodingsFile, EncodingsVersion, Loss, Section, TensorEncoding } from '../encoding.ts';
import { decodeValues, encodeValues, type Grid } from './codes.ts';
import { biasLayers, derivedBias } from './derived-bias.ts';
import { findPairs, type Pair } from './pairs.ts';
import { rankOf, readGrid, sameGrid } from './read-grid.ts';

export interface ExtractOptions {
  readonly version?: EncodingsVersion;
  /** Go on where encodings cannot say what the model does. */
  readonly allowLoss?: boolean;
}

export interface ExtractedEncodings {
  /** The float model, a new one; parameters hold what their codes stand for. */
  readonly model: Model;
  readonly file: EncodingsFile;
  /** Nodes that stay quantized, and why. */
  readonly notes: readonly string[];
  readonly losses: readonly Loss[];
}

/**
 * A float model and encodings from a QDQ model, such that `applyEncodings` makes the same integers again. int32 biases at input scale ×
 * weight scale are not listed: they follow from the rest. Throws UserError for models without QuantizeLinear, and unless losses are allowed
 * where encodings by tensor cannot say it: a tensor that is quantized in two ways or read unquantized as well, codes beyond float32.
 */
export function extractEncodings(source: Model, { version = '1.0.0', allowLoss = false }: ExtractOptions = {}): ExtractedEncodings {
  const model = new Model(source.toProto());
  const { graph } = model;
  removeIdleConstants(model);
  inferShapes(model);
  const notes: string[] = [];
  const losses: Loss[] = [];
  const encodings = new Map<string, TensorEncoding>();
  const note = (name: string, section: Section, grid: Grid): void => void encodings.set(name, { kind: 'int', name, section, range: null, extra: {}, ...grid });
  const pairs = findPairs(graph, notes, losses);
  const weights = [...graph.nodes()].filter((node) => node.is('DequantizeLinear') && node.input(0)?.constant).map((node) => readWeight(node, notes)).filter((weight) => weight !== null);
  if (pairs.length + weights.length === 0) throw new UserError('The model has no QuantizeLinear and DequantizeLinear that encodings could stand for.', ['Give a QDQ model, as dyno quantize makes it.']);
  const grids = new Map<Value, Grid>([...pairs.flatMap(({ dequantized, grid }) => dequantized.map((node) => [node.output() as Value, grid] as const)), ...weights.map(({ node, grid }) => [node.output() as Value, grid] as const)]);
  const derived = new Set(weights.filter(({ node, grid }) => isDerived(node.output() as Value, grid, grids)));
  const floatBiases = [...graph.values.values()].filter((value) => value.constant && value.type.dtype === 'float32' && biasLayers(value)?.some((node) => derivedBias(node, (v) => grids.get(v) ?? null)));
  for (const weight of weights) {
    const name = unquantizeWeight(model, weight, losses);
    if (!derived.has(weight)) note(name, 'parameter', weight.grid);
  }
  for (const pair of pairs) unquantizePair(model, pair, notes, (name) => note(name, pair.source.constant ? 'parameter' : 'activation', pair.grid));
  for (const { name } of floatBiases) encodings.set(name, { kind: 'float', name, section: 'parameter', bits: 32, extra: {} });
  if (losses.length > 0 && !allowLoss) {
    throw new UserError(`Encodings cannot say all of it: ${losses.slice(0, 5).map(lossText).join('; ')}${losses.length > 5 ? `; and ${losses.length - 5} more` : ''}.`, ['Take what they can say: --allow-loss.']);
  }
  removeIdleConstants(model);
  graph.sort();
  inferShapes(model);
  return { model, file: { version, encodings, quantizerArgs: null, excludedLayers: [], extra: {} }, notes, losses };
}

interface Weight {
  readonly node: Node;
  readonly codes: Tensor;
  readonly grid: Grid;
}

function readWeight(node: Node, notes: string[]): Weight | null {
  const codes = node.input(0)?.constant as Tensor;
  const grid = readGrid(node, rankOf(node.input(0)));
  if (typeof grid !== 'string') return { node, codes, grid };
  notes.push(`${node.label} stays: ${grid}.`);
  return null;
}

function isDerived(bias: Value, grid: Grid, grids: ReadonlyMap<Value, Grid>): boolean {
  const layers = grid.bits === 32 ? biasLayers(bias) : null;
  return layers?.every((node) => {
    const derived = derivedBias(node, (value) => grids.get(value) ?? null);
    return derived !== null && sameGrid({ ...derived, grain: grid.grain }, grid);
  }) ?? false;
}

/** A float constant in the place of codes and DequantizeLinear; its name. */
function unquantizeWeight({ graph, opset }: Model, { node, codes, grid }: Weight, losses: Loss[]): string {
  const output = node.output() as Value;
  const numbers = codes.numbers();
  const values = decodeValues(numbers, codes.dims, grid);
  const again = encodeValues(values, codes.dims, grid);
  const wanted = nameOf((node.input(0) as Value).name, output.name, (name) => graph.values.has(name));
  const lost = numbers.reduce((count, q, i) => count + (q === again[i] ? 0 : 1), 0);
  if (lost > 0) losses.push({ tensor: wanted, what: `${lost} of its ${numbers.length} codes, which float32 cannot hold or the strict grid has not` });
  const patch = new Patch(graph, opset);
  const constant = patch.constant(Tensor.of('float32', codes.dims, values), wanted);
  patch.replace(output, constant).remove(node).apply();
  if (constant.name !== wanted && !graph.values.has(wanted)) graph.rename(constant, wanted);
  return constant.name;
}

/** "w" for the codes "w_quantized" (ONNX Runtime, dyno) or "w_q" (AIMET); else the name that layers read it by. */
function nameOf(codes: string, output: string, isTaken: (name: string) => boolean): string {
  const stem = codes.replace(/_(quantized|q)(_\d+)?$/, '');
  return stem !== '' && stem !== codes && (stem === output || !isTaken(stem)) ? stem : output;
}

function unquantizePair({ graph, opset }: Model, { source, quantize, dequantized }: Pair, notes: string[], done: (name: string) => void): void {
  const patch = new Patch(graph, opset);
  for (const node of dequantized) patch.replace(node.output() as Value, source).remove(node);
  try {
    patch.remove(...quantize).apply();
    done(source.name);
  } catch (error) {
    if (!(error instanceof PatchRefused)) throw error;
    notes.push(`${quantize[0]?.label} stays: ${error.message}.`);
  }
}

function removeIdleConstants({ graph, opset }: Model): void {
  for (const node of graph.nodes()) {
    const output = node.output();
    if (node.is('Constant') && output && output.uses.size === 0 && !output.isGraphOutput) new Patch(graph, opset).remove(node).apply();
  }
}

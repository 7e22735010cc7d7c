import { UserError } from '../../../models/contracts/index.ts';
import { type Graph, inferShapes, Model, Patch, PatchRefused, type Value } from '../../../models/graph/index.ts';
import { lossesText } from '../convert.ts';
import type { EncodingsFile, EncodingsVersion, Loss, Section, TensorEncoding } from '../encoding.ts';
import type { Grid } from './codes.ts';
import { biasLayers, derivedBias } from './derived-bias.ts';
import { findPairs, type Pair } from './pairs.ts';
import { sameGrid } from './read-grid.ts';
import { findWeights, unquantizeWeight, type Weight } from './weights.ts';

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
  const pairs = findPairs(graph, notes, losses);
  const weights = findWeights(graph, notes);
  if (pairs.length + weights.length === 0) {
    const remedy = 'Give a QDQ model, as dyno quantize makes it.';
    throw new UserError('The model has no QuantizeLinear and DequantizeLinear that encodings could stand for.', [remedy]);
  }
  const grids = gridsOf(pairs, weights);
  const derived = new Set(weights.filter(({ node, grid }) => isDerived(node.output() as Value, grid, grids)));
  const plain = plainBiases(graph, grids);
  const encodings = new Map<string, TensorEncoding>();
  const note = (name: string, section: Section, grid: Grid): void => {
    encodings.set(name, { kind: 'int', name, section, range: null, extra: {}, ...grid });
  };
  for (const weight of weights) {
    const name = unquantizeWeight(model, weight, losses);
    if (!derived.has(weight)) note(name, 'parameter', weight.grid);
  }
  for (const pair of pairs) {
    const refused = unquantizePair(model, pair);
    if (refused !== null) notes.push(`${pair.quantize[0]?.label} stays: ${refused}.`);
    else note(pair.source.name, pair.source.constant ? 'parameter' : 'activation', pair.grid);
  }
  for (const { name } of plain) encodings.set(name, { kind: 'float', name, section: 'parameter', bits: 32, extra: {} });
  if (losses.length > 0 && !allowLoss)
    throw new UserError(`Encodings cannot say all of it: ${lossesText(losses)}.`, ['Take what they can say: --allow-loss.']);
  removeIdleConstants(model);
  graph.sort();
  inferShapes(model);
  return { model, file: { version, encodings, quantizerArgs: null, excludedLayers: [], extra: {} }, notes, losses };
}

/** By the float values that layers read. */
function gridsOf(pairs: readonly Pair[], weights: readonly Weight[]): Map<Value, Grid> {
  const dequantized = [...pairs.flatMap((pair) => pair.dequantized.map((node) => ({ node, grid: pair.grid }))), ...weights];
  return new Map(dequantized.map(({ node, grid }) => [node.output() as Value, grid]));
}

/** Biases in float whose layers would give them a grid: that they have none has to be said. */
function plainBiases(graph: Graph, grids: ReadonlyMap<Value, Grid>): Value[] {
  const gridOf = (value: Value): Grid | null => grids.get(value) ?? null;
  const isBias = (value: Value): boolean => value.constant !== null && value.type.dtype === 'float32';
  return [...graph.values.values()].filter((value) => isBias(value) && biasLayers(value)?.some((node) => derivedBias(node, gridOf)));
}

function isDerived(bias: Value, grid: Grid, grids: ReadonlyMap<Value, Grid>): boolean {
  const layers = grid.bits === 32 ? biasLayers(bias) : null;
  return (
    layers?.every((node) => {
      const derived = derivedBias(node, (value) => grids.get(value) ?? null);
      return derived !== null && sameGrid({ ...derived, grain: grid.grain }, grid);
    }) ?? false
  );
}

/** The reason where the pair has to stay, for the sake of a name at the face. */
function unquantizePair({ graph, opset }: Model, { source, quantize, dequantized }: Pair): string | null {
  const patch = new Patch(graph, opset);
  for (const node of dequantized) patch.replace(node.output() as Value, source).remove(node);
  try {
    patch.remove(...quantize).apply();
    return null;
  } catch (error) {
    if (error instanceof PatchRefused) return error.message;
    throw error;
  }
}

function removeIdleConstants({ graph, opset }: Model): void {
  for (const node of graph.nodes()) {
    const output = node.output();
    if (node.is('Constant') && output && output.uses.size === 0 && !output.isGraphOutput) new Patch(graph, opset).remove(node).apply();
  }
}

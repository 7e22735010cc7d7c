import { type Executor, type NamedArrays, UserError } from '../../models/contracts/index.ts';
import { inferShapes, Model, type Node, type Value } from '../../models/graph/index.ts';
import { withOpset } from '../opset/index.ts';
import { encodeActivations } from './activation-encodings.ts';
import { quantizeActivation } from './activations.ts';
import { calibrate } from './calibrate.ts';
import type { Encoding, Encodings } from './encoding.ts';
import { foldFaces } from './fold-faces.ts';
import type { Histogram } from './histogram.ts';
import { LayerMoments, type LayerStatistics } from './layer-statistics.ts';
import { isFusedAway } from './operators.ts';
import { pairedStatistics, type Scratch } from './paired-statistics.ts';
import { quantizeParameters } from './parameters.ts';
import { planQuantization, type QuantizationPlace, type QuantizationPlan } from './plan.ts';
import { type LayerPrecisions, leftInFloat, onGrid, type Widths, widthsOf } from './precisions.ts';
import { type FaceGrids, faceGrids, isQuantizedInside, readQuantizedFaces } from './quantized-faces.ts';
import { type RangeMethod, type RoundingMethod, SCHEMES, type Scheme, type SchemeName, WIDE_OPSET, type WeightCare } from './scheme.ts';
import { composeGelu, GELU_OPSET, writesOutGelu } from './whole-gelu.ts';

export interface QuantizeOptions {
  readonly scheme: SchemeName;
  readonly range: RangeMethod;
  /** For the `percentile` range; 99.99 where nothing is said. */
  readonly percentile?: number;
  /** `second-order` where nothing is said. */
  readonly rounding?: RoundingMethod;
  /** `channel` where nothing is said. */
  readonly granularity?: WeightCare['granularity'];
  /** True where nothing is said, for second-order rounding; biases are corrected with nearest rounding only where asked. */
  readonly biasCorrection?: boolean;
  /**
   * Rounds of fitting layers to what they see once the others are quantized: the model is written to `scratch` and run beside the float one, and
   * weights and biases give the float layer's output from quantized inputs. None where left out.
   */
  readonly refine?: { readonly rounds: number; readonly scratch: Scratch };
  /** `everywhere` where nothing is said. */
  readonly place?: QuantizationPlace;
  /** Layers that stay in float or have wide activations, by the name of the value that each makes. */
  readonly layers?: LayerPrecisions;
  /** Inputs at the ends of what callers may send, for ranges by min-max alone. */
  readonly extremes?: readonly NamedArrays[];
  /** Least and largest value that callers make use of in outputs, such as 0 and 1 of an image: what lies outside is cut off by quantizing. */
  readonly outputRange?: readonly [low: number, high: number];
  /** What calibration has seen, for models that are quantized several times: `key` stands for the file and the inputs. */
  readonly seen?: { readonly key: string; readonly known: Map<string, Calibrated> };
  readonly executor: Executor;
  /** The file that `model` was read from: what calibration runs. */
  readonly modelPath: string;
  /** Inputs in the model's own range and layout; gone through once, and once more in each round of refining. */
  readonly calibration: AsyncIterable<NamedArrays> | Iterable<NamedArrays>;
  readonly progress?: (done: number) => void;
  readonly signal?: AbortSignal;
}

/** Distributions by value, and windows of layers by the value that each makes. */
export interface Calibrated {
  readonly histograms: ReadonlyMap<string, Histogram>;
  readonly layers: ReadonlyMap<string, LayerMoments>;
}

export interface QuantizeResult {
  /** A new model with QuantizeLinear and DequantizeLinear pairs; the one given is untouched. */
  readonly model: Model;
  readonly encodings: Encodings;
  /** Sentences for the log: the opset that was raised, nodes that stay in float. */
  readonly notes: readonly string[];
  readonly quantizedNodes: number;
  readonly floatNodes: readonly string[];
}

/**
 * Static quantization to a QDQ model. Weights are symmetric, per output channel for convolutions and per tensor for matrix products (what
 * HTP takes); activations asymmetric per tensor; biases int32 at input scale × weight scale; moved data (shuffles, reshapes) keeps its
 * source's parameters, so a DepthToSpace stays inside of the quantized part. Conversions at the faces (DequantizeLinear of an input,
 * QuantizeLinear before an output) stay, take in the arithmetic beside them, and what they convert has their parameters: nothing is rounded
 * twice. GELUs written out become one operator (opset 20). With weights alone (`w8`) everything else stays as it is. Throws UserError for
 * models that are quantized inside, and for those without float32 operators.
 */
export async function quantizeModel(source: Model, options: QuantizeOptions): Promise<QuantizeResult> {
  const scheme = SCHEMES[options.scheme];
  const draft = prepare(source, scheme, options);
  const { plan, grids } = draft;
  let seen = 0;
  const { histograms, layers } = await calibrated(options.seen ? draft.whole : plan, { ...options, progress: (done) => { seen = done; options.progress?.(done); } });
  const activations = encodeActivations(plan, grids, histograms, draft.widths, options);
  let statistics = new Map([...layers].map(([name, moments]) => [name, moments.statistics()]));
  const { refine } = options;
  let done = seen;
  for (let round = 0; refine && round < refine.rounds && scheme.activation; round++) {
    const trial = prepare(source, scheme, options);
    insert(trial, scheme, activations, statistics, options);
    statistics = await pairedStatistics(trial.model, [...layers.keys()], draft.model, { ...options, scratch: refine.scratch, progress: () => options.progress?.(++done) });
  }
  const parameters = insert(draft, scheme, activations, statistics, options);
  const floatNodes = plan.floatNodes.map((n) => n.label);
  const notes = [...draft.notes, ...(floatNodes.length > 0 ? [inFloat(floatNodes)] : [])];
  return { model: draft.model, encodings: { activations, parameters }, notes, quantizedNodes: plan.nodes.length, floatNodes };
}

/** A copy of the model that nothing is inserted in yet. */
interface Draft {
  readonly model: Model;
  readonly plan: QuantizationPlan;
  /** The plan with nothing left out: what is calibrated where several models follow. */
  readonly whole: QuantizationPlan;
  readonly grids: FaceGrids;
  readonly widths: Widths;
  readonly notes: string[];
}

function prepare(source: Model, scheme: Scheme, options: QuantizeOptions): Draft {
  const notes: string[] = [];
  const model = copyOf(source, scheme, options, notes);
  if (isQuantizedInside(model.graph)) throw new UserError('The model is quantized already.', ['Quantize the float model it came from.']);
  const place = scheme.activation ? (options.place ?? 'everywhere') : 'weights';
  if (place === 'everywhere' && scheme.activation?.bits === 8) notes.push(...foldFaces(model));
  const plan = planQuantization(model.graph, place, leftInFloat(options.layers));
  if (plan.nodes.length === 0) throw new UserError('Nothing in the model can be quantized: no float32 operator that has a quantized form.', ['Export the model in float32.']);
  const whole = options.layers ? planQuantization(model.graph, place) : plan;
  return { model, plan, whole, grids: faceGrids(readQuantizedFaces(model.graph), plan, scheme.activation?.bits ?? 8), widths: widthsOf(plan, scheme, options.layers), notes };
}

function copyOf(source: Model, scheme: Scheme, { layers }: QuantizeOptions, notes: string[]): Model {
  const proto = source.toProto();
  const isWide = [...(layers?.values() ?? [])].includes('wide');
  const wanted = [
    { opset: scheme.opset, why: scheme.name }, ...(isWide ? [{ opset: WIDE_OPSET, why: 'activations of 16 bits' }] : []),
    ...(scheme.activation && writesOutGelu(source) ? [{ opset: GELU_OPSET, why: 'Gelu as one operator' }] : []),
  ];
  const needed = wanted.reduce((most, next) => (next.opset > most.opset ? next : most));
  if (source.opset < needed.opset) notes.push(`Opset raised from ${source.opset} to ${needed.opset}, which ${needed.why} needs.`);
  const model = new Model(source.opset < needed.opset ? withOpset(proto, needed.opset) : proto);
  inferShapes(model);
  if (scheme.activation) composeGelu(model);
  return model;
}

/** Runs the file, or takes what a run over the same file, inputs, values and layers has given. */
async function calibrated(plan: QuantizationPlan, options: QuantizeOptions): Promise<Calibrated> {
  const layers = careOf(options).rounding === 'nearest' && !careOf(options).biasCorrection ? new Map<string, LayerMoments>() : layersOf(plan.nodes);
  const inputs = plan.nodes.flatMap((node) => (layers.has(outputName(node)) ? [node.input(0) as Value] : []));
  const values = [...new Set([...plan.activations.values(), ...inputs])];
  const key = JSON.stringify([options.seen?.key, values.map(({ name }) => name), [...layers.keys()]]);
  const known = options.seen?.known.get(key);
  if (known) return known;
  const histograms = await calibrate(options.executor, options.modelPath, options.calibration, values, { ...options, layers: [...layers.values()] });
  options.seen?.known.set(key, { histograms, layers });
  return { histograms, layers };
}

function layersOf(nodes: readonly Node[]): Map<string, LayerMoments> {
  return new Map(nodes.flatMap((node) => {
    const moments = LayerMoments.of(node);
    return moments ? [[outputName(node), moments] as const] : [];
  }));
}

function outputName(node: Node): string {
  return node.output()?.name ?? '';
}

function careOf({ rounding = 'second-order', granularity = 'channel', biasCorrection = rounding === 'second-order' }: QuantizeOptions): WeightCare {
  return { rounding, granularity, biasCorrection };
}

/** Parameters first: their nodes are replaced, but every value keeps its name, by which activations are found again. */
function insert({ model, plan, grids, widths }: Draft, scheme: Scheme, activations: ReadonlyMap<string, Encoding>, statistics: ReadonlyMap<string, LayerStatistics | null>, options: QuantizeOptions): Map<string, Encoding> {
  const { graph, opset } = model;
  const parameters = new Map<string, Encoding>();
  const converted = new Set([...grids.converted].map(({ name }) => name));
  const apart = new Set([...grids.unfused.keys()].map(({ name }) => name));
  const names = plan.nodes.map(outputName);
  plan.nodes.forEach((node, i) => {
    const grid = widths.ofNode(node);
    const input = activations.get(node.input(0)?.name ?? '');
    quantizeParameters(model, node, { weight: scheme.weight, activation: grid, inputEncoding: input && grid ? onGrid(input, grid) : undefined, care: careOf(options), statistics: statistics.get(names[i] as string) ?? null, encodings: parameters });
  });
  for (const [name, encoding] of activations) {
    const value = graph.values.get(name);
    if (value && (!isFusedAway(value) || apart.has(name)) && !converted.has(name)) quantizeActivation(graph, opset, value, encoding, widths);
  }
  graph.sort();
  inferShapes(model);
  return parameters;
}

function inFloat(labels: readonly string[]): string {
  return `${labels.length === 1 ? '1 node stays' : `${labels.length} nodes stay`} in float: ${labels.slice(0, 5).join(', ')}${labels.length > 5 ? ' …' : ''}.`;
}

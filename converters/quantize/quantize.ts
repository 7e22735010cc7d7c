import { type Executor, type NamedArrays, UserError } from '../../models/contracts/index.ts';
import { inferShapes, Model, type Node, type Value } from '../../models/graph/index.ts';
import { withOpset } from '../opset/index.ts';
import { quantizeActivation } from './activations.ts';
import { calibrate } from './calibrate.ts';
import { foldFaces } from './fold-faces.ts';
import { activationEncoding, type Encoding, type Encodings } from './encoding.ts';
import type { Histogram } from './histogram.ts';
import { LayerMoments } from './layer-statistics.ts';
import { isFusedAway } from './operators.ts';
import { quantizeParameters } from './parameters.ts';
import { liveRange, type Range } from './live-range.ts';
import { planQuantization, type QuantizationPlace, type QuantizationPlan } from './plan.ts';
import { type FaceGrids, faceGrids, isQuantizedInside, readQuantizedFaces } from './quantized-faces.ts';
import { chooseRange } from './range.ts';
import { type RangeMethod, type RoundingMethod, SCHEMES, type Scheme, type SchemeName } from './scheme.ts';
import { composeGelu, GELU_OPSET, writesOutGelu } from './whole-gelu.ts';

export interface QuantizeOptions {
  readonly scheme: SchemeName;
  readonly range: RangeMethod;
  /** For the `percentile` range; 99.99 where nothing is said. */
  readonly percentile?: number;
  /** `second-order` where nothing is said. */
  readonly rounding?: RoundingMethod;
  /** `everywhere` where nothing is said. */
  readonly place?: QuantizationPlace;
  /** What calibration has seen, for models that are quantized several times: `key` stands for the file and the inputs. */
  readonly seen?: { readonly key: string; readonly known: Map<string, Calibrated> };
  readonly executor: Executor;
  /** The file that `model` was read from: what calibration runs. */
  readonly modelPath: string;
  /** Inputs in the model's own range and layout. */
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
 * twice. GELUs written out become one operator (opset 20). Throws UserError for models that are quantized inside, and for those without
 * float32 operators.
 */
export async function quantizeModel(source: Model, options: QuantizeOptions): Promise<QuantizeResult> {
  const scheme = SCHEMES[options.scheme];
  const notes: string[] = [];
  const model = copyOf(source, scheme, notes);
  if (isQuantizedInside(model.graph)) throw new UserError('The model is quantized already.', ['Quantize the float model it came from.']);
  if (options.place !== 'layers' && scheme.activation.bits === 8) notes.push(...foldFaces(model));
  const plan = planQuantization(model.graph, options.place);
  if (plan.nodes.length === 0) throw new UserError('Nothing in the model can be quantized: no float32 operator that has a quantized form.', ['Export the model in float32.']);
  const { histograms, layers } = await calibrated(plan, options);
  const grids = faceGrids(readQuantizedFaces(model.graph), plan, scheme.activation.bits);
  const activations = encodeActivations(plan, grids, histograms, scheme, options);
  const parameters = insert(model, plan, scheme, activations, layers, grids);
  const floatNodes = plan.floatNodes.map((n) => n.label);
  if (floatNodes.length > 0) notes.push(`${floatNodes.length === 1 ? '1 node stays' : `${floatNodes.length} nodes stay`} in float: ${floatNodes.slice(0, 5).join(', ')}${floatNodes.length > 5 ? ' …' : ''}.`);
  return { model, encodings: { activations, parameters }, notes, quantizedNodes: plan.nodes.length, floatNodes };
}

function copyOf(source: Model, scheme: Scheme, notes: string[]): Model {
  const proto = source.toProto();
  const needed = Math.max(scheme.opset, writesOutGelu(source) ? GELU_OPSET : 0);
  const why = needed > scheme.opset ? 'Gelu as one operator' : scheme.name;
  if (source.opset < needed) notes.push(`Opset raised from ${source.opset} to ${needed}, which ${why} needs.`);
  const model = new Model(source.opset < needed ? withOpset(proto, needed) : proto);
  inferShapes(model);
  composeGelu(model);
  return model;
}

const WIDE = 16;
/** What HTP gives in 16 bits whatever is asked of it, in steps of 1/65536 and 2/65536 (the rule htp/wide-activation). */
const WIDE_RANGES: Readonly<Record<string, Range>> = { Sigmoid: [0, 65535 / 65536], HardSigmoid: [0, 65535 / 65536], Tanh: [-1, 65534 / 65536] };

function encodeActivations(plan: QuantizationPlan, grids: FaceGrids, histograms: ReadonlyMap<string, Histogram>, scheme: Scheme, options: QuantizeOptions): Map<string, Encoding> {
  const { bits } = scheme.activation;
  const rangeOf = (value: Value): Range | null => {
    const histogram = histograms.get((plan.activations.get(value) ?? value).name);
    return histogram ? chooseRange(histogram, { method: options.range, percentile: options.percentile ?? 99.99, bits }) : null;
  };
  const encodings = new Map<string, Encoding>();
  for (const [value, root] of plan.activations) {
    const given = grids.encodings.get(root);
    if (given) encodings.set(value.name, given);
    const own = bits === WIDE ? WIDE_RANGES[root.producer?.opType ?? ''] : undefined;
    const range = given ? null : (own ?? rangeOf(value));
    if (!range) continue;
    const [low, high] = own ?? liveRange(value, range, rangeOf);
    encodings.set(value.name, activationEncoding(low, high, bits));
  }
  for (const [value, encoding] of grids.unfused) encodings.set(value.name, encoding);
  return encodings;
}

/** Runs the file, or takes what a run over the same file, inputs, values and layers has given. */
async function calibrated(plan: QuantizationPlan, options: QuantizeOptions): Promise<Calibrated> {
  const layers = options.rounding === 'nearest' ? new Map<string, LayerMoments>() : layersOf(plan.nodes);
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
    const moments = node.is('Conv') ? LayerMoments.of(node) : null;
    return moments ? [[outputName(node), moments] as const] : [];
  }));
}

function outputName(node: Node): string {
  return node.output()?.name ?? '';
}

/** Parameters first: their nodes are replaced, but every value keeps its name, by which activations are found again. */
function insert(model: Model, plan: QuantizationPlan, scheme: Scheme, activations: ReadonlyMap<string, Encoding>, layers: Calibrated['layers'], { converted, unfused }: FaceGrids): Map<string, Encoding> {
  const { graph, opset } = model;
  const parameters = new Map<string, Encoding>();
  const onGrid = new Set([...converted].map(({ name }) => name));
  const apart = new Set([...unfused.keys()].map(({ name }) => name));
  for (const node of plan.nodes) {
    const inputEncoding = activations.get(node.input(0)?.name ?? '');
    quantizeParameters(model, node, { scheme, inputEncoding, statistics: layers.get(outputName(node))?.statistics() ?? null, encodings: parameters });
  }
  for (const [name, encoding] of activations) {
    const value = graph.values.get(name);
    if (value && (!isFusedAway(value) || apart.has(name)) && !onGrid.has(name)) quantizeActivation(graph, opset, value, encoding, scheme);
  }
  graph.sort();
  inferShapes(model);
  return parameters;
}

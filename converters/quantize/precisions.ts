import type { Node, Value } from '../../models/graph/index.ts';
import { activationEncoding, type Encoding } from './encoding.ts';
import { dataInputs, isFusedAway, isLinear } from './operators.ts';
import type { LeaveOut, QuantizationPlan } from './plan.ts';
import { type Grid, type Scheme, WIDE } from './scheme.ts';

/** A layer that does not follow the scheme: left in float, or with activations of 16 bits before and behind it. */
export type LayerPrecision = 'float' | 'wide';

/** By the name of the value that a layer makes. */
export type LayerPrecisions = ReadonlyMap<string, LayerPrecision>;

/** Which grid activations are on. */
export interface Widths {
  /** What a node of the plan reads and makes; null where activations stay in float. */
  ofNode(node: Node): Grid | null;
  ofValue(value: Value): Grid | null;
}

/** Layers left in float, and with each the Relu or Clip that is fused with it. */
export function leftInFloat(layers: LayerPrecisions = new Map()): LeaveOut {
  return (node) => layers.get(layerOf(node).output()?.name ?? '') === 'float';
}

/**
 * Grids by node and value, by name, so that they hold while nodes are replaced. A linear layer with the Relu or Clip behind it reads and makes one
 * width: what HTP's kernels take. What else computes or moves is wide where something that it reads is; a value has the width of what makes it, and
 * one that nothing quantized makes is wide where all that reads it is. Readers of another width get a conversion.
 */
export function widthsOf(plan: QuantizationPlan, { activation }: Scheme, layers: LayerPrecisions = new Map()): Widths {
  const nodes = new Map<string, Grid>();
  if (activation) {
    for (const node of plan.nodes) nodes.set(nameOf(node), isWide(node, nodes, layers) ? WIDE : activation);
  }
  const ofNode = (node: Node): Grid | null => nodes.get(nameOf(node)) ?? activation;
  const ofValue = (value: Value): Grid | null => {
    const made = value.producer && nodes.get(nameOf(value.producer));
    if (made) return made;
    const readers = [...value.uses].flatMap(({ node }) => nodes.get(nameOf(node)) ?? []);
    return readers.length > 0 && readers.every((grid) => grid === WIDE) ? WIDE : activation;
  };
  const values = new Map([...plan.activations.keys()].map((value) => [value.name, ofValue(value)]));
  return { ofNode, ofValue: (value) => values.get(value.name) ?? ofValue(value) };
}

/** The same range on another grid. */
export function onGrid(encoding: Encoding, { bits }: Grid): Encoding {
  if (encoding.bits === bits) return encoding;
  const { scale: [scale = 1], zeroPoint: [zeroPoint = 0] } = encoding;
  return activationEncoding(-zeroPoint * scale, (2 ** encoding.bits - 1 - zeroPoint) * scale, bits);
}

/** A linear layer itself, or the one that a Relu or Clip is fused with. */
function layerOf(node: Node): Node {
  const [input] = node.inputs;
  return !isLinear(node) && input?.producer && isFusedAway(input) ? input.producer : node;
}

function isWide(node: Node, known: ReadonlyMap<string, Grid>, layers: LayerPrecisions): boolean {
  const layer = layerOf(node);
  if (isLinear(layer)) return layers.get(nameOf(layer)) === 'wide';
  return dataInputs(node).some((i) => {
    const producer = node.input(i)?.producer;
    return producer !== null && producer !== undefined && known.get(nameOf(producer)) === WIDE;
  });
}

function nameOf(node: Node): string {
  return node.outputs.find((value) => value)?.name ?? '';
}

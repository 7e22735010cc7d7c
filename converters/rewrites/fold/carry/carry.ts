import { type Node, Patch, type Value } from '../../../../models/graph/index.ts';
import { Tensor } from '../../../../models/onnx/index.ts';
import type { Proposal, Refusal, Rewrite, RewriteContext } from '../../rewrite.ts';
import { writeConv } from '../../weights/index.ts';
import { sameShape } from '../sum.ts';
import { tapCount } from '../taps.ts';
import { type ChannelMap, readChannelMap, removableNodes } from './channel-map.ts';
import { type Layer, readChain } from './chain.ts';
import { carryMode } from './mode.ts';
import { valueRange } from './value-range.ts';
import { type Cargo, widen } from './widen.ts';

/** Convolution channels of HTP come in granules of this many (compiled figures, qnn-ep §4). */
const GRANULE = 32;

/** y = f(x) + repeat(x) across a chain of convolutions and activations. */
export const carryResidual: Rewrite = {
  id: 'fold/carry-residual', title: 'Long residual carried through the layers in extra channels', exactness: 'exact', face: 'same', opTypes: ['Add'],
  doc: `z_L = W_L·act(… act(W_1·x)) + M·x, M repeating or reordering channels: x passes every layer in c extra channels by identity taps and is
added by the last kernel; the sum and what spelled M·x disappear. Exact where the activations leave the carried values alone:
  x ≥ 0 proved (Relu, Clip, Sigmoid before it, or the input contract)   c channels, taps 1
  x ≥ −m proved                                                         c channels, first bias +m, last bias −m
  nothing known, Relu only                                              2c channels relu(x), relu(−x); last taps +1, −1
  PRelu, LeakyRelu                                                      slope 1 on the carried channels, any x
  Clip                                                                  both bounds must lie outside of the carried range
Conditions: a plain chain (stride 1, groups 1, size kept, one consumer each). Costs c channels a layer: on HTP free up to the next multiple
of 32, dear beyond it in fp16, so it refuses there.`,
  match,
};

function match(node: Node, context: RewriteContext): Proposal | Refusal | null {
  const output = node.output();
  if (!output) return null;
  let refusal: Refusal | null = null;
  for (const [index, end] of node.inputs.entries()) {
    const anchor = node.input(1 - index);
    if (!end?.producer?.is('Conv') || !anchor || anchor === end || !sameShape(end, output) || !sameShape(anchor, output)) continue;
    const map = readChannelMap(anchor);
    if (!map) continue;
    const layers = readChain(map.source, end);
    const result = typeof layers === 'string' ? refuse([end.producer, node], `no plain chain leads from "${map.source.name}" to the sum: ${layers}`) : propose(node, output, map, layers, context);
    if (result.kind === 'proposal') return result;
    refusal = result;
  }
  return refusal;
}

function propose(node: Node, output: Value, map: ChannelMap, layers: readonly Layer[], context: RewriteContext): Proposal | Refusal {
  const nodes = [...layers.flatMap((l) => [l.conv.node, ...(l.activation ? [l.activation] : [])]), ...map.nodes, node];
  const range = valueRange(map.source, context.contracts);
  const mode = layers.length === 1 ? ({ kind: 'plain' } as const) : carryMode(layers, range);
  if (typeof mode === 'string') return refuse(nodes, mode);
  if (layers.length === 1 && map.nodes.length === 0) return refuse(nodes, 'one layer: this is fold/skip');
  const cargo: Cargo = { channels: [...new Set(map.map)], signs: mode.kind === 'split' ? [1, -1] : [1], mode, map: map.map };
  const dear = crossesGranule(layers, cargo, context);
  if (dear) return refuse(nodes, dear);
  const patch = new Patch(context.graph, context.opset);
  const rebuilt = rebuild(patch, layers, cargo);
  if (typeof rebuilt === 'string') return refuse(nodes, rebuilt);
  patch.replace(output, rebuilt).remove(...layers.flatMap((l) => [l.conv.node, ...(l.activation ? [l.activation] : [])]), ...removableNodes(map, [node]), node);
  const extra = layers.length === 1 ? 0 : cargo.channels.length * cargo.signs.length;
  return {
    kind: 'proposal', patch, nodes, reason: `"${map.source.name}" reaches the sum through ${layers.length} layers in ${extra} extra channels (${describe(mode.kind, range)})`,
    facts: { 'extra channels': extra, 'added MACs per position': addedMacs(layers, extra), 'elements no longer added per position': map.map.length },
    ranges: mode.kind !== 'split' && Number.isFinite(range[0]) && Number.isFinite(range[1]) ? new Map([[map.source.name, range]]) : new Map(),
  };
}

function refuse(nodes: readonly Node[], reason: string): Refusal {
  return { kind: 'refusal', nodes, reason };
}

function describe(kind: string, [low, high]: readonly [number, number]): string {
  if (kind === 'split') return 'relu(x) and relu(−x)';
  return kind === 'shifted' ? `shifted, range [${low}, ${high}]` : `range [${low}, ${high}]`;
}

/** Fp16 traffic rises when a layer grows over a multiple of 32 (compiled: 61.5 to 83.3 MB for 32 → 35); quantized traffic does not. */
function crossesGranule(layers: readonly Layer[], cargo: Cargo, { target, precision }: RewriteContext): string | null {
  if (target.kind !== 'htp' || precision.startsWith('w') || layers.length === 1) return null;
  const extra = cargo.channels.length * cargo.signs.length;
  const layer = layers.slice(0, -1).find((l) => Math.ceil((l.conv.outChannels + extra) / GRANULE) > Math.ceil(l.conv.outChannels / GRANULE));
  return layer ? `${layer.conv.node.label} would grow from ${layer.conv.outChannels} to ${layer.conv.outChannels + extra} channels, over a granule of ${GRANULE}: dear in fp16` : null;
}

function addedMacs(layers: readonly Layer[], extra: number): number {
  return layers.reduce((sum, { conv }, i) => {
    const [inExtra, outExtra] = [i === 0 ? 0 : extra, i === layers.length - 1 ? 0 : extra];
    return sum + ((conv.inChannels + inExtra) * (conv.outChannels + outExtra) - conv.inChannels * conv.outChannels) * tapCount(conv.kernel);
  }, 0);
}

function rebuild(patch: Patch, layers: readonly Layer[], cargo: Cargo): Value | string {
  let at: Value = (layers[0] as Layer).conv.input;
  for (const [i, layer] of layers.entries()) {
    const wide = widen(layer, cargo, { first: i === 0, last: i === layers.length - 1 });
    const keepsBias = layer.conv.bias || wide.bias.some((b) => b !== 0);
    const written = writeConv(layer.conv, patch, { ...wide, bias: keepsBias ? wide.bias : null, input: at });
    if (typeof written === 'string') return written;
    const activated = layer.activation ? activate(patch, layer, written, wide.outChannels) : written;
    if (typeof activated === 'string') return activated;
    at = activated;
  }
  return at;
}

/** The activation behind a widened layer; slopes become per channel with ones for the carried. */
function activate(patch: Patch, { activation, conv }: Layer, input: Value, channels: number): Value | string {
  const node = activation as Node;
  if (node.is('Relu', 'Clip')) return patch.node(node.opType, [input, ...node.inputs.slice(1)], { like: node, attributes: boundsOf(node) });
  const slope = node.is('PRelu') ? node.input(1)?.constant?.numbers() : [node.attributes.float('alpha', 0.01)];
  if (!slope || (slope.length !== 1 && slope.length !== conv.outChannels)) return `the slope of ${node.label} is not constant, or not per channel`;
  const slopes = Array.from({ length: channels }, (_, c) => (c < conv.outChannels ? (slope[slope.length === 1 ? 0 : c] as number) : 1));
  const tensor = Tensor.of(conv.dtype, [channels, ...conv.kernel.map(() => 1)], slopes);
  return patch.node('PRelu', [input, patch.constant(tensor, node.input(1)?.name ?? `${node.label}.slope`)], { like: node });
}

function boundsOf(node: Node): Record<string, { readonly float: number }> {
  const bounds: Record<string, { readonly float: number }> = {};
  for (const name of ['min', 'max']) if (node.attributes.has(name)) bounds[name] = { float: node.attributes.float(name, 0) };
  return bounds;
}

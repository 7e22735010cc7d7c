import type { Graph, Node, Value } from '../../../models/graph/index.ts';
import { weightEncoding } from '../../quantize/encoding.ts';
import type { Grain, IntEncoding, TensorEncoding } from '../encoding.ts';
import { layoutOf } from '../model/layout.ts';
import { biasLayers, derivedBias } from '../qdq/derived-bias.ts';
import { type Grid, gridOf } from '../qdq/codes.ts';

/**
 * The encoding of a parameter whose values a rewrite computed anew, of the same type and granularity as `like`, from the values' extremes; the
 * reason where it cannot be told (blocks, grids without the ends of the range).
 */
export function recomputedParameter(value: Value, like: TensorEncoding): TensorEncoding | string {
  const tensor = value.constant;
  const layout = layoutOf(value);
  if (!tensor || !layout) return 'its values are not constant';
  if (like.kind === 'float') return { ...like, name: value.name };
  if (like.kind !== 'int') return `${like.kind === 'lpbq' ? 'LPBQ scales' : `scales of ${like.dtype}`} are not computed here`;
  if (like.grain.kind === 'block') return 'scales of blocks are not computed here';
  const axis = like.grain.kind === 'channel' ? layout.channelAxis : null;
  const grain: Grain = axis === null ? { kind: 'tensor' } : { kind: 'channel', axis };
  const named = { ...like, name: value.name, section: 'parameter' as const, grain, range: null };
  if (like.zeroPoint.every((zero) => zero === 0) && like.signed) {
    const { scale, zeroPoint } = weightEncoding(tensor.numbers(), tensor.dims, axis, like.bits);
    return { ...named, scale, zeroPoint };
  }
  return axis === null
    ? { ...named, ...asymmetric(tensor.numbers(), like) }
    : 'scales per channel with zero elsewhere than in the middle are not computed here';
}

/** int32 at input scale × weight scale; null where the bias's layers have none. */
export function recomputedBias(value: Value, like: IntEncoding, encodings: ReadonlyMap<string, TensorEncoding>): IntEncoding | null {
  const grids = (v: Value): Grid | null => {
    const encoding = encodings.get(v.name);
    return encoding && (encoding.kind === 'int' || encoding.kind === 'lpbq') ? gridOf(encoding) : null;
  };
  const [first] = (biasLayers(value) ?? []).map((node: Node) => derivedBias(node, grids));
  return first ? { ...like, ...first, name: value.name, range: null } : null;
}

/** The encoding that most weights of a file have, for weights that are new. */
export function commonestWeight(graph: Graph, encodings: ReadonlyMap<string, TensorEncoding>): TensorEncoding | null {
  const counts = new Map<string, { encoding: TensorEncoding; count: number }>();
  for (const encoding of encodings.values()) {
    const value = graph.values.get(encoding.name);
    if (!value || !isWeight(value)) continue;
    const key = encoding.kind === 'int' ? `${encoding.bits} ${encoding.signed} ${encoding.grain.kind}` : encoding.kind;
    counts.set(key, { encoding, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return [...counts.values()].sort((a, b) => b.count - a.count)[0]?.encoding ?? null;
}

export function isWeight(value: Value): boolean {
  return (
    value.constant !== null && [...value.uses].some(({ node, index }) => index === 1 && node.is('Conv', 'ConvTranspose', 'Gemm', 'MatMul'))
  );
}

function asymmetric(values: Float64Array, { bits, signed, strict }: IntEncoding): Pick<IntEncoding, 'scale' | 'zeroPoint'> {
  const low = values.reduce((a, b) => Math.min(a, b), 0);
  const high = values.reduce((a, b) => Math.max(a, b), 0);
  const steps = 2 ** bits - (strict ? 2 : 1);
  const scale = Math.fround(Math.max(high - low, 1e-6) / steps);
  const zero = Math.min(steps, Math.max(0, Math.round(-low / scale)));
  return { scale: [scale], zeroPoint: [zero - (signed ? 2 ** (bits - 1) : 0)] };
}

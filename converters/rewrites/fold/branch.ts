import { type Node, staticShape, type Value } from '../../../models/graph/index.ts';
import { type ConvView, readConv } from '../weights/index.ts';
import { readAffine } from './affine.ts';

/** One linear function of `source`, as a summand. */
export interface Branch {
  readonly kind: 'conv' | 'identity' | 'scaled' | 'pool';
  readonly source: Value;
  /** Nodes that the branch is made of; they go when it is merged. */
  readonly nodes: readonly Node[];
  readonly conv: ConvView | null;
  /** Per channel for `scaled`: y = scale·x + shift. A BatchNormalization is of this kind, `normalises` says so. */
  readonly scale: Float64Array | null;
  readonly shift: Float64Array | null;
  readonly normalises: boolean;
  /** Window of a `pool`. */
  readonly kernel: readonly number[];
  readonly padsBegin: readonly number[];
}

/** A convolution as a summand. It must have no other consumer; the reason otherwise. */
export function convBranch(value: Value): Branch | string {
  const node = value.producer;
  if (!node?.is('Conv')) return 'no convolution';
  if (value.soleConsumer === null) return `the output of ${node.label} has other consumers or is a graph output`;
  const conv = readConv(node);
  if (typeof conv === 'string') return conv;
  if (!conv.pads) return `the padding of ${node.label} depends on a size that is not known`;
  return { kind: 'conv', source: conv.input, nodes: [node], conv, scale: null, shift: null, normalises: false, kernel: conv.kernel, padsBegin: conv.pads.begin };
}

/** `value` as a linear function of `source` other than a convolution: itself, a per-channel scale, a BatchNormalization, an average pool; null when it is none. */
export function skipBranch(value: Value, source: Value, channels: number): Branch | null {
  const plain = { source, conv: null, scale: null, shift: null, normalises: false, kernel: [], padsBegin: [] };
  if (value === source) return { ...plain, kind: 'identity', nodes: [] };
  const node = value.producer;
  if (!node || node.input(0) === null || value.soleConsumer === null) return null;
  const affine = readAffine(node, channels);
  if (typeof affine !== 'string' && affine.input === source) {
    return { ...plain, kind: 'scaled', nodes: [node], scale: affine.scale, shift: affine.shift, normalises: node.is('BatchNormalization') };
  }
  return poolBranch(node, source, plain);
}

function poolBranch(node: Node, source: Value, plain: Omit<Branch, 'kind' | 'nodes'>): Branch | null {
  const { attributes: a } = node;
  const kernel = a.ints('kernel_shape');
  if (!node.is('AveragePool') || node.input(0) !== source || !kernel || a.int('ceil_mode', 0) !== 0 || a.string('auto_pad', 'NOTSET') !== 'NOTSET') return null;
  const pads = a.ints('pads') ?? kernel.map(() => 0).concat(kernel.map(() => 0));
  const counts = a.int('count_include_pad', 0) === 1 || pads.every((p) => p === 0);
  const plainWindow = (a.ints('strides') ?? []).every((s) => s === 1) && (a.ints('dilations') ?? []).every((d) => d === 1);
  return counts && plainWindow ? { ...plain, kind: 'pool', nodes: [node], kernel, padsBegin: pads.slice(0, kernel.length) } : null;
}

/** Channel count of an NC… value, or null. */
export function channelCount(value: Value): number | null {
  const shape = value.type.shape;
  const channels = shape?.[1];
  return shape && shape.length >= 3 && typeof channels === 'number' ? channels : (staticShape(value.type)?.[1] ?? null);
}

import type { Node, Value } from '../../../../models/graph/index.ts';
import { type ConvView, readConv } from '../../weights/index.ts';

/** One layer on the way from a source to the sum: a convolution and what follows it before the next one. */
export interface Layer {
  readonly conv: ConvView;
  /** Relu, PRelu, LeakyRelu or Clip behind the convolution; null at the last one and where layers follow directly. */
  readonly activation: Node | null;
  /** The tap at which the identity lies. */
  readonly center: readonly number[];
}

const ACTIVATIONS = ['Relu', 'PRelu', 'LeakyRelu', 'Clip'];

/** Layers from `source` to `end`, first layer first. Every value on the way has one consumer. The reason where the way is not such a chain. */
export function readChain(source: Value, end: Value): Layer[] | string {
  const layers: Layer[] = [];
  let at = end;
  for (let steps = 0; steps < 1000; steps++) {
    if (at.soleConsumer === null) return `"${at.name}" has other consumers or is a graph output`;
    let node = at.producer;
    const activation = node?.is(...ACTIVATIONS) ? node : null;
    if (activation) {
      const inner = activation.input(0);
      if (inner?.soleConsumer !== activation) return `"${inner?.name}" has other consumers or is a graph output`;
      node = inner.producer;
    }
    if (!node) return `the way back from the sum ends at "${at.name}", not at "${source.name}"`;
    if (!node.is('Conv')) return `${node.opType} ${node.label} stands in the way`;
    const layer = readLayer(node, activation);
    if (typeof layer === 'string') return layer;
    layers.unshift(layer);
    if (layer.conv.input === source) return layers;
    at = layer.conv.input;
  }
  return 'the chain is too long';
}

function readLayer(node: Node, activation: Node | null): Layer | string {
  const conv = readConv(node);
  if (typeof conv === 'string') return conv;
  if (conv.group !== 1) return `${node.label} is grouped`;
  if (!conv.pads || conv.strides.some((s) => s !== 1)) return `${node.label} is strided, or its padding is not known`;
  const center: number[] = [];
  for (const [axis, size] of conv.kernel.entries()) {
    const [begin, end, dilation] = [conv.pads.begin[axis] as number, conv.pads.end[axis] as number, conv.dilations[axis] as number];
    if (begin + end !== dilation * (size - 1) || begin % dilation !== 0) return `${node.label} does not keep the size, or its middle falls between taps`;
    center.push(begin / dilation);
  }
  return { conv, activation, center };
}

import type { Graph, Node, Value } from '../../../models/graph/index.ts';
import type { Section } from '../encoding.ts';

/** What the format takes for granted about a tensor, and only the model knows. */
export interface TensorLayout {
  readonly section: Section;
  readonly dims: readonly number[];
  /** Output channels of the layer that reads it. */
  readonly channelAxis: number;
  /** Its input channels, along which blocks lie. */
  readonly blockAxis: number;
  /** 1.0.0 lists [blocks, channels] (ConvTranspose) instead of [channels, blocks]. */
  readonly blocksFirst: boolean;
}

/** Layouts by tensor name; null for one that the model lacks or whose shape is open. */
export interface TensorLayouts {
  of(name: string): TensorLayout | null;
}

/** Layouts of a graph whose shapes are inferred, as the graph is now. */
export function layoutsOf(graph: Graph): TensorLayouts {
  return { of: (name) => layoutOf(graph.values.get(name)) };
}

export function layoutOf(value: Value | undefined): TensorLayout | null {
  const shape = value?.type.shape;
  if (!value || !shape) return null;
  const section = value.constant ? 'parameter' : 'activation';
  const dims = shape.map((dim) => (typeof dim === 'number' ? dim : -1));
  const rank = dims.length;
  const reader = readerOf(value);
  const of = (channelAxis: number, blockAxis: number, blocksFirst = false): TensorLayout => ({
    section,
    dims,
    channelAxis,
    blockAxis,
    blocksFirst,
  });
  if (!value.constant) return of(Math.min(1, rank - 1), 1);
  if (!reader) return of(onlyWideAxis(dims), 1);
  if (reader.is('ConvTranspose')) return of(1, 0, true);
  if (reader.is('MatMul')) return of(rank - 1, Math.max(0, rank - 2));
  if (reader.is('Gemm')) return reader.attributes.int('transB', 0) ? of(0, 1) : of(1, 0);
  return of(0, 1);
}

export function normalAxis(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** The layer whose weight the value is. */
function readerOf(value: Value): Node | null {
  for (const { node, index } of value.uses) if (index === 1 && node.is('Conv', 'ConvTranspose', 'Gemm', 'MatMul')) return node;
  return null;
}

/** Biases, slopes, summands: the one axis that is longer than 1. */
function onlyWideAxis(dims: readonly number[]): number {
  return Math.max(
    0,
    dims.findIndex((dim) => dim > 1),
  );
}

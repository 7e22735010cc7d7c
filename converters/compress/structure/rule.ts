import type { AttributeValue, Node, Value } from '../../../models/graph/index.ts';
import type { Tensor } from '../../../models/onnx/index.ts';
import type { Removed, Track } from './track.ts';

/** A node that tracked values reach. */
export interface Reached {
  readonly node: Node;
  readonly opset: number;
  /** Tracks of its inputs, by position. */
  readonly tracks: ReadonlyMap<number, Track>;
}

/** How a node computes the same without some units. */
export interface Narrowing {
  /** Tracks of its outputs; an output that is not here keeps its shape: the units end in this node. */
  readonly outputs: ReadonlyMap<number, Track>;
  /** Parameters that lose the units too, by position. */
  readonly parameters?: ReadonlyMap<number, Track>;
  readonly attributes?: (removed: Removed) => Readonly<Record<string, AttributeValue | undefined>>;
  /** Inputs with new constants, by position; positions behind the last input are added. */
  readonly constants?: (removed: Removed) => ReadonlyMap<number, Tensor>;
}

/** What a node makes of the tracks that reach it, or the reason why the units cannot go. */
export type Rule = (reached: Reached) => Narrowing | string;

/** The same track on input 0 and on every output, nothing else to do. */
export function pass({ node }: Reached, track: Track): Narrowing {
  return { outputs: new Map(node.outputs.flatMap((value, i) => (value ? [[i, track]] : []))) };
}

/** A rule for nodes whose first input alone has the units; `rank` is that input's. */
export const onData = (rule: (reached: Reached, track: Track, rank: number) => Narrowing | string): Rule => (reached) => {
  const { node, tracks } = reached;
  const [track, rank] = [tracks.get(0), rankOf(node.input(0))];
  if (!track || tracks.size > 1) return `${node.label} (${node.opType}) takes them as something else than its data`;
  return rank === null ? `${node.label}: its shapes are not known` : rule(reached, track, rank);
};

export function rankOf(value: Value | null): number | null {
  return value?.type.shape?.length ?? null;
}

export function normalAxis(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** Values of a constant integer input; null where it is absent or not constant. */
export function constantInts(value: Value | null): number[] | null {
  return value?.constant ? [...value.constant.numbers()] : null;
}

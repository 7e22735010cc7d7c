import { dtypeBytes } from '../../../models/contracts/index.ts';
import { type Model, nodeCost, staticShape, type Value } from '../../../models/graph/index.ts';
import { foldedNodes } from './folded-nodes.ts';

/** Bytes that one run moves, by arithmetic on shapes; null where dimensions are open. */
export interface BytesMoved {
  /** What no machine can go below: inputs and weights read once, outputs written once. */
  readonly least: number | null;
  /** Every node reading its inputs, constants included, and writing its outputs once: a machine that keeps nothing between nodes. What depends on constants alone was computed before. */
  readonly everyNode: number | null;
}

/** Bounds of what a model moves. Shapes must be inferred (`inferShapes`, `bindInputShapes`). */
export function bytesMoved(model: Model): BytesMoved {
  const folded = foldedNodes(model.graph);
  const costs = [...model.graph.nodes()].filter((node) => !folded.has(node)).map(nodeCost);
  const faces = sum([...model.graph.inputs.filter(({ initializer }) => !initializer), ...new Set(model.graph.outputs)].map(bytesOf));
  const weights = sum([...constantsOf(model)].map(bytesOf));
  return { least: faces === null || weights === null ? null : faces + weights, everyNode: sum(costs.flatMap(({ readBytes, writeBytes }) => [readBytes, writeBytes])) };
}

/** Bytes of a value; null where its size is not known. */
export function bytesOf({ type }: Value): number | null {
  const shape = staticShape(type);
  return shape && type.dtype ? dtypeBytes(type.dtype, shape.reduce((a, b) => a * b, 1)) : null;
}

function constantsOf({ graph }: Model): Set<Value> {
  const used = new Set<Value>();
  for (const node of graph.nodes()) for (const value of node.inputs) if (value && (value.constant || value.initializer)) used.add(value);
  return used;
}

function sum(parts: readonly (number | null)[]): number | null {
  return parts.reduce<number | null>((total, part) => (total === null || part === null ? null : total + part), 0);
}

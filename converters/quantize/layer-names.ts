import type { Model, Node } from '../../models/graph/index.ts';
import { staticShape } from '../../models/graph/index.ts';
import { weightOf } from './operators.ts';

/** A linear layer with constant weights. */
export interface NamedLayer {
  /** Name of the value that it makes: how layers are told apart. */
  readonly id: string;
  readonly label: string;
  readonly opType: string;
  /** Elements that go in and come out; null where sizes are open. */
  readonly activations: number | null;
}

/** The layers of a typed graph that can have a precision of their own, in order. */
export function namedLayers({ graph }: Model): NamedLayer[] {
  return [...graph.nodes()].filter((node) => node.isOnnx && weightOf(node)).map((node) => ({
    id: node.output()?.name ?? '', label: node.label, opType: node.opType, activations: activationsOf(node),
  }));
}

function activationsOf(node: Node): number | null {
  const shapes = [node.input(0), node.output()].map((value) => staticShape(value?.type));
  return shapes.every((shape) => shape) ? shapes.reduce((sum, shape) => sum + (shape as number[]).reduce((a, b) => a * b, 1), 0) : null;
}

import { dtypeBytes } from '../../contracts/dtype.ts';
import type { Model } from '../model.ts';
import type { Node } from '../node.ts';
import { staticShape } from '../types.ts';
import type { Value } from '../value.ts';
import { macsOf } from './macs.ts';
import { parametersOf } from './parameters.ts';

/** What a node costs by arithmetic alone; null where a shape or element type is not known. */
export interface NodeCost {
  readonly macs: number | null;
  /** Elements of the trained tensors among its inputs. */
  readonly parameters: number;
  /** Bytes of all inputs, constants included, each read once. */
  readonly readBytes: number | null;
  /** Bytes of all outputs; none for constants. */
  readonly writeBytes: number | null;
}

export interface ModelCost {
  readonly nodes: number;
  /** Sums over all nodes; null where a node's figure is not known, e.g. for open dimensions. */
  readonly macs: number | null;
  /** Elements of distinct trained tensors: shared weights count once. */
  readonly parameters: number;
  readonly parameterBytes: number;
  readonly readBytes: number | null;
  /** Bytes of all activations: values that nodes compute, constants not among them. */
  readonly activationBytes: number | null;
}

/** Costs of one node from the types of its values; run `inferShapes` before. */
export function nodeCost(node: Node): NodeCost {
  const parameters = parametersOf(node).reduce((sum, tensor) => sum + tensor.size, 0);
  if (node.is('Constant')) return { macs: 0, parameters, readBytes: 0, writeBytes: 0 };
  return { macs: macsOf(node), parameters, readBytes: bytesOf(new Set(node.inputs)), writeBytes: bytesOf(node.outputs) };
}

/** Totals of a model. */
export function modelCost(model: Model): ModelCost {
  const nodes = [...model.graph.nodes()];
  const costs = nodes.map(nodeCost);
  const trained = [...new Set(nodes.flatMap(parametersOf))];
  return {
    nodes: nodes.length,
    macs: sum(costs.map((cost) => cost.macs)),
    parameters: trained.reduce((total, tensor) => total + tensor.size, 0),
    parameterBytes: trained.reduce((total, tensor) => total + (dtypeBytes(tensor.dtype, tensor.size) ?? 0), 0),
    readBytes: sum(costs.map((cost) => cost.readBytes)),
    activationBytes: sum(costs.map((cost) => cost.writeBytes)),
  };
}

/** Highest rank of any value whose rank is known; null where none is. */
export function maxRank(model: Model): number | null {
  let highest: number | null = null;
  for (const value of model.graph.values.values()) {
    if (value.type.shape) highest = Math.max(highest ?? 0, value.type.shape.length);
  }
  return highest;
}

function bytesOf(values: Iterable<Value | null>): number | null {
  return sum([...values].map((value) => {
    if (!value) return 0;
    const shape = staticShape(value.type);
    return shape && value.type.dtype ? dtypeBytes(value.type.dtype, shape.reduce((a, b) => a * b, 1)) : null;
  }));
}

function sum(parts: readonly (number | null)[]): number | null {
  return parts.reduce<number | null>((total, part) => (total === null || part === null ? null : total + part), 0);
}

import type { Graph, Node, Value } from '../../models/graph/index.ts';
import { dataInputs, isFloat, isFusedAway, isLinear, isQuantizable, movesValues, weightOf } from './operators.ts';

/** What is to be quantized. */
export interface QuantizationPlan {
  /** Every activation that gets parameters, with the one whose range it takes (itself, or the source of the data movement it comes from). */
  readonly activations: ReadonlyMap<Value, Value>;
  readonly nodes: readonly Node[];
  /** Nodes on float data that stay in float, because the operator has no quantized form here, or because they were left out. */
  readonly floatNodes: readonly Node[];
}

/**
 * How far the quantized part reaches. `everywhere`: data movement too, with its source's parameters, so that a shuffle at the end moves bytes;
 * `layers`: only what computes, as quantizers do that know no form of the shuffle; `weights`: linear layers' weights alone.
 */
export type QuantizationPlace = 'everywhere' | 'layers' | 'weights';

/** True for nodes that stay in float although they could be quantized. */
export type LeaveOut = (node: Node) => boolean;

/** Reads a typed graph. Values between a linear layer and the Relu or Clip behind it are left out; moved data shares its source's range. */
export function planQuantization(graph: Graph, place: QuantizationPlace = 'everywhere', leaveOut: LeaveOut = () => false): QuantizationPlan {
  const activations = new Map<Value, Value>();
  const nodes: Node[] = [];
  const floatNodes: Node[] = [];
  const left = (node: Node): boolean => leaveOut(node) || (place === 'layers' && movesValues(node)) || (place === 'weights' && !weightOf(node));
  for (const node of graph.nodes()) {
    const data = dataInputs(node).flatMap((i) => node.input(i) ?? []).filter((v) => !v.constant);
    if (data.length === 0) continue;
    if (!isQuantizable(node) || left(node)) {
      if (place === 'weights' ? isLinear(node) : !node.is('QuantizeLinear', 'DequantizeLinear')) floatNodes.push(node);
      continue;
    }
    nodes.push(node);
    if (place === 'weights') continue;
    for (const value of data) if (!isFusedAway(value) && !activations.has(value)) activations.set(value, value);
    const source = data[0] as Value;
    for (const output of node.outputs) {
      if (!output || !isFloat(output) || isFusedAway(output)) continue;
      const root = movesValues(node) ? activations.get(source) : undefined;
      activations.set(output, root ?? saturated(output));
    }
  }
  return { activations, nodes, floatNodes };
}

/** What a Relu or Clip alone takes has the range of what it gives: saturation is the activation. */
function saturated(value: Value): Value {
  const next = value.soleConsumer;
  return (next?.is('Relu', 'Clip') && next.output()) || value;
}

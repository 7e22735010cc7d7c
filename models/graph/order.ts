import { UserError } from '../contracts/errors.ts';
import { capturedNames } from './captures.ts';
import type { Node } from './node.ts';
import type { Value } from './value.ts';

/** What ordering needs of a graph. */
interface Nodes {
  nodes(): Iterable<Node>;
  readonly values: ReadonlyMap<string, Value>;
}

/** True where every node comes after the producers of its inputs and of what its subgraphs capture. */
export function isSorted(graph: Nodes): boolean {
  const seen = new Set<Node>();
  const captured = capturesByNode(graph);
  const comes = (value: Value | null): boolean => !value?.producer || seen.has(value.producer);
  for (const node of graph.nodes()) {
    if (!node.inputs.every(comes) || captured.get(node)?.every(comes) === false) return false;
    seen.add(node);
  }
  return true;
}

/**
 * Order that keeps file order wherever dependencies allow it: depth-first over producers, nodes visited in file order. Throws UserError
 * for a cycle.
 */
export function stableOrder(graph: Nodes): Node[] {
  const order: Node[] = [];
  const state = new Map<Node, 'open' | 'done'>();
  const captured = capturesByNode(graph);
  const stack: { node: Node; needs: Node[] }[] = [];
  const open = (node: Node): void => {
    state.set(node, 'open');
    const values = [...node.inputs, ...(captured.get(node) ?? [])];
    stack.push({ node, needs: values.flatMap((v) => (v?.producer ? [v.producer] : [])).reverse() });
  };
  for (const root of graph.nodes()) {
    if (!state.has(root)) open(root);
    while (stack.length > 0) {
      const top = stack[stack.length - 1] as { node: Node; needs: Node[] };
      const need = top.needs.pop();
      if (!need) {
        state.set(top.node, 'done');
        order.push(top.node);
        stack.pop();
      } else if (!state.has(need)) open(need);
      else if (state.get(need) === 'open') {
        const cycle = stack.slice(stack.findIndex((s) => s.node === need)).map((s) => s.node.label);
        throw new UserError(`The graph has a cycle: ${cycle.slice(0, 8).join(' → ')} → ${need.label}.`);
      }
    }
  }
  return order;
}

function capturesByNode(graph: Nodes): Map<Node, Value[]> {
  const captured = new Map<Node, Value[]>();
  for (const node of graph.nodes()) {
    if (!node.hasSubgraph) continue;
    captured.set(node, [...capturedNames(node)].flatMap((name) => graph.values.get(name) ?? []));
  }
  return captured;
}

import type { Node } from '../../models/graph/index.ts';

/** Some nodes of a graph in an order in which each follows those that it depends on; otherwise in the order given. */
export function producersFirst(nodes: Iterable<Node>): Node[] {
  const wanted = new Set(nodes);
  const order = new Set<Node>();
  const visit = (node: Node): void => {
    if (order.has(node) || !wanted.has(node)) return;
    for (const value of node.inputs) if (value?.producer) visit(value.producer);
    order.add(node);
  };
  for (const node of wanted) visit(node);
  return [...order];
}

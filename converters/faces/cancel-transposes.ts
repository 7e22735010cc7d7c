import { type Model, Patch } from '../../models/graph/index.ts';

/** Takes out pairs of transposes that undo one another where the second one reads the first, with what only they needed. */
export function cancelTransposes(model: Model): void {
  const { graph } = model;
  for (const node of graph.nodes()) {
    const inner = node.input(0)?.producer;
    const [outer, from] = [node.output(), inner?.input(0)];
    if (!node.is('Transpose') || !inner?.is('Transpose') || !outer || !from) continue;
    const rank = from.type.shape?.length;
    const [first, second] = [inner.attributes.ints('perm'), node.attributes.ints('perm')];
    if (rank === undefined || first?.length !== rank || second?.some((axis, i) => first[axis] !== i) !== false) continue;
    const patch = new Patch(graph, model.opset);
    if (outer.isGraphOutput || outer.isCaptured) {
      if (from.isGraphInput || from.isGraphOutput || from.isCaptured) continue;
    }
    patch.replace(outer, from).remove(node);
    if (inner.output()?.soleConsumer === node) patch.remove(inner);
    patch.apply();
  }
}

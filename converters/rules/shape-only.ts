import type { Graph, Node, Value } from '../../models/graph/index.ts';

/** Input positions that take shapes, indices or sizes: what feeds only these is bookkeeping. */
const SHAPE_INPUTS: Readonly<Record<string, readonly number[]>> = {
  Reshape: [1], Expand: [1], Tile: [1], Slice: [1, 2, 3, 4], Pad: [1, 3], Resize: [1, 2, 3], Upsample: [1], ConstantOfShape: [0], Unsqueeze: [1], Squeeze: [1],
  Split: [1], Range: [0, 1, 2], OneHot: [1], ReduceMean: [1], ReduceSum: [1], ReduceMax: [1], ReduceMin: [1], TopK: [1], Gather: [1], CenterCropPad: [1],
};

/** Nodes whose results reach nothing but shape and index inputs. They disappear once shapes are static. */
export function shapeOnlyNodes(graph: Graph): Set<Node> {
  const found = new Set<Node>();
  for (let node = graph.last; node; node = node.previous) {
    if (node.attached && node.outputs.length > 0 && node.outputs.every((value) => value === null || isBookkeeping(value, found))) found.add(node);
  }
  return found;
}

function isBookkeeping(value: Value, found: ReadonlySet<Node>): boolean {
  if (value.isGraphOutput || value.uses.size === 0) return false;
  for (const { node, index } of value.uses) {
    if (index < 0) return false;
    if (!found.has(node) && !(node.isOnnx && SHAPE_INPUTS[node.opType]?.includes(index))) return false;
  }
  return true;
}

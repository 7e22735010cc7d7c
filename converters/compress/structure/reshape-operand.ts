import { canonicalDim, knownData, type Node } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { keptIndices, type Removed, type Track } from './track.ts';

/**
 * The second input of a Reshape after the removal: `after` is the track of its output, `before` that of its data. What the file computes
 * from other shapes becomes a constant, open dimensions 0 (as in the data) or −1. The reason where that cannot be said.
 */
export function reshapedTo(node: Node, before: Track | null, after: Track, removed: Removed): Tensor | string {
  const [from, to, operand] = [node.input(0)?.type.shape, node.output()?.type.shape, node.input(1)];
  if (!from || !to || !operand) return `${node.label}: its shapes are not known`;
  const length = keptIndices(after, removed).length;
  const stated = operand.constant ? knownData(operand) : null;
  const copies = node.attributes.int('allowzero', 0) === 0;
  let open = 0;
  const entries = to.map((dim, axis) => {
    if (axis === after.axis) return length;
    const entry = stated?.[axis];
    const moved = entry === 0 && axis === before?.axis;
    if (typeof entry === 'number' && !moved) {
      if (entry === -1) open++;
      return entry;
    }
    if (typeof dim === 'number') return dim;
    if (copies && axis !== before?.axis && dim !== null && axis < from.length && canonicalDim(dim) === canonicalDim(from[axis] ?? null)) return 0;
    open++;
    return -1;
  });
  return open > 1 ? `${node.label}: several dimensions of its output are open` : Tensor.of('int64', [entries.length], entries);
}

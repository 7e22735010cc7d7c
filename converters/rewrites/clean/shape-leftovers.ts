import type { DType } from '../../../models/contracts/index.ts';
import { type Node, staticShape, type Value } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import type { Rewrite } from '../rewrite.ts';
import { newPatch, propose, removeWithProducers } from './edit.ts';

export const shapeLeftovers: Rewrite = {
  id: 'clean/shape-leftovers',
  title: 'Shape arithmetic made constant',
  doc: `Where every element of a small whole-number, bool or float32 tensor follows from static shapes and constants (Shape with start and
end, Gather, Slice, Concat, Unsqueeze, Cast, arithmetic, …), the tensor becomes a constant and the nodes that computed it go. Only
at the end of such a chain. Never a graph output.`,
  opTypes: ['*'],
  exactness: 'bit',
  face: 'same',
  match: (node, context) => {
    const output = node.output();
    if (!output || node.outputs.length !== 1 || output.isGraphOutput || node.is('Constant')) return null;
    const data = foldedData(output);
    if (!data || node.hasSubgraph || (!output.isCaptured && output.consumers.every(isFoldedToo))) return null;
    const patch = newPatch(context);
    patch.replace(output, patch.constant(data, output.name));
    return propose(removeWithProducers(patch, node), [node], `its value is always [${shown(data)}]`);
  },
};

const FOLDED: ReadonlySet<DType> = new Set(['int64', 'int32', 'bool', 'float32']);

function foldedData({ type, uses }: Value): Tensor | null {
  if (!type.elements || !type.dtype || !FOLDED.has(type.dtype) || uses.size === 0) return null;
  const shape = staticShape(type);
  return shape && type.elements.every((e) => typeof e === 'number') ? Tensor.of(type.dtype, shape, type.elements as number[]) : null;
}

/** A consumer that becomes a constant itself takes its inputs with it. */
function isFoldedToo(node: Node): boolean {
  const [output] = node.outputs;
  return node.outputs.length === 1 && !!output && !output.isGraphOutput && !node.hasSubgraph && foldedData(output) !== null;
}

function shown(data: Tensor): string {
  const numbers = [...data.numbers()];
  return numbers.length <= 8 ? numbers.join(', ') : `${numbers.slice(0, 8).join(', ')}, …`;
}

import { Tensor } from '../../../models/onnx/index.ts';
import { knownData, type Node, type Value } from '../../../models/graph/index.ts';
import type { Rewrite, RewriteContext } from '../rewrite.ts';
import { bypass, newPatch, propose, refuse, removeWithProducers } from './edit.ts';
import { reshapeTarget, sameShape } from './same-shape.ts';

const REGROUPS = ['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze'];

export const reshapeChain: Rewrite = {
  id: 'clean/reshape-chain',
  title: 'Reshapes in a row made one',
  doc: `Reshape, Flatten, Squeeze and Unsqueeze keep the order of the elements, so the last shape alone counts. The target is written from
the inferred shape, never copied: a 0 or −1 of the second Reshape refers to the shape in between. Nothing where the value in between
is used elsewhere; refused where two dimensions stay open.`,
  opTypes: REGROUPS,
  exactness: 'bit',
  face: 'same',
  match: (node, context) => {
    const inner = node.input(0)?.producer;
    const source = inner?.is(...REGROUPS) && inner.output()?.soleConsumer === node ? inner.input(0) : null;
    const output = node.output();
    if (!inner || !source || !output || context.opset < 5) return null;
    if (sameShape(source.type, output.type)) {
      const back = bypass(node, source, context, 'the second restores the shape of before');
      return back && propose(removeWithProducers(back.patch, node, inner), [inner, node], back.reason);
    }
    const target = reshapeTarget(output.type.shape, source.type.shape);
    if (!target) return refuse([inner, node], 'more than one dimension of the result is open');
    return propose(
      removeWithProducers(reshaped(source, output, target, node, context), node, inner),
      [inner, node],
      'only the last shape counts',
    );
  },
};

export const reshapeTargetKnown: Rewrite = {
  id: 'clean/reshape-target',
  title: 'Computed target of a Reshape made constant',
  doc: `Where inference knows the output of a Reshape but for one dimension, its target is a constant (numbers; 0 for a symbol that keeps
its place; −1), and the Shape, Gather, Concat nodes that computed it go.`,
  opTypes: ['Reshape'],
  exactness: 'bit',
  face: 'same',
  match: (node, context) => {
    const [source, target, output] = [node.input(0), node.input(1), node.output()];
    if (
      context.opset < 5 ||
      !source ||
      !output ||
      !target?.producer ||
      target.constant ||
      knownData(target)?.every((dim) => typeof dim === 'number')
    )
      return null;
    const known = reshapeTarget(output.type.shape, source.type.shape);
    if (!known) return refuse([node], 'more than one dimension of the result is open');
    return propose(removeWithProducers(reshaped(source, output, known, node, context), node), [node], `the target is [${known}]`);
  },
};

function reshaped(source: Value, output: Value, target: readonly number[], like: Node, context: RewriteContext) {
  const patch = newPatch(context);
  const shape = patch.constant(Tensor.of('int64', [target.length], target), `${output.name}_shape`);
  return patch.replace(output, patch.node('Reshape', [source, shape], { like, types: [output.type] }));
}

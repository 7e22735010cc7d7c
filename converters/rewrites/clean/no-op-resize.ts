import { knownData, type Node, type Value } from '../../../models/graph/index.ts';
import type { Rewrite, RewriteContext } from '../rewrite.ts';
import { bypass } from './edit.ts';
import { sameShape } from './same-shape.ts';

export const noOpResize: Rewrite = {
  id: 'clean/no-op-resize',
  title: 'Resize to the same size removed',
  doc: `Every coordinate mode maps a size onto itself by x ↦ x; there every filter has weight 1 at x and 0 elsewhere (bit-exact for nearest;
exact for linear and cubic, which multiply neighbours by 0). Scales must be 1, or sizes equal the input. Not with tf_crop_and_resize
or antialias.`,
  opTypes: ['Resize', 'Upsample'],
  exactness: 'bit',
  face: 'same',
  match: (node, context) => {
    const input = node.input(0);
    if (!input || !keepsSize(node, context)) return null;
    if (node.attributes.string('coordinate_transformation_mode', '') === 'tf_crop_and_resize' || node.attributes.int('antialias', 0) !== 0)
      return null;
    return bypass(
      node,
      input,
      context,
      'the size stays the same',
      node.attributes.string('mode', 'nearest') === 'nearest' ? 'bit' : 'exact',
    );
  },
};

function keepsSize(node: Node, { opset }: RewriteContext): boolean {
  const scales = node.is('Upsample')
    ? opset < 9
      ? node.attributes.floats('scales')
      : dataOf(node.input(1))
    : dataOf(node.input(opset < 11 ? 1 : 2));
  if (scales?.length) return scales.every((scale) => scale === 1);
  return node.is('Resize') && opset >= 11 && node.input(3) !== null && sameShape(node.input(0)?.type, node.output()?.type);
}

function dataOf(value: Value | null): readonly (number | string | null)[] | null {
  return value && knownData(value);
}

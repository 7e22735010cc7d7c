import type { Node } from '../../../models/graph/index.ts';
import type { Rewrite, RewriteContext } from '../rewrite.ts';
import { bypass } from './edit.ts';

export const identity: Rewrite = {
  id: 'clean/identity',
  title: 'Identity removed',
  doc: 'Identity(x) = x. Consumers take x. Kept where it gives a graph input or an initializer the name of a graph output.',
  opTypes: ['Identity'],
  exactness: 'bit',
  face: 'same',
  match: (node, context) => {
    const input = node.input(0);
    return input && input.type.kind === 'tensor' ? bypass(node, input, context, 'Identity passes its input on') : null;
  },
};

export const dropout: Rewrite = {
  id: 'clean/dropout',
  title: 'Dropout removed',
  doc: `Dropout(x) = x in inference: up to opset 6 with is_test = 1, from 7 on always, from 12 on unless training_mode may be true. Kept
where the mask is used.`,
  opTypes: ['Dropout'],
  exactness: 'bit',
  face: 'same',
  match: (node, context) => {
    const input = node.input(0);
    return input && !mayDrop(node, context) ? bypass(node, input, context, 'Dropout does nothing in inference') : null;
  },
};

function mayDrop(node: Node, { opset }: RewriteContext): boolean {
  if (opset < 7) return node.attributes.int('is_test', 0) === 0;
  const mode = node.input(2);
  return opset >= 12 && mode !== null && mode.constant?.numbers()[0] !== 0;
}

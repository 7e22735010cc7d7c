import type { Rewrite } from '../rewrite.ts';
import { newPatch, propose, removeWithProducers } from './edit.ts';

export const deadNodes: Rewrite = {
  id: 'clean/dead',
  title: 'Nodes that nothing depends on removed',
  doc: `A node goes when no output is used, captured by a subgraph, or a graph output; producers that only it needed go with it. Inputs
stay.`,
  opTypes: ['*'],
  exactness: 'bit',
  face: 'same',
  match: (node, context) => {
    for (const value of node.outputs) if (value && (value.uses.size > 0 || value.isGraphOutput)) return null;
    return propose(removeWithProducers(newPatch(context), node), [node], 'nothing depends on it');
  },
};

import type { Node } from '../../../models/graph/index.ts';

/** How many elements inwards the padding of some convolutions can be felt, if each follows the other. */
export function borderReach(nodes: Iterable<Node>): number {
  let reach = 0;
  for (const node of nodes) {
    const kernel = node.is('Conv', 'ConvTranspose') ? (node.input(1)?.type.shape?.slice(2) ?? []) : [];
    const dilations = node.attributes.ints('dilations') ?? [];
    reach += kernel.reduce((most: number, size, i) => Math.max(most, (Number(size ?? 1) - 1) * (dilations[i] ?? 1)), 0);
  }
  return reach;
}

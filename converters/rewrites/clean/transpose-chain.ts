import type { Rewrite } from '../rewrite.ts';
import { newPatch, propose } from './edit.ts';

export const transposeChain: Rewrite = {
  id: 'clean/transpose-chain',
  title: 'Transposes in a row made one',
  doc: `Transpose_q(Transpose_p(x)) = Transpose_r(x) with r[i] = p[q[i]]; nothing where r is 0, 1, 2, … Without perm the axes are reversed.`,
  opTypes: ['Transpose'],
  exactness: 'bit',
  face: 'same',
  match: (node, context) => {
    const inner = node.input(0)?.producer;
    const [source, output] = [inner?.is('Transpose') ? inner.input(0) : null, node.output()];
    if (!inner || !source || !output) return null;
    const [p, q] = [inner.attributes.ints('perm'), node.attributes.ints('perm')];
    const rank = p?.length ?? q?.length ?? source.type.shape?.length;
    const perm = rank === undefined ? [] : reversed(q, rank).map((axis) => reversed(p, rank)[axis] as number);
    if (rank === undefined && (p || q)) return null;
    const patch = newPatch(context).remove(node);
    if (inner.output()?.soleConsumer === node) patch.remove(inner);
    if (perm.every((axis, i) => axis === i)) {
      const cannotRename = output.isGraphOutput && (source.isGraphInput || source.isGraphOutput || source.initializer !== null);
      return cannotRename ? null : propose(patch.replace(output, source), [inner, node], 'the second undoes the first');
    }
    return propose(
      patch.replace(output, patch.node('Transpose', [source], { like: node, attributes: { perm } })),
      [inner, node],
      `together they are perm [${perm}]`,
    );
  },
};

function reversed(perm: readonly number[] | undefined, rank: number): readonly number[] {
  return perm ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
}

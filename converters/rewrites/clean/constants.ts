import { staticShape } from '../../../models/graph/index.ts';
import type { Rewrite } from '../rewrite.ts';
import { newPatch, propose, removeWithProducers } from './edit.ts';
import { hasKernel, runKernel } from './kernels.ts';

/** Bytes above which a folded constant must not be larger than what it replaces. */
const SMALL = 64 * 1024;
const MOST_BYTES = 32 * 1024 * 1024;

export const foldConstants: Rewrite = {
  id: 'clean/constants',
  title: 'Nodes on constants computed',
  doc: `Data movement, casts and + − · / √ of constants, computed exactly (float64, rounded once, which equals float32 arithmetic for single
steps). Never DequantizeLinear, and never what makes tensors larger (Expand, Tile, ConstantOfShape): above 64 KiB the result must
not exceed the inputs that it replaces, and they must have no other use.`,
  opTypes: ['*'],
  exactness: 'bit',
  face: 'same',
  match: (node, context) => {
    const output = node.output();
    if (!hasKernel(node.opType) || !output || node.outputs.length !== 1 || output.isGraphOutput || output.uses.size === 0) return null;
    const inputs = node.inputs.map((value) => value?.constant ?? null);
    if (inputs.some((tensor, i) => tensor === null && node.input(i) !== null)) return null;
    const shape = staticShape(output.type);
    if (!shape || !output.type.dtype || inputs.some((tensor) => tensor && tensor.size > MOST_BYTES / 4)) return null;
    const result = runKernel(node, inputs, output.type.dtype, shape);
    if (
      !result ||
      !isWorthIt(
        result.bytes().length,
        node.inputs.map((value, i) => (value?.uses.size === 1 ? (inputs[i]?.bytes().length ?? 0) : 0)),
      )
    )
      return null;
    const patch = newPatch(context);
    return propose(
      removeWithProducers(patch.replace(output, patch.constant(result, output.name)), node),
      [node],
      `${node.opType} of constants is constant`,
    );
  },
};

function isWorthIt(bytes: number, replaced: readonly number[]): boolean {
  return bytes <= SMALL || (bytes <= MOST_BYTES && bytes <= replaced.reduce((a, b) => a + b, 0));
}

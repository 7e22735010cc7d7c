import { knownData, type Node } from '../../../models/graph/index.ts';
import type { Rewrite, RewriteContext } from '../rewrite.ts';
import { bypass } from './edit.ts';
import { sameShape } from './same-shape.ts';

/** Why a node hands its first input on unchanged; null where it may not. */
type Test = (node: Node, context: RewriteContext) => string | null;

export const noOpMovement: Rewrite = {
  id: 'clean/no-op-movement',
  title: 'Data movement that moves nothing removed',
  doc: `Reshape, Flatten, Squeeze, Unsqueeze, Expand, Tile, Split into one: input and output shape are equal, symbols included. Transpose:
perm is 0, 1, 2, … (absent: rank ≤ 1). Slice: equal shapes and all steps 1. Pad: all pads are 0. Concat: one input. DepthToSpace,
SpaceToDepth: blocksize 1.`,
  opTypes: [
    'Reshape',
    'Flatten',
    'Squeeze',
    'Unsqueeze',
    'Expand',
    'Tile',
    'Split',
    'Transpose',
    'Slice',
    'Pad',
    'Concat',
    'DepthToSpace',
    'SpaceToDepth',
  ],
  exactness: 'bit',
  face: 'same',
  match: (node, context) => {
    const input = node.input(0);
    const reason = input && TESTS[node.opType]?.(node, context);
    return reason ? bypass(node, input, context, reason) : null;
  },
};

const keepsShape: Test = (node) => (sameShape(node.input(0)?.type, node.output()?.type) ? `${node.opType} keeps the shape` : null);

const TESTS: Readonly<Record<string, Test>> = {
  Reshape: keepsShape,
  Flatten: keepsShape,
  Squeeze: keepsShape,
  Unsqueeze: keepsShape,
  Expand: keepsShape,
  Tile: keepsShape,
  Split: (node, context) => (node.outputs.length === 1 ? keepsShape(node, context) : null),
  Transpose: (node) => {
    const perm = node.attributes.ints('perm');
    const rank = node.input(0)?.type.shape?.length;
    const isIdentity = perm ? perm.every((axis, i) => axis === i) : rank !== undefined && rank <= 1;
    return isIdentity ? 'every axis stays where it is' : null;
  },
  Slice: (node, context) => (allSteps(node, context).every((step) => step === 1) ? keepsShape(node, context) : null),
  Pad: (node, { opset }) => {
    const pads = opset < 11 ? node.attributes.ints(opset < 2 ? 'paddings' : 'pads') : node.input(1) && knownData(node.input(1) as never);
    return pads?.every((pad) => pad === 0) ? 'all pads are 0' : null;
  },
  Concat: (node) => (node.inputs.length === 1 ? 'it has one input' : null),
  DepthToSpace: blocksizeOne,
  SpaceToDepth: blocksizeOne,
};

/** Steps of a Slice, `null` for unknown ones; without steps all are 1. */
function allSteps(node: Node, { opset }: RewriteContext): readonly unknown[] {
  const steps = opset < 10 ? null : node.input(4);
  return steps ? (knownData(steps) ?? [null]) : [];
}

function blocksizeOne(node: Node): string | null {
  return node.attributes.int('blocksize') === 1 ? 'the block has one element' : null;
}

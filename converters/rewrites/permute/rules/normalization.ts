import { type ChannelOrder, splitRuns } from '../order.ts';
import { firstKnown, normalAxis, pass, type Reached, type Rule, shapeOf } from '../rule.ts';

/** Statistics per channel: scale, bias, mean and variance move with their channel. */
const perChannel: Rule = (reached) => {
  const { node } = reached;
  const known = firstKnown(reached);
  if (known.axis !== 1) return 'the order is not on its channel axis';
  if (node.attributes.int('spatial', 1) === 0) return 'it has statistics per value, not per channel';
  if (node.attributes.int('training_mode', 0) !== 0) return 'it runs in training mode';
  if (usesMoreOutputs(reached)) return 'one of its further outputs is used';
  const parameters = node.inputs.slice(1).map((_, i): [number, ChannelOrder[]] => [i + 1, [{ axis: 0, order: known.order }]]);
  return { ...pass(known), inputs: new Map([[0, [known]], ...parameters]), lastBits: node.is('InstanceNormalization') };
};

/** Mean and variance over groups of channels: groups go to groups; inside a group only the sums' order changes. */
const groupNorm: Rule = (reached) => {
  const { node, opset } = reached;
  const known = firstKnown(reached);
  if (known.axis !== 1) return 'the order is not on its channel axis';
  const group = node.attributes.int('num_groups', 1);
  const runs = splitRuns(known.order, new Array<number>(group).fill(known.order.length / group));
  if (!runs) return `the permutation does not map its ${group} groups onto groups`;
  const order = opset >= 21 ? known.order : runs.runs;
  return {
    ...pass(known),
    inputs: new Map([
      [0, [known]],
      [1, [{ axis: 0, order }]],
      [2, [{ axis: 0, order }]],
    ]),
    lastBits: true,
  };
};

/** Statistics over the last axes: where the order lies in them, scale and bias follow and sums run in another order. */
const layerNorm: Rule = (reached) => {
  const { node } = reached;
  const known = firstKnown(reached);
  const rank = shapeOf(node.input(0))?.length;
  if (rank === undefined) return 'the rank of its input is not known';
  const first = normalAxis(node.attributes.int('axis', -1), rank);
  if (known.axis < first) return usesMoreOutputs(reached) ? 'one of its further outputs is used' : { ...pass(known), lastBits: true };
  const parameters = [1, 2].flatMap((slot): [number, ChannelOrder[]][] => {
    const shape = shapeOf(node.input(slot));
    const axis = known.axis - (rank - (shape?.length ?? 0));
    return shape && axis >= 0 && shape[axis] !== 1 ? [[slot, [{ axis, order: known.order }]]] : [];
  });
  return { ...pass(known), inputs: new Map([[0, [known]], ...parameters]), lastBits: true };
};

/** Sums of exponentials along an axis: permuted or not, the order of the entries is all that changes. */
const softmax: Rule = (reached) => ({ ...pass(firstKnown(reached)), lastBits: true });

function usesMoreOutputs({ node }: Reached): boolean {
  return node.outputs.slice(1).some((value) => value && (value.uses.size > 0 || value.isGraphOutput));
}

export const normalizationRules: Readonly<Record<string, Rule>> = {
  BatchNormalization: perChannel,
  InstanceNormalization: perChannel,
  GroupNormalization: groupNorm,
  LayerNormalization: layerNorm,
  RMSNormalization: layerNorm,
  Softmax: softmax,
  LogSoftmax: softmax,
};

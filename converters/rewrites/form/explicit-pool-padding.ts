import { type Node, Patch, type Value } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import type { Rewrite } from '../rewrite.ts';
import { resolvePads } from '../weights/pads.ts';

/** AveragePool that counts its padding, which the HTP compiler divides by other counts. */
export const explicitPoolPadding: Rewrite = {
  id: 'form/explicit-pool-padding', title: 'AveragePool with its padding written out', exactness: 'exact', face: 'same', opTypes: ['AveragePool'],
  doc: `AveragePool(pads p, count_include_pad = 1) = AveragePool(pads 0) of Pad(p, 0): every window divides by the full kernel either way.
With count_include_pad = 0 border windows divide by fewer, which no padding expresses: refused. ceil_mode: refused. The HTP compiler takes
both and divides by other counts; SAME_UPPER and SAME_LOWER end it.`,
  match: (node, context) => {
    const [input, output] = [node.input(0), node.output()];
    const kernel = node.attributes.ints('kernel_shape');
    if (!input || !output || !kernel) return null;
    const pads = padsOf(node, kernel, input);
    if (pads?.every((p) => p === 0)) return null;
    const refuse = (reason: string) => ({ kind: 'refusal' as const, nodes: [node], reason });
    if (!pads) return refuse('its padding depends on a size that is not known (--static fixes it)');
    if (node.attributes.int('count_include_pad', 0) !== 1) return refuse('border windows divide by fewer elements (count_include_pad = 0)');
    if (node.attributes.int('ceil_mode', 0) !== 0) return refuse('ceil_mode cuts windows at the border');
    const patch = new Patch(context.graph, context.opset);
    const half = pads.length / 2;
    const all = [0, 0, ...pads.slice(0, half), 0, 0, ...pads.slice(half)];
    const padded = context.opset >= 11
      ? patch.node('Pad', [input, patch.constant(Tensor.of('int64', [all.length], all), `${output.name}_pads`)], { name: `${node.name || 'AveragePool'}_pad` })
      : patch.node('Pad', [input], { name: `${node.name || 'AveragePool'}_pad`, attributes: { pads: all } });
    const [value] = patch.copy(node, [padded], { pads: kernel.flatMap(() => [0, 0]), auto_pad: undefined, count_include_pad: undefined });
    patch.replace(output, value as Value).remove(node);
    return { kind: 'proposal', patch, nodes: [node], reason: `padding ${pads.join(', ')} of zeros, counted` };
  },
};

function padsOf(node: Node, kernel: readonly number[], input: Value): number[] | null {
  const ones = kernel.map(() => 1);
  const window = { kernel, strides: node.attributes.ints('strides') ?? ones, dilations: node.attributes.ints('dilations') ?? ones };
  const pads = resolvePads(node.attributes, window, input.type.shape?.slice(2) ?? null);
  return pads ? [...pads.begin, ...pads.end] : null;
}

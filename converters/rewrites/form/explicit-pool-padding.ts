import { type Node, Patch, type Value } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import type { Rewrite } from '../rewrite.ts';
import { leavesInput, type PoolWindows, poolWindows } from './pool-windows.ts';

/** Averages over padded windows, which the HTP compiler divides by other counts; norms with auto_pad, which end it. */
export const explicitPoolPadding: Rewrite = {
  id: 'form/explicit-pool-padding', title: 'Pool with its padding written out', exactness: 'exact', face: 'same', opTypes: ['AveragePool', 'LpPool'],
  doc: `AveragePool of padded windows = c · AveragePool of Pad(x, 0) without pads, c = kernel size / elements counted, a constant map [1, 1, …]:
zeros add nothing to the sum, and the map puts the divisor right (count_include_pad 0 or 1, auto_pad, ceil_mode alike); where every window counts
its whole kernel there is no map. LpPool with auto_pad = LpPool of Pad(x, 0): zeros add nothing to a norm. The HTP compiler takes padded averages and
reads beyond the input or divides by other counts; SAME_UPPER and SAME_LOWER end it.`,
  match: (node, context) => {
    const [input, output] = [node.input(0), node.output()];
    if (!input || !output) return null;
    const automatic = node.attributes.string('auto_pad', 'NOTSET').startsWith('SAME');
    if (node.is('LpPool') && !automatic) return null;
    const windows = poolWindows(node);
    if (windows && !leavesInput(windows) && !automatic) return null;
    const refuse = (reason: string) => ({ kind: 'refusal' as const, nodes: [node], reason });
    if (!windows) return mayPad(node) ? refuse('its padding depends on a size that is not known (--static fixes it)') : null;
    const { dtype } = input.type;
    if (dtype !== 'float32' && dtype !== 'float16') return refuse('its element type is no float');
    if (windows.counted.some((counts) => counts.includes(0))) return refuse('a window lies outside of the input altogether');
    const patch = new Patch(context.graph, context.opset);
    const name = node.name || node.opType;
    const by = [0, 0, ...windows.begin, 0, 0, ...windows.end];
    const padded = leavesInput(windows) ? pad(patch, input, by, `${name}_pad`) : input;
    const plain = { pads: undefined, auto_pad: undefined, count_include_pad: undefined, ceil_mode: undefined };
    const [pooled] = patch.copy(node, [padded], plain) as [Value];
    const map = node.is('AveragePool') ? divisorMap(windows) : null;
    const value = map ? patch.node('Mul', [pooled, patch.constant(Tensor.of(dtype, map.dims, map.values), `${output.name}_divisors`)], { name: `${name}_divisors` }) : pooled;
    patch.replace(output, value).remove(node);
    return { kind: 'proposal', patch, nodes: [node], reason: `padding ${[...windows.begin, ...windows.end].join(', ')} of zeros${map ? ', divisors put right at the border' : ''}` };
  },
};

function mayPad(node: Node): boolean {
  const { attributes } = node;
  return attributes.string('auto_pad', 'NOTSET').startsWith('SAME') || attributes.int('ceil_mode', 0) === 1 || (attributes.ints('pads') ?? []).some((by) => by > 0);
}

function pad(patch: Patch, input: Value, by: readonly number[], name: string): Value {
  if (patch.opset < 11) return patch.node('Pad', [input], { name, attributes: { pads: by } });
  return patch.node('Pad', [input, patch.constant(Tensor.of('int64', [by.length], by.map(BigInt)), `${name}_by`)], { name });
}

/** Kernel size over elements counted at each position; null where that is 1 everywhere. */
function divisorMap({ kernel, counted }: PoolWindows): { dims: number[]; values: number[] } | null {
  if (counted.every((counts, axis) => counts.every((count) => count === kernel[axis]))) return null;
  const full = kernel.reduce((a, b) => a * b, 1);
  const counts = counted.reduce<number[]>((products, axis) => products.flatMap((product) => axis.map((count) => product * count)), [1]);
  return { dims: [1, 1, ...counted.map(({ length }) => length)], values: counts.map((count) => full / count) };
}

import { type Node, Patch, type Value } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import type { Rewrite } from '../rewrite.ts';
import { isBehindPad, leavesInput, type PoolWindows, poolWindows } from './pool-windows.ts';

/** Averages over padded windows, which the HTP compiler computes from beyond the input; norms with auto_pad, which end it. */
export const explicitPoolPadding: Rewrite = {
  id: 'form/explicit-pool-padding', title: 'Pool over padded windows as what it computes', exactness: 'exact', face: 'same', opTypes: ['AveragePool', 'LpPool'],
  doc: `AveragePool of padded windows = c · Conv(x, 1/k) in groups of one channel, k the elements of the kernel, c = k / elements counted, a constant map
[1, 1, …]: zeros add nothing to the sum, and the map puts the divisor right (count_include_pad 0 or 1, auto_pad, ceil_mode alike); where every window
counts its whole kernel there is no map. LpPool with auto_pad = LpPool of Pad(x, 0): zeros add nothing to a norm. The HTP compiler takes padded averages and
reads beyond the input or divides by other counts, also where the padding is a Pad before them, which it draws in; SAME_UPPER and SAME_LOWER end it.`,
  match: (node, context) => {
    const [input, output] = [node.input(0), node.output()];
    if (!input || !output) return null;
    const automatic = node.attributes.string('auto_pad', 'NOTSET').startsWith('SAME');
    if (node.is('LpPool') && !automatic) return null;
    const windows = poolWindows(node);
    const behind = node.is('AveragePool') && isBehindPad(node);
    if (windows && !leavesInput(windows) && !automatic && !behind) return null;
    const refuse = (reason: string) => ({ kind: 'refusal' as const, nodes: [node], reason });
    const channels = input.type.shape?.[1];
    if (!windows || typeof channels !== 'number') return mayPad(node) ? refuse('its padding depends on a size that is not known (--static fixes it)') : null;
    if (input.type.dtype !== 'float32' && input.type.dtype !== 'float16') return refuse('its element type is no float');
    if (windows.counted.some((counts) => counts.includes(0))) return refuse('a window lies outside of the input altogether');
    const patch = new Patch(context.graph, context.opset);
    patch.replace(output, node.is('LpPool') ? norm(patch, node, input, windows) : average(patch, node, input, windows, channels)).remove(node);
    return { kind: 'proposal', patch, nodes: [node], reason: behind ? 'the compiler would draw the Pad before it in' : `padding ${[...windows.begin, ...windows.end].join(', ')} of zeros${divisorMap(windows) && node.is('AveragePool') ? ', divisors put right at the border' : ''}` };
  },
};

function mayPad(node: Node): boolean {
  const { attributes } = node;
  return attributes.string('auto_pad', 'NOTSET').startsWith('SAME') || attributes.int('ceil_mode', 0) === 1 || (attributes.ints('pads') ?? []).some((by) => by > 0);
}

function average(patch: Patch, node: Node, input: Value, windows: PoolWindows, channels: number): Value {
  const { dtype } = input.type as { dtype: 'float32' | 'float16' };
  const [name, size] = [node.name || node.opType, product(windows.kernel)];
  const weights = Tensor.of(dtype, [channels, 1, ...windows.kernel], new Array<number>(channels * size).fill(1 / size));
  const attributes = {
    group: channels, kernel_shape: windows.kernel, pads: [...windows.begin, ...windows.end], strides: node.attributes.ints('strides') ?? windows.kernel.map(() => 1), dilations: node.attributes.ints('dilations') ?? windows.kernel.map(() => 1),
  };
  const averaged = patch.node('Conv', [input, patch.constant(weights, `${name}_weights`)], { like: node, attributes });
  const map = divisorMap(windows);
  return map ? patch.node('Mul', [averaged, patch.constant(Tensor.of(dtype, map.dims, map.values), `${name}_divisors`)], { name: `${name}_divisors` }) : averaged;
}

function norm(patch: Patch, node: Node, input: Value, windows: PoolWindows): Value {
  const by = [0, 0, ...windows.begin, 0, 0, ...windows.end];
  const name = `${node.name || node.opType}_pad`;
  const padded = !leavesInput(windows) ? input : patch.opset < 11 ? patch.node('Pad', [input], { name, attributes: { pads: by } }) : patch.node('Pad', [input, patch.constant(Tensor.of('int64', [by.length], by.map(BigInt)), `${name}_by`)], { name });
  return patch.copy(node, [padded], { pads: undefined, auto_pad: undefined })[0] as Value;
}

/** Kernel size over elements counted at each position; null where that is 1 everywhere. */
function divisorMap({ kernel, counted }: PoolWindows): { dims: number[]; values: number[] } | null {
  if (counted.every((counts, axis) => counts.every((count) => count === kernel[axis]))) return null;
  const counts = counted.reduce<number[]>((products, axis) => products.flatMap((before) => axis.map((count) => before * count)), [1]);
  return { dims: [1, 1, ...counted.map(({ length }) => length)], values: counts.map((count) => product(kernel) / count) };
}

function product(values: readonly number[]): number {
  return values.reduce((a, b) => a * b, 1);
}

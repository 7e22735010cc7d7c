import { type ChannelOrder, identity, isIdentity, type RunOrder, sameOrder, splitRuns, widen } from '../order.ts';
import { type Carry, type Reached, type Rule, shapeOf } from '../rule.ts';

/** Positions of a convolution's inputs besides the data: weights, bias, and scales and zero points that may be per output channel. */
interface Slots {
  readonly weight: number;
  readonly bias: number;
  readonly scales: readonly number[];
}

const FLOAT: Slots = { weight: 1, bias: 2, scales: [] };
const QLINEAR: Slots = { weight: 3, bias: 8, scales: [4, 5] };

/** Output channels: weight rows and bias move, bit for bit. Input channels: weight columns move, sums run in another order. */
function convolution(slots: Slots): Rule {
  return (reached) => {
    const { node } = reached;
    const [first, second] = shapeOf(node.input(slots.weight)) ?? [];
    if (typeof first !== 'number' || typeof second !== 'number') return 'the shape of its weights is not known';
    const group = node.attributes.int('group', 1);
    const orders = [...reached.inputs.values(), ...reached.outputs.values()];
    if (orders.some(({ axis }) => axis !== 1)) return 'the order is not on its channel axis';
    const grouped = linkGroups(reached, group);
    if (typeof grouped === 'string') return grouped;
    return node.is('ConvTranspose') ? transposed(grouped, first / group, second) : plain(reached, slots, grouped, second);
  };
}

/** Input and output order of a layer, and the order inside each group where groups have one in common. */
interface Grouped {
  readonly input: readonly number[] | null;
  readonly output: readonly number[] | null;
  readonly inputInner: readonly number[] | null;
  readonly outputInner: readonly number[] | null;
}

/** A grouped layer follows where groups go to groups: the input's groups then move with the output's. */
function linkGroups({ node, inputs, outputs }: Reached, group: number): Grouped | string {
  const input = inputs.get(0)?.order ?? null;
  const output = outputs.get(0)?.order ?? null;
  if (group === 1) return { input, output, inputInner: input, outputInner: output };
  const into = input && splitGroups(input, group);
  const from = output && splitGroups(output, group);
  if (input && !into) return `the permutation of its input does not map its ${group} groups onto groups`;
  if (output && !from) return `the permutation of its output does not map its ${group} groups onto groups`;
  const runs = (into ?? from)?.runs as readonly number[];
  if (into && from && !sameOrder(into.runs, from.runs)) return 'its input and output would need their groups in different orders';
  const width = (at: 'input' | 'output'): number | null => {
    const channels = shapeOf(at === 'input' ? node.input(0) : node.output())?.[1];
    return typeof channels === 'number' ? channels / group : null;
  };
  const [wide, long] = [input ? input.length / group : width('input'), output ? output.length / group : width('output')];
  if (wide === null || long === null) return 'its number of channels is not known';
  const inputInner = into ? common(into) : identity(wide);
  const outputInner = from ? common(from) : identity(long);
  if (!inputInner || !outputInner) return `the permutation orders each of its ${group} groups differently`;
  return { input: input ?? widen(runs, 1, wide), output: output ?? widen(runs, 1, long), inputInner, outputInner };
}

function splitGroups(order: readonly number[], group: number): RunOrder | null {
  return splitRuns(order, new Array<number>(group).fill(order.length / group));
}

function common({ inner }: RunOrder): readonly number[] | null {
  const [first] = inner;
  return first && inner.every((order) => sameOrder(order, first)) ? first : null;
}

function plain({ node }: Reached, slots: Slots, { input, output, inputInner }: Grouped, perGroup: number): Carry {
  const weight = [...along(0, output), ...(perGroup > 1 ? along(1, inputInner) : [])];
  const inputs = new Map<number, readonly ChannelOrder[]>([
    [0, along(1, input)],
    [slots.weight, weight],
  ]);
  if (node.input(slots.bias)) inputs.set(slots.bias, along(0, output));
  for (const slot of slots.scales) if (shapeOf(node.input(slot))?.[0] === output?.length) inputs.set(slot, along(0, output));
  return { inputs, ...outputs(output), lastBits: isMoved(inputInner) };
}

function transposed({ input, output, inputInner, outputInner }: Grouped, perGroup: number, outputsPerGroup: number): Carry {
  const weight = [...along(0, input), ...(outputsPerGroup > 1 ? along(1, outputInner) : [])];
  const inputs = new Map<number, readonly ChannelOrder[]>([
    [0, along(1, input)],
    [1, weight],
    [2, along(0, output)],
  ]);
  return { inputs, ...outputs(output), lastBits: perGroup > 1 && isMoved(inputInner) };
}

function along(axis: number, order: readonly number[] | null): ChannelOrder[] {
  return order && !isIdentity(order) ? [{ axis, order }] : [];
}

function outputs(order: readonly number[] | null): Pick<Carry, 'outputs'> {
  return order && !isIdentity(order) ? { outputs: new Map([[0, { axis: 1, order }]]) } : {};
}

function isMoved(order: readonly number[] | null): boolean {
  return order !== null && !isIdentity(order);
}

export const convolutionRules: Readonly<Record<string, Rule>> = {
  Conv: convolution(FLOAT),
  ConvTranspose: convolution(FLOAT),
  QLinearConv: convolution(QLINEAR),
};

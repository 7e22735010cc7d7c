import { identity, isIdentity, narrow, widen } from '../order.ts';
import type { Carry, Rule } from '../rule.ts';

type Mode = 'CRD' | 'DCR';

/**
 * Input channel (c, r) is at c·b² + r for CRD and r·C + c for DCR. An input order is followed where, in one of the two modes, it only
 * moves whole output channels: the mode that the node has is tried first.
 */
const depthToSpace: Rule = ({ node, inputs, outputs }) => {
  const sub = node.attributes.int('blocksize', 1) ** 2;
  const mode = node.attributes.string('mode', 'DCR') as Mode;
  const [into, from] = [inputs.get(0), outputs.get(0)];
  if ((into && into.axis !== 1) || (from && from.axis !== 1)) return 'the order is not on its channel axis';
  if (!into) return from ? carry(place(from.order, sub, mode), from.order) : 'nothing to follow';
  for (const tried of [mode, mode === 'CRD' ? 'DCR' : 'CRD'] as const) {
    const colours = colourOrder(into.order, sub, mode, tried);
    if (colours) return carry(into.order, colours, tried === mode ? {} : { attributes: { mode: tried } });
  }
  return `its input order mixes the ${sub} positions of a block`;
};

/** Output channel r·C + c holds position r of input channel c (ONNX knows no other mode). */
const spaceToDepth: Rule = ({ node, inputs, outputs }) => {
  const sub = node.attributes.int('blocksize', 1) ** 2;
  const [into, from] = [inputs.get(0), outputs.get(0)];
  if ((into && into.axis !== 1) || (from && from.axis !== 1)) return 'the order is not on its channel axis';
  const order = into?.order ?? (from ? narrow(from.order, sub, 1) : null);
  if (!order) return `its output cannot be in that order: SpaceToDepth has one fixed order of block positions`;
  return carry(order, widen(order, sub, 1));
};

/** The order of input channels that gives output channels in `colours` order without a change of mode. */
function place(colours: readonly number[], sub: number, mode: Mode): number[] {
  return mode === 'CRD' ? widen(colours, 1, sub) : widen(colours, sub, 1);
}

/** Output order when an input in `order`, which meant `mode`, is read in mode `tried`; null where it is not a permutation of channels. */
function colourOrder(order: readonly number[], sub: number, mode: Mode, tried: Mode): number[] | null {
  const colours = order.length / sub;
  const at = (as: Mode, c: number, r: number): number => (as === 'CRD' ? c * sub + r : r * colours + c);
  const channel = (index: number): number => (mode === 'CRD' ? Math.floor(index / sub) : index % colours);
  const moved = identity(colours).map((c) => channel(order[at(tried, c, 0)] as number));
  const expected = identity(colours).every((c) => identity(sub).every((r) => order[at(tried, c, r)] === at(mode, moved[c] as number, r)));
  return expected ? moved : null;
}

function carry(input: readonly number[], output: readonly number[], more: Carry = {}): Carry {
  const outputs = isIdentity(output) ? {} : { outputs: new Map([[0, { axis: 1, order: output }]]) };
  return { inputs: new Map([[0, [{ axis: 1, order: input }]]]), ...outputs, ...more };
}

export const shuffleRules: Readonly<Record<string, Rule>> = { DepthToSpace: depthToSpace, SpaceToDepth: spaceToDepth };

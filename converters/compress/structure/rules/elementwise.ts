import { normalAxis, onData, pass, rankOf, type Rule } from '../rule.ts';
import { sameTrack, type Track } from '../track.ts';

const UNARY = [
  'Relu', 'LeakyRelu', 'Elu', 'Selu', 'Celu', 'ThresholdedRelu', 'Sigmoid', 'HardSigmoid', 'Tanh', 'HardSwish', 'Swish', 'Mish', 'Softplus', 'Softsign', 'Gelu', 'Erf', 'Exp',
  'Log', 'Sqrt', 'Abs', 'Neg', 'Reciprocal', 'Floor', 'Ceil', 'Round', 'Sign', 'Sin', 'Cos', 'Identity', 'Dropout', 'Cast', 'Clip', 'Not', 'IsNaN', 'IsInf',
];

const BROADCAST = ['Add', 'Sub', 'Mul', 'Div', 'Pow', 'Min', 'Max', 'Mean', 'Sum', 'PRelu', 'Where', 'Mod', 'And', 'Or', 'Xor', 'Equal', 'Less', 'Greater', 'LessOrEqual', 'GreaterOrEqual'];

const unary: Rule = onData(pass);

/** Every input either has the units at the same place, is one along their axis, or is a parameter that loses them too. */
const broadcast: Rule = ({ node, tracks }) => {
  if (node.attributes.has('axis') || node.attributes.int('broadcast', 0) !== 0) return `${node.label} broadcasts as operators did before opset 7`;
  const ranks = node.inputs.map(rankOf);
  if (ranks.some((rank) => rank === null)) return `${node.label}: its shapes are not known`;
  const rank = Math.max(...(ranks as number[]));
  const aligned = [...tracks].map(([slot, { axis, units }]): Track => ({ axis: axis + rank - (ranks[slot] as number), units }));
  const [track] = aligned as [Track];
  if (!aligned.every((other) => sameTrack(other, track))) return `${node.label} joins values in which they lie differently`;
  const parameters = new Map<number, Track>();
  for (const [slot, value] of node.inputs.entries()) {
    if (!value || tracks.has(slot)) continue;
    const axis = track.axis - (rank - (ranks[slot] as number));
    const dim = axis < 0 ? 1 : value.type.shape?.[axis];
    if (dim !== 1) parameters.set(slot, { axis, units: track.units });
  }
  return { outputs: new Map([[0, track]]), parameters };
};

/** Scales of one tensor, or along one axis. */
const quantize: Rule = onData((reached, track, rank) => {
  const { node } = reached;
  const parameters = new Map<number, Track>();
  for (const slot of [1, 2]) {
    const dims = node.input(slot)?.type.shape;
    if (!dims || dims.length === 0 || (dims.length === 1 && dims[0] === 1)) continue;
    if (dims.length > 1) return `${node.label} has scales per block`;
    if (normalAxis(node.attributes.int('axis', 1), rank) === track.axis) parameters.set(slot, { axis: 0, units: track.units });
  }
  return { ...pass(reached, track), parameters };
});

export const ELEMENTWISE: Readonly<Record<string, Rule>> = {
  ...Object.fromEntries(UNARY.map((opType) => [opType, unary])), ...Object.fromEntries(BROADCAST.map((opType) => [opType, broadcast])),
  QuantizeLinear: quantize, DequantizeLinear: quantize,
};

import { Tensor } from '../../../../models/onnx/index.ts';
import { constantInts, normalAxis, onData, pass, rankOf, type Reached, type Rule } from '../rule.ts';
import { keptIndices, sameUnits, type Removed, type Track } from '../track.ts';

const concat: Rule = ({ node, tracks }) => {
  const rank = rankOf(node.output());
  if (rank === null) return `${node.label}: its shapes are not known`;
  const axis = normalAxis(node.attributes.int('axis', 1), rank);
  const [first] = [...tracks.values()] as [Track];
  if (first.axis !== axis) return acrossParts({ node, tracks }, first);
  const units: number[] = [];
  for (const [slot, value] of node.inputs.entries()) {
    const track = tracks.get(slot);
    const length = value?.type.shape?.[axis];
    if (track && track.axis !== axis) return `${node.label} joins values in which they lie differently`;
    if (!track && typeof length !== 'number') return `${node.label}: its shapes are not known`;
    units.push(...(track?.units ?? new Array<number>(length as number).fill(-1)));
  }
  return { outputs: new Map([[0, { axis, units }]]) };
};

/** Along another axis all parts lose the units, constants too. */
function acrossParts({ node, tracks }: Pick<Reached, 'node' | 'tracks'>, track: Track): ReturnType<Rule> {
  const parameters = new Map<number, Track>();
  for (const slot of node.inputs.keys()) {
    const own = tracks.get(slot);
    if (!own) parameters.set(slot, track);
    else if (own.axis !== track.axis || !sameUnits(own.units, track.units)) return `${node.label} joins values in which they lie differently`;
  }
  return { outputs: new Map([[0, track]]), parameters };
}

/** Sizes are written out where the split goes along the units. */
const split: Rule = onData((reached, track, rank) => {
  const { node, opset } = reached;
  const axis = normalAxis(node.attributes.int('axis', 0), rank);
  if (axis !== track.axis) return pass(reached, track);
  let start = 0;
  const parts: Track[] = [];
  for (const value of node.outputs) {
    const length = value?.type.shape?.[axis];
    if (typeof length !== 'number') return `${node.label}: its shapes are not known`;
    parts.push({ axis, units: track.units.slice(start, start + length) });
    start += length;
  }
  const sizes = (removed: Removed): number[] => parts.map((part) => keptIndices(part, removed).length);
  return {
    outputs: new Map(parts.entries()),
    ...(opset < 13
      ? { attributes: (removed) => ({ split: sizes(removed) }) }
      : { attributes: () => ({ num_outputs: undefined }), constants: (removed) => new Map([[1, Tensor.of('int64', [parts.length], sizes(removed))]]) }),
  };
});

/** Places in a tracked axis move up by what went before them. */
const gather: Rule = onData((reached, track, rank) => {
  const { node } = reached;
  const indices = node.input(1);
  const places = rankOf(indices);
  if (places === null) return `${node.label}: its shapes are not known`;
  const axis = normalAxis(node.attributes.int('axis', 0), rank);
  if (axis !== track.axis) return { outputs: new Map([[0, { axis: track.axis > axis ? track.axis + places - 1 : track.axis, units: track.units }]]) };
  const stated = constantInts(indices)?.map((index) => normalAxis(index, track.units.length));
  if (!stated || !indices || places !== 1) return `${node.label} looks them up`;
  const units = stated.map((index) => track.units[index] as number);
  return {
    outputs: new Map([[0, { axis, units }]]),
    constants: (removed) => {
      const now = new Map(keptIndices(track, removed).map((index, at) => [index, at]));
      const kept = stated.flatMap((index) => now.get(index) ?? []);
      return new Map([[1, Tensor.of(indices.type.dtype ?? 'int64', [kept.length], kept)]]);
    },
  };
});

/** Slices along other axes pass; one along the units has to be a constant run of them. */
const slice: Rule = onData((reached, track, rank) => {
  const { node, opset } = reached;
  const read = (slot: number, name: string): number[] | null => (opset < 10 ? (node.attributes.ints(name) ?? null) : constantInts(node.input(slot)));
  const [starts, ends, steps] = [read(1, 'starts'), read(2, 'ends'), read(4, 'steps')];
  const named = opset < 10 ? node.attributes.has('axes') : node.input(3) !== null;
  const axes = named ? read(3, 'axes')?.map((axis) => normalAxis(axis, rank)) : starts?.map((_, i) => i);
  if (!axes) return `${node.label} slices along axes that are computed`;
  const at = axes.indexOf(track.axis);
  if (at < 0) return pass(reached, track);
  if (opset < 10 || !starts || !ends || (steps?.[at] ?? 1) !== 1) return `${node.label} takes some of them out`;
  const length = track.units.length;
  const place = (index: number): number => Math.max(0, Math.min(length, index < 0 ? index + length : index));
  const [start, end] = [place(starts[at] as number), place(ends[at] as number)];
  const before = (index: number, removed: Removed): number => keptIndices({ axis: 0, units: track.units.slice(0, index) }, removed).length;
  return {
    outputs: new Map([[0, { axis: track.axis, units: track.units.slice(start, end) }]]),
    constants: (removed) => new Map([[1, replaced(starts, at, before(start, removed))], [2, replaced(ends, at, before(end, removed))]]),
  };
});

function replaced(values: readonly number[], at: number, by: number): Tensor {
  return Tensor.of('int64', [values.length], values.map((value, i) => BigInt(i === at ? by : Math.max(-(2 ** 53), Math.min(2 ** 53, value)))));
}

/** Shapes may be read where nobody asks for the length of the units. */
const shape: Rule = onData(({ node }, track) => {
  const asks = node.attributes.has('start') || node.attributes.has('end') || [...(node.output()?.uses ?? [])].some(({ node: user, index }) => index !== 0 || !looksElsewhere(user, track.axis));
  return asks || node.output()?.isGraphOutput ? `${node.label} reads how many there are` : { outputs: new Map() };
});

function looksElsewhere(user: Reached['node'], axis: number): boolean {
  const indices = constantInts(user.input(1));
  if (!indices) return false;
  if (user.is('Gather')) return indices.every((index) => index >= 0 && index !== axis);
  const ends = constantInts(user.input(2));
  const steps = user.input(4) ? constantInts(user.input(4)) : [1];
  return user.is('Slice') && indices.length === 1 && steps?.[0] === 1 && ends !== null && (indices[0] as number) >= 0 && (ends[0] as number) >= 0 && (axis < (indices[0] as number) || axis >= (ends[0] as number));
}

export const SELECTION: Readonly<Record<string, Rule>> = { Concat: concat, Split: split, Gather: gather, Slice: slice, Shape: shape };

import { Tensor } from '../../../models/onnx/index.ts';
import { dtypeBits } from '../../../models/contracts/index.ts';
import { type Atom, leaves } from './layout.ts';

/** Which atoms a constant runs along: for each of its axes the atoms of the tensor's axis there, or none where it is 1. */
export interface Footprint {
  readonly tensor: Tensor;
  readonly axes: readonly (readonly Atom[])[];
}

/** Repeating a constant along an axis that it did not have may not make it larger than this many elements, or 16 times itself. */
const MOST_ELEMENTS = 4096;
const MOST_GROWTH = 16;

/** Footprint of a constant against a tensor whose axes are `groups` (aligned at the last axis). */
export function footprint(tensor: Tensor, groups: readonly (readonly Atom[])[]): Footprint {
  const lead = groups.length - tensor.dims.length;
  return { tensor, axes: tensor.dims.map((dim, i) => (dim === 1 ? [] : (groups[i + lead] as readonly Atom[]))) };
}

/** The constant for a tensor whose axes are `groups`; null where it would have to be repeated too often or sizes are unknown. */
export function moveConstant({ tensor, axes }: Footprint, groups: readonly (readonly Atom[])[]): Tensor | null {
  const bits = dtypeBits(tensor.dtype);
  const own = axes.flatMap((atoms) => leaves(atoms));
  const target = groups.map((atoms) => {
    const all = leaves(atoms);
    return all.some((atom) => own.includes(atom)) ? all : [];
  });
  const order = target.flat();
  if (bits === null || bits % 8 !== 0 || !own.every((atom) => order.includes(atom))) return null;
  const sizes = order.map((atom) => atom.size);
  if (!sizes.every((size) => typeof size === 'number')) return null;
  const size = sizes.reduce((a, b) => a * b, 1);
  if (size > Math.max(MOST_ELEMENTS, MOST_GROWTH * tensor.size)) return null;
  const strides = stridesOf(own);
  const bytes = gather(tensor.bytes(), bits / 8, sizes, order.map((atom) => strides.get(atom) ?? 0));
  const dims = target.map((atoms) => atoms.reduce((product, atom) => product * (atom.size as number), 1));
  while (dims[0] === 1) dims.shift();
  return Tensor.fromBytes(tensor.dtype, dims, bytes);
}

function stridesOf(atoms: readonly Atom[]): Map<Atom, number> {
  const strides = new Map<Atom, number>();
  let stride = 1;
  for (const atom of [...atoms].reverse()) {
    strides.set(atom, stride);
    stride *= atom.size as number;
  }
  return strides;
}

function gather(source: Uint8Array, width: number, sizes: readonly number[], strides: readonly number[]): Uint8Array {
  const count = sizes.reduce((a, b) => a * b, 1);
  const out = new Uint8Array(count * width);
  const index = sizes.map(() => 0);
  for (let i = 0, from = 0; i < count; i++) {
    out.set(source.subarray(from * width, (from + 1) * width), i * width);
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      from += strides[axis] as number;
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < (sizes[axis] as number)) break;
      from -= (strides[axis] as number) * (sizes[axis] as number);
      index[axis] = 0;
    }
  }
  return out;
}

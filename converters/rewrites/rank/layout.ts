import { divDims, mulDims, productOf } from '../../../models/graph/dims/dim.ts';
import type { Dim } from '../../../models/graph/index.ts';
import type { Movement } from './movement.ts';

/** A piece of the index space that every step so far kept whole. Split on demand; `parts` then lead on. */
export interface Atom {
  readonly size: Dim;
  /** True for a repetition (Expand, Tile) that the input does not have. */
  readonly repeat: boolean;
  parts: readonly [Atom, Atom] | null;
}

/**
 * Where each element of a tensor goes through reshapes and transposes, as an order of atoms. The input is one run of atoms in memory
 * order; reshapes only regroup, so they are looked at when an axis is touched: any spelling of the same move gives the same order.
 */
export class Layout {
  readonly #input: readonly Atom[];
  #order: readonly Atom[];
  #dims: readonly Dim[];

  constructor(dims: readonly Dim[]) {
    this.#input = [atom(productOf(dims))];
    this.#order = this.#input;
    this.#dims = dims;
  }

  /** Shape as of now. */
  get dims(): readonly Dim[] {
    return this.#dims;
  }

  /** Atoms of the input in memory order, as split by now. */
  get input(): Atom[] {
    return leaves(this.#input);
  }

  /** Atoms in the order of the output, as split by now. */
  get order(): Atom[] {
    return leaves(this.#order);
  }

  /** Applies movements in order; false where one does not fit. */
  follow(movements: readonly Movement[]): boolean {
    return movements.every((movement) => {
      if (movement.kind === 'reshape') return this.reshape(movement.dims);
      return movement.kind === 'transpose' ? this.transpose(movement.perm) : this.expand(movement.dims);
    });
  }

  /** False, with nothing changed, where the number of elements differs or is not known. */
  reshape(dims: readonly Dim[]): boolean {
    const size = productOf(dims);
    if (size === null || size === 0 || size !== productOf(this.#dims)) return false;
    this.#dims = dims;
    return true;
  }

  /** False where the shape cuts across what has been moved before, so that axes are no runs of atoms. */
  transpose(perm: readonly number[]): boolean {
    const groups = this.groups();
    if (!groups) return false;
    this.#order = perm.flatMap((axis) => groups[axis] as Atom[]);
    this.#dims = perm.map((axis) => this.#dims[axis] as Dim);
    return true;
  }

  /** Repeats unit axes up to `dims`; false where another axis would change. */
  expand(dims: readonly Dim[]): boolean {
    const groups = this.groups();
    if (!groups || dims.length !== groups.length) return false;
    const fits = dims.every((size, axis) => size !== null && size !== 0 && (size === this.#dims[axis] || this.#dims[axis] === 1));
    if (!fits) return false;
    this.#order = groups.flatMap((group, axis) => (dims[axis] === this.#dims[axis] ? group : [atom(dims[axis] as Dim, true)]));
    this.#dims = dims;
    return true;
  }

  /** Atoms of each axis of the shape as of now; null where an axis is no run of atoms. */
  groups(): Atom[][] | null {
    return this.outputGroups(this.#dims);
  }

  /** Atoms of each axis of the output seen with shape `dims`; null as in `groups`. */
  outputGroups(dims: readonly Dim[]): Atom[][] | null {
    return group(this.order, dims);
  }

  /** Atoms of each axis of the input seen with shape `dims`; null as in `groups`. */
  inputGroups(dims: readonly Dim[]): Atom[][] | null {
    return group(this.input, dims);
  }
}

/** What an atom was split into, outer parts first. */
export function leaves(atoms: readonly Atom[]): Atom[] {
  return atoms.flatMap((a) => (a.parts ? leaves(a.parts) : a.size === 1 ? [] : [a]));
}

function atom(size: Dim, repeat = false): Atom {
  return { size, repeat, parts: null };
}

/** Cuts the run of atoms into axes of the given sizes, splitting atoms. Splits stay even when the whole fails: they are true either way. */
function group(atoms: readonly Atom[], dims: readonly Dim[]): Atom[][] | null {
  const rest = [...atoms].reverse();
  let open: Atom | null = null;
  const groups: Atom[][] = [];
  for (const dim of dims) {
    const group: Atom[] = [];
    for (let need: Dim = dim; need !== 1;) {
      const next = rest.pop();
      if (!next) return null;
      const left: Dim = whole(need, next.size);
      if (left !== null) {
        if (next === open && left !== 1) return null;
        group.push(next);
        need = left;
        continue;
      }
      const inner = whole(next.size, need);
      if (inner === null || (typeof need === 'string' && group.length > 0)) return null;
      next.parts = [atom(need, next.repeat), atom(inner, next.repeat)];
      group.push(next.parts[0]);
      rest.push(next.parts[1]);
      open = typeof inner === 'string' ? next.parts[1] : null;
      need = 1;
    }
    groups.push(group);
  }
  return rest.length === 0 ? groups : null;
}

/**
 * a / b where it can be a size: a whole number, or an expression. An expression such as `H/4` need not be whole for every H; it is when
 * an axis has that very size, which is why an open remainder must be used up by whole axes.
 */
function whole(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a % b === 0 ? a / b : null;
  const quotient = divDims(a, b);
  if (typeof quotient === 'number') return Number.isInteger(quotient) && quotient > 0 ? quotient : null;
  return quotient !== null && mulDims(quotient, b) === a ? quotient : null;
}

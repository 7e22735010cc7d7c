import { canonicalDim, evaluateDim, polynomial, symbolsOf } from '../dims/dim.ts';
import { asNumber, atom, plus, quotient, scale } from '../dims/polynomial.ts';
import type { Graph } from '../graph.ts';
import type { Dim, ValueType } from '../types.ts';
import type { Value } from '../value.ts';

/** What is known of a model's symbols in one run. */
export interface SymbolBindings {
  readonly symbols: ReadonlyMap<string, number>;
  /** True where a size that the file states as a number is bound to another: the file's value infos cannot be trusted then. */
  readonly contradictsFile: boolean;
  /** True where an input's type differs from the one before. */
  readonly changed: boolean;
}

/** Sets the types of the graph inputs: as the file states them, with `bind` applied. Dimensions without a name get one, `INPUT_dAXIS`. */
export function bindInputs(graph: Graph, bind: ReadonlyMap<string, readonly (number | null)[]>): SymbolBindings {
  const symbols = new Map<string, number>();
  let contradictsFile = false;
  const fed = graph.inputs.filter((input) => input.initializer === null || input.overridable);
  const shapes = fed.map((input) => {
    const stated = input.stated.shape?.map((dim, axis) => canonicalDim(dim ?? `${input.name}_d${axis}`)) ?? null;
    const wanted = bind.get(input.name);
    if (!stated || !wanted) return stated ?? wanted ?? null;
    return stated.map((dim, axis) => {
      const size = wanted[axis] ?? null;
      if (size === null) return dim;
      if (typeof dim === 'number') contradictsFile ||= dim !== size;
      else solve(dim, size, symbols);
      return size;
    });
  });
  let changed = false;
  fed.forEach((input, i) => {
    const shape = shapes[i]?.map((dim) => evaluateDim(dim, symbols)) ?? null;
    if (assignShape(input, shape)) changed = true;
  });
  return { symbols, contradictsFile, changed };
}

/** A type that the file states, in canonical text and with bound symbols replaced. */
export function evaluateType(type: ValueType, { symbols }: SymbolBindings): ValueType {
  if (!type.shape) return type;
  return { ...type, shape: type.shape.map((dim) => evaluateDim(canonicalDim(dim), symbols)) };
}

/** Solves `dim` = `size` where the dimension is linear in one symbol (`H`, `2*H`, `H-1`). The first binding of a symbol stays. */
function solve(dim: Dim, size: number, symbols: Map<string, number>): void {
  const [symbol, ...others] = symbolsOf(dim);
  if (typeof dim !== 'string' || symbol === undefined || others.length > 0 || symbols.has(symbol)) return;
  const value = polynomial(dim);
  const rest = value.filter((term) => term.atoms.length === 0);
  const lead = quotient(plus(value, scale(rest, -1, 1)), atom(symbol));
  const factor = lead && asNumber(lead);
  if (factor === null || factor === 0) return;
  const solution = (size - (asNumber(rest) ?? 0)) / factor;
  if (Number.isInteger(solution)) symbols.set(symbol, solution);
}

function assignShape(input: Value, shape: readonly Dim[] | null): boolean {
  const before = input.type.shape;
  if (shape === null && before === null) return false;
  if (shape && before && shape.length === before.length && shape.every((dim, i) => dim === before[i])) return false;
  input.type = { ...input.type, shape };
  return true;
}

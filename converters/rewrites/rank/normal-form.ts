import { mulDims, productOf } from '../../../models/graph/dims/dim.ts';
import type { Dim } from '../../../models/graph/index.ts';
import type { Atom, Layout } from './layout.ts';

/** A data movement with nothing left to drop or merge: view the input as `axes`, transpose by `perm`, then perhaps repeat. */
export interface NormalForm {
  readonly axes: readonly Dim[];
  readonly perm: readonly number[];
  /** Runs of the output where repetitions lie between, in order; null where nothing is repeated. */
  readonly spread: readonly Run[] | null;
}

export interface Run {
  readonly size: Dim;
  readonly repeat: boolean;
}

/** Unit atoms are dropped, atoms that stay neighbours are merged: equal movements have equal normal forms. */
export function normalForm(layout: Layout): NormalForm {
  return normalFormOf(layout.input, layout.order);
}

/** The same for atoms in memory order and in the order of the output. */
export function normalFormOf(input: readonly Atom[], order: readonly Atom[]): NormalForm {
  const position = new Map(input.map((atom, at) => [atom, at]));
  const runs: Atom[][] = [];
  for (const atom of order.filter((a) => !a.repeat)) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    if (run && last && (position.get(last) as number) + 1 === position.get(atom)) run.push(atom);
    else runs.push([atom]);
  }
  const start = (run: Atom[]): number => position.get(run[0] as Atom) as number;
  const sorted = [...runs].sort((a, b) => start(a) - start(b));
  const axes = sorted.map((run) => productOf(run.map((atom) => atom.size)));
  return { axes, perm: runs.map((run) => sorted.indexOf(run)), spread: spreadOf(order) };
}

export function sameNormalForm(a: NormalForm, b: NormalForm): boolean {
  return JSON.stringify([a.axes, a.perm, a.spread]) === JSON.stringify([b.axes, b.perm, b.spread]);
}

function spreadOf(order: readonly Atom[]): Run[] | null {
  if (!order.some((atom) => atom.repeat)) return null;
  const runs: { size: Dim; repeat: boolean }[] = [];
  for (const { size, repeat } of order) {
    const last = runs.at(-1);
    if (last?.repeat === repeat) last.size = mulDims(last.size, size);
    else runs.push({ size, repeat });
  }
  return runs;
}

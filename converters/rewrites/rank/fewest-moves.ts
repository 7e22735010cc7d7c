import { productOf } from '../../../models/graph/dims/dim.ts';
import type { Dim } from '../../../models/graph/index.ts';

/** One step: view the tensor as `axes`, transpose by `perm`. */
export interface Move {
  readonly axes: readonly Dim[];
  readonly perm: readonly number[];
}

/**
 * The fewest reshape-transpose steps of at most `rank` axes that do what one transpose of `axes` by `perm` does. A step cuts the order of axes
 * into at most `rank` blocks and permutes the blocks; it makes at most rank − 1 new neighbours, so breaks/(rank − 1) steps are needed at least.
 * Among equally short ones the longest contiguous inner runs win (their product over all steps, each counted up to 64), then the fewest axes.
 * `fits`: which of the shortest solutions may be used at all (shapes with unknown sizes cannot always be written). Null: none, or rank below 3.
 */
export function fewestMoves(axes: readonly Dim[], perm: readonly number[], rank: number, fits?: (moves: readonly Move[]) => boolean): Move[] | null {
  if (rank < 3) return null;
  const key = fits ? null : `${rank}|${axes}|${perm}`;
  const known = key === null ? undefined : solved.get(key);
  if (known !== undefined) return known;
  const found = solve({ axes, goal: perm, rank, fits: fits ?? (() => true) });
  if (key !== null) solved.set(key, found);
  return found;
}

const solved = new Map<string, Move[] | null>();

interface Problem {
  readonly axes: readonly Dim[];
  readonly goal: readonly number[];
  readonly rank: number;
  readonly fits: (moves: readonly Move[]) => boolean;
}

type Order = readonly number[];

function solve(problem: Problem): Move[] | null {
  const start = problem.axes.map((_, i) => i);
  const breaks = blocksBetween(start, problem.goal).length - 1;
  if (breaks === 0) return [];
  for (let steps = Math.max(1, Math.ceil(breaks / (problem.rank - 1))); steps < start.length; steps++) {
    let found = false;
    let best: Move[] | null = null;
    let bestScore: readonly number[] = [];
    for (const path of paths(problem, start, steps)) {
      found = true;
      const moves = path.map((order, i) => move(problem.axes, i === 0 ? start : (path[i - 1] as Order), order));
      if (!problem.fits(moves)) continue;
      const score = scoreOf(moves);
      if (best && !less(bestScore, score)) continue;
      best = moves;
      bestScore = score;
      if (steps > 2) break;
    }
    if (found) return best;
  }
  return null;
}

/** Every sequence of `steps` orders that ends at the goal, one block permutation apart. */
function* paths(problem: Problem, from: Order, steps: number): Generator<Order[]> {
  const breaks = blocksBetween(from, problem.goal).length - 1;
  if (breaks > steps * (problem.rank - 1)) return;
  if (steps === 1) {
    yield [problem.goal];
    return;
  }
  for (const next of neighbours(from, problem.rank)) {
    for (const rest of paths(problem, next, steps - 1)) yield [next, ...rest];
  }
}

/** All orders that one step reaches: cut into 2 to `rank` blocks, permuted so that no two blocks stay neighbours (those are fewer blocks). */
function* neighbours(order: Order, rank: number): Generator<Order> {
  const most = Math.min(rank, order.length);
  for (let blocks = 2; blocks <= most; blocks++) {
    for (const cuts of combinations(order.length - 1, blocks - 1)) {
      const bounds = [0, ...cuts.map((c) => c + 1), order.length];
      const parts = bounds.slice(1).map((end, i) => order.slice(bounds[i], end));
      for (const p of irreducible(blocks)) yield p.flatMap((i) => parts[i] as Order);
    }
  }
}

const irreducibleOf = new Map<number, readonly Order[]>();

/** Permutations of n without i, i+1 as neighbours. */
function irreducible(n: number): readonly Order[] {
  const known = irreducibleOf.get(n);
  if (known) return known;
  const found: number[][] = [];
  const extend = (taken: number[]): void => {
    if (taken.length === n) found.push([...taken]);
    for (let i = 0; i < n; i++) {
      if (taken.includes(i) || (taken.length > 0 && taken.at(-1) === i - 1)) continue;
      extend([...taken, i]);
    }
  };
  extend([]);
  irreducibleOf.set(n, found);
  return found;
}

function* combinations(n: number, choose: number, from = 0): Generator<number[]> {
  if (choose === 0) yield [];
  else for (let i = from; i <= n - choose; i++) for (const rest of combinations(n, choose - 1, i + 1)) yield [i, ...rest];
}

/** Maximal runs of `from` that are runs of `to`. */
function blocksBetween(from: Order, to: Order): number[][] {
  const position = new Array<number>(to.length);
  to.forEach((axis, at) => { position[axis] = at; });
  const blocks: number[][] = [];
  for (const axis of from) {
    const last = blocks.at(-1);
    if (last && (position[last.at(-1) as number] as number) + 1 === position[axis]) last.push(axis);
    else blocks.push([axis]);
  }
  return blocks;
}

function move(axes: readonly Dim[], from: Order, to: Order): Move {
  const blocks = blocksBetween(from, to);
  const place = new Map(blocks.map((block) => [to.indexOf(block[0] as number), block]));
  const order = [...place.keys()].sort((a, b) => a - b).map((at) => blocks.indexOf(place.get(at) as number[]));
  return { axes: blocks.map((block) => productOf(block.map((axis) => axes[axis] as Dim))), perm: order };
}

/** Higher is better, first difference decides: sum of log2 of the inner runs, then the negated number of axes. */
function scoreOf(moves: readonly Move[]): number[] {
  let runs = 0;
  let axes = 0;
  for (const { axes: sizes, perm } of moves) {
    axes += sizes.length;
    if (perm.at(-1) !== sizes.length - 1) continue;
    const inner = sizes.at(-1);
    runs += typeof inner === 'number' ? Math.min(Math.log2(inner), LONG_RUN) : LONG_RUN;
  }
  return [runs, -axes];
}

/** log2 of the elements from which on a contiguous run copies at full speed. Unknown sizes count as long. */
const LONG_RUN = 6;

function less(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at >= 0 && (a[at] as number) < (b[at] as number);
}

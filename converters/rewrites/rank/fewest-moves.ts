import { productOf } from '../../../models/graph/dims/dim.ts';
import type { Dim } from '../../../models/graph/index.ts';

/** One step: view the tensor as `axes`, transpose by `perm`. */
export interface Move {
  readonly axes: readonly Dim[];
  readonly perm: readonly number[];
}

/**
 * The fewest reshape-transpose steps of at most `rank` axes that do what one transpose of `axes` by `perm` does; exact up to ten axes.
 * A step cuts the order of axes into at most `rank` blocks and permutes the blocks; it makes at most rank − 1 new neighbours, so
 * breaks/(rank − 1) steps are needed at least. Among equally short ones the longest contiguous inner runs win (their product over all
 * steps, each counted up to 64), then the fewest axes. `fits`: which of the shortest solutions may be used at all (shapes with unknown
 * sizes cannot always be written). Null: none, or rank below 3.
 */
export function fewestMoves(
  axes: readonly Dim[], perm: readonly number[], rank: number, fits?: (moves: readonly Move[]) => boolean,
): Move[] | null {
  if (rank < 3) return null;
  const key = fits ? null : `${rank}|${axes}|${perm}`;
  const known = key === null ? undefined : solved.get(key);
  if (known !== undefined) return known;
  const found = solve({ axes, goal: perm, rank, fits: fits ?? (() => true) });
  if (key !== null) solved.set(key, found);
  return found;
}

/** More axes than this do not occur in networks; then a solution is good enough that may take a step too many. */
const LARGEST_EXACT = 10;

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
  if (start.length > LARGEST_EXACT) {
    const moves = movesAlong(problem, start, greedyPath(problem, start));
    return problem.fits(moves) ? moves : null;
  }
  for (let steps = Math.max(1, Math.ceil(breaks / (problem.rank - 1))); steps < start.length; steps++) {
    let found = false;
    let best: Move[] | null = null;
    let bestScore: readonly number[] = [];
    for (const path of paths(problem, start, steps)) {
      found = true;
      const moves = movesAlong(problem, start, path);
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

/** Each time the step that leaves the fewest breaks. */
function greedyPath({ goal, rank }: Problem, start: Order): Order[] {
  const path: Order[] = [];
  for (let blocks = blocksBetween(start, goal); blocks.length > rank;) {
    let best: Order = goal;
    let fewest = Number.POSITIVE_INFINITY;
    for (const next of neighbours(blocks, rank)) {
      const left = blocksBetween(next, goal).length;
      if (left < fewest) [best, fewest] = [next, left];
    }
    path.push(best);
    blocks = blocksBetween(best, goal);
  }
  return [...path, goal];
}

function movesAlong({ axes }: Problem, start: Order, path: readonly Order[]): Move[] {
  return path.map((order, i) => move(axes, i === 0 ? start : (path[i - 1] as Order), order));
}

/**
 * Every sequence of `steps` orders that ends at the goal, one block permutation apart. Runs that are right already stay whole, which
 * costs no step: from a solution that breaks one up, leaving out all but one axis of the run gives one that does not.
 */
function* paths(problem: Problem, from: Order, steps: number): Generator<Order[]> {
  const blocks = blocksBetween(from, problem.goal);
  if (blocks.length - 1 > steps * (problem.rank - 1)) return;
  if (steps === 1) {
    yield [problem.goal];
    return;
  }
  const key = `${problem.rank}|${steps}|${relativeOrder(blocks, problem.goal)}`;
  if (hopeless.has(key)) return;
  let found = false;
  for (const next of neighbours(blocks, problem.rank)) {
    for (const rest of paths(problem, next, steps - 1)) {
      found = true;
      yield [next, ...rest];
    }
  }
  if (!found) hopeless.add(key);
}

/** Orders from which so many steps do not reach the goal, whatever the axes are called. */
const hopeless = new Set<string>();

/** All orders that one step reaches: cut into 2 to `rank` runs of blocks, permuted so that no two runs stay neighbours. */
function* neighbours(blocks: readonly Order[], rank: number): Generator<Order> {
  const most = Math.min(rank, blocks.length);
  for (let count = 2; count <= most; count++) {
    for (const cuts of combinations(blocks.length - 1, count - 1)) {
      const bounds = [0, ...cuts.map((c) => c + 1), blocks.length];
      const runs = bounds.slice(1).map((end, i) => blocks.slice(bounds[i], end).flat());
      for (const p of irreducible(count)) yield p.flatMap((i) => runs[i] as Order);
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
  return { axes: blocks.map((block) => productOf(block.map((axis) => axes[axis] as Dim))), perm: relativeOrder(blocks, to) };
}

/** Numbers of the blocks in the order in which `to` has them. */
function relativeOrder(blocks: readonly Order[], to: Order): number[] {
  const place = blocks.map((block) => to.indexOf(block[0] as number));
  return [...place.keys()].sort((a, b) => (place[a] as number) - (place[b] as number));
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

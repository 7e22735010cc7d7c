import { productOf } from '../../../models/graph/dims/dim.ts';
import type { Dim, Value } from '../../../models/graph/index.ts';
import { type Move, fewestMoves } from './fewest-moves.ts';
import { describe, imageOps, type NamedOps, singleChannelOps } from './named-op.ts';
import type { NormalForm } from './normal-form.ts';
import { type Step, writeReshapes } from './step.ts';

export interface Plan {
  /** What the movement is, for the log. */
  readonly name: string;
  readonly steps: readonly Step[];
  /** Steps that copy data; a channel permutation that the next convolutions take in is none. */
  readonly moves: number;
}

/** What a plan has to do, and for whom. */
export interface Task {
  readonly from: readonly Dim[];
  readonly to: readonly Dim[];
  readonly form: NormalForm;
  /** Operators that target, opset and element type have. */
  readonly ops: NamedOps;
  /** Ranks to try. */
  readonly ranks: readonly number[];
  /** Every consumer is a convolution (perhaps behind unary steps), so that a permutation of channels costs nothing. */
  readonly beforeConvs: boolean;
  /** How to repeat: Tile is older than Expand. */
  readonly repeat: 'Expand' | 'Tile';
  /** The end must be a value of its own, even where nothing is left to do. */
  readonly needsNode: boolean;
  /** A value with the shape of the end. */
  readonly shapeOfEnd: Value | null;
}

/** All plans worth comparing; empty where shapes with unknown sizes cannot be written. */
export function plansFor(task: Task): Plan[] {
  const { from, to, form, ops } = task;
  const named = [...imageOps(from, to, form, ops), ...singleChannelOps(form, ops)];
  const plans: Plan[] = named.flatMap(({ name, steps, permutesChannels }) => {
    const written = finish(task, steps);
    return written ? [{ name, steps: written, moves: movesOf(written) - (permutesChannels && task.beforeConvs ? 1 : 0) }] : [];
  });
  for (const rank of new Set(task.ranks)) {
    const steps = transposes(task, rank);
    if (steps) plans.push({ name: describe(from, to, form), steps, moves: movesOf(steps) });
  }
  return plans;
}

export function movesOf(steps: readonly Step[]): number {
  return steps.filter((step) => step.op !== 'Reshape' && step.op !== 'Identity').length;
}

/** Reshapes and the fewest transposes of at most `rank` axes, then the repetition. */
function transposes(task: Task, rank: number): Step[] | null {
  const { form } = task;
  const isStatic = form.axes.every((dim) => typeof dim === 'number');
  const fits = (moves: readonly Move[]): boolean => finish(task, [...moveSteps(moves), ...spreadSteps(task)]) !== null;
  const moves = fewestMoves(form.axes, form.perm, rank, isStatic ? undefined : fits);
  if (!moves || (form.spread?.length ?? 0) > rank) return null;
  return finish(task, [...moveSteps(moves), ...spreadSteps(task)]);
}

function moveSteps(moves: readonly Move[]): Step[] {
  return moves.flatMap(({ axes, perm }): Step[] => [
    { op: 'Reshape', dims: axes }, { op: 'Transpose', dims: perm.map((axis) => axes[axis] as Dim), perm },
  ]);
}

/** A unit axis wherever something is repeated, then one Expand or Tile; both take the same numbers here. */
function spreadSteps({ form: { spread }, repeat }: Task): Step[] {
  if (!spread?.every((run) => !run.repeat || typeof run.size === 'number')) return [];
  const dims = spread.map((run) => run.size);
  const shape = spread.map((run) => (run.repeat ? (run.size as number) : 1));
  return [{ op: 'Reshape', dims: spread.map((run) => (run.repeat ? 1 : run.size)) }, { op: repeat, dims, shape }];
}

function finish(task: Task, steps: readonly Step[]): Step[] | null {
  if (productOf(steps.at(-1)?.dims ?? task.from) !== productOf(task.to)) return null;
  const written = writeReshapes(task.from, [...steps, { op: 'Reshape', dims: task.to }], task.shapeOfEnd);
  return written?.length === 0 && task.needsNode ? [{ op: 'Identity', dims: task.to }] : written;
}

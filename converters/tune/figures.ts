import type { CompileFailure } from '../htp/index.ts';
import { type Candidate, complexity, nameOf } from './candidate.ts';

/** What a candidate came to. Evidence `compiled`, but for `conversionBytes`, `scaledTo` and the limits, which are computed. */
export interface Figures {
  /** True when one graph holds all of it, but for conversions of the face on the CPU. */
  readonly valid: boolean;
  readonly htpGraphs: number;
  readonly cpuNodes: number;
  /** DDR bytes of the compiled graphs per whole input; of them spilled and filled. */
  readonly trafficBytes: number;
  readonly spillFillBytes: number;
  /** Bytes that conversions left on the CPU read and write. */
  readonly conversionBytes: number;
  /** Context binary; null where the objective did not ask for it. */
  readonly binaryBytes: number | null;
  /** Inferences per whole input: more than one where it goes through in strips. */
  readonly strips: number;
  /** What must cross the memory bus once for a whole input at the candidate's own face, and at one of bytes. */
  readonly limit: { readonly ownFace: number; readonly uint8Face: number };
  readonly modelSha256: string;
}

/** A line of the table. */
export interface Row {
  readonly candidate: Candidate;
  readonly name: string;
  readonly outcome: 'compiled' | 'failed' | 'pruned';
  /** Null where it was not compiled, or no graph came out. */
  readonly figures: Figures | null;
  /** Why it was not compiled, why it failed, or what is wrong with it. */
  readonly reason: string | null;
  /** From `Scorer`; null where nobody asked. */
  readonly score: number | null;
}

export type Objective = 'traffic' | 'spill' | 'size' | 'quality';

export function failedRow(candidate: Candidate, reason: string): Row {
  return { candidate, name: nameOf(candidate), outcome: 'failed', figures: null, reason, score: null };
}

export function prunedRow(candidate: Candidate, reason: string): Row {
  return { candidate, name: nameOf(candidate), outcome: 'pruned', figures: null, reason, score: null };
}

export function failureText({ name, message }: CompileFailure): string {
  return `${name}: ${message}`;
}

/** Everything that moves: what the compiled graphs do, and what the CPU does for them. */
export function movedBytes({ trafficBytes, conversionBytes }: Figures): number {
  return trafficBytes + conversionBytes;
}

/**
 * Order of two lines under an objective, best first; lines without a whole graph last. Ties go to fewer spills, a smaller binary, fewer
 * inferences, fewer choices, and at last to the name, so that the order never depends on which was compiled first.
 */
export function compareRows(objective: Objective): (a: Row, b: Row) => number {
  return (a, b) => {
    const [left, right] = [rank(a, objective), rank(b, objective)];
    for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return (left[i] as number) < (right[i] as number) ? -1 : 1;
    return a.name < b.name ? -1 : Number(a.name > b.name);
  };
}

function rank({ figures, candidate }: Row, objective: Objective): number[] {
  if (!figures) return [2];
  const traffic = movedBytes(figures);
  const first = { traffic, quality: traffic, spill: figures.spillFillBytes, size: figures.binaryBytes ?? Number.POSITIVE_INFINITY }[objective];
  return [figures.valid ? 0 : 1, first, traffic, figures.spillFillBytes, figures.strips, complexity(candidate)];
}

/** Cycles of one operation as the tool names it, the mean over executions. */
export interface OperationCycles {
  readonly name: string;
  readonly cycles: number;
}

/** Times of inferences on one clock, in milliseconds. */
export interface ExecuteTimes {
  /** One by execution, in order; null where the tool keeps figures of all of them together only. */
  readonly each: readonly number[] | null;
  readonly meanMs: number;
  readonly minMs: number | null;
  readonly maxMs: number | null;
}

/** What a profiling log says of one launch. Null where it says nothing. */
export interface ProfileFigures {
  /** From the start of the tool until the graph can run: preparation on the phone, or loading a context binary. */
  readonly initMs: number | null;
  /** Around the call that executes the graph, as the tool on the phone's CPU sees it. */
  readonly netRun: ExecuteTimes | null;
  /** On the accelerator alone. Rows of this kind exist only where an accelerator ran. */
  readonly accelerator: ExecuteTimes | null;
  /** Cycles of one inference on the accelerator. */
  readonly cycles: number | null;
  readonly operations: readonly OperationCycles[];
}

/** Times that were taken one by one. */
export function timesOf(each: readonly number[]): ExecuteTimes | null {
  if (each.length === 0) return null;
  return { each, meanMs: mean(each), minMs: Math.min(...each), maxMs: Math.max(...each) };
}

/** Figures of single occurrences by name, joined to their means in order of first appearance. */
export function meanCycles(occurrences: readonly OperationCycles[]): OperationCycles[] {
  const byName = new Map<string, number[]>();
  for (const { name, cycles } of occurrences) byName.set(name, [...(byName.get(name) ?? []), cycles]);
  return [...byName].map(([name, values]) => ({ name, cycles: mean(values) }));
}

/** `Conv2d:OpId_1 (cycles)` without the unit. */
export function operationName(identifier: string): string {
  return identifier.replace(/\s*\(cycles\)\s*$/, '').trim();
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

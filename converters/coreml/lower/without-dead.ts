import { type Constant, type Operation, operandsOf } from '../plan.ts';
import type { LowerContext } from './context.ts';

/** What the outputs depend on: recognising an operation of several nodes leaves those of the single nodes unused. */
export function withoutDead({ operations, constants }: LowerContext, outputs: readonly string[]): { operations: Operation[]; constants: Constant[] } {
  const needed = new Set(outputs);
  const kept = operations.toReversed().filter((operation) => {
    if (!operation.outputs.some(({ name }) => needed.has(name))) return false;
    for (const name of operandsOf(operation)) needed.add(name);
    return true;
  });
  return { operations: kept.reverse(), constants: constants.filter(({ name }) => needed.has(name)) };
}

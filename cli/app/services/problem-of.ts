import { DynoError } from '../../../models/contracts/errors.ts';
import type { Problem } from '../state/found.ts';

/** What a person reads of a failure. */
export function problemOf(error: unknown): Problem {
  if (error instanceof DynoError) return { message: error.message, nextSteps: error.nextSteps };
  return { message: error instanceof Error ? error.message : String(error), nextSteps: [] };
}

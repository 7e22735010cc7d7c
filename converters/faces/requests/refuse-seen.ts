import { UserError } from '../../../models/contracts/index.ts';
import type { Value } from '../../../models/graph/index.ts';

/** Throws UserError for an input that is also known by name elsewhere: it must stay what it is. */
export function refuseSeenInput(input: Value): void {
  if (input.isGraphOutput || input.isCaptured) {
    const where = input.isGraphOutput ? 'an output of the model too' : 'used inside an If, Loop or Scan';
    throw new UserError(`The input "${input.name}" is ${where}; its face cannot be changed.`, ['Leave this input as it is.']);
  }
}

/** Throws UserError for an output that an inner graph knows by name, or that no layer computes. */
export function refuseSeenOutput(output: Value): void {
  if (output.isCaptured || output.isGraphInput || output.initializer) {
    const what = output.isCaptured ? 'used inside an If, Loop or Scan' : 'no tensor that the model computes';
    throw new UserError(`The output "${output.name}" is ${what}; its face cannot be changed.`, ['Leave this output as it is.']);
  }
}

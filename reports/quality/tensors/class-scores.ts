import { UserError } from '../../../models/contracts/errors.ts';
import type { NdArray } from '../../../models/contracts/ndarray.ts';
import { toNumbers } from './numbers.ts';

/**
 * The `count` classes of the highest scores, best first; of equal scores the lower class goes first. Null where a score is not finite. Throws
 * UserError for outputs that are no scores of one input, and for more classes than there are.
 */
export function topClasses(scores: NdArray, count: number, output: string): number[] | null {
  const classes = scores.data.length;
  if (scores.dims.filter((side) => side !== 1).length > 1 || classes < 2) {
    throw new UserError(`The output "${output}" has the shape [${scores.dims.join(', ')}], which are no class scores of one input.`, ['Name the output of scores: agree:top1:output=NAME.']);
  }
  if (count > classes) throw new UserError(`top${count} of ${classes} classes says nothing: the output "${output}" has no more.`, [`Use top1 to top${classes - 1}.`]);
  const values = toNumbers(scores);
  if (!values.every(Number.isFinite)) return null;
  return Array.from(values.keys()).sort((a, b) => (values[b] as number) - (values[a] as number) || a - b).slice(0, count);
}

import { FLOAT_DTYPES } from '../../../models/contracts/index.ts';
import type { LowerContext } from './context.ts';
import type { MilValue } from './mil-value.ts';
import { Refused } from './refused.ts';

/** An input that must be of a float type: bytes are carried as floats, and must not be computed with as such. */
export function floatInput(c: LowerContext, index: number): MilValue {
  const value = c.input(index);
  const dtype = c.node.input(index)?.type.dtype;
  if (dtype && !FLOAT_DTYPES.has(dtype)) throw new Refused(`it computes in ${dtype}`, 'Cast to float32 before it.');
  return value;
}

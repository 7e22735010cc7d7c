import type { Immediate, MilDtype, MilType, Scalar } from '../plan.ts';

/** A value of the plan: what an operation yields, an input, or a constant. */
export interface MilValue extends MilType {
  readonly name: string;
  readonly isConstant: boolean;
  /** Bounds of whole numbers, where they are known; null otherwise and for floats. */
  readonly range: readonly [least: number, most: number] | null;
}

/** What `emit` takes for an input of an operation; undefined leaves an optional one out. */
export type Input = MilValue | readonly MilValue[] | Immediate | undefined;

export const int = (value: number): Immediate => ({ dtype: 'int32', value });
export const ints = (values: readonly number[]): Immediate => ({ dtype: 'int32', value: values });
export const unsigned = (value: number): Immediate => ({ dtype: 'uint32', value });
export const bool = (value: boolean): Immediate => ({ dtype: 'bool', value });
export const bools = (values: readonly boolean[]): Immediate => ({ dtype: 'bool', value: values });
export const text = (value: string): Immediate => ({ dtype: 'string', value });
export const real = (value: number): Immediate => ({ dtype: 'fp32', value: scalar(value) });

/** A number of a type that is given. */
export const number = (dtype: MilDtype, value: number): Immediate => ({ dtype, value: scalar(value) });

function scalar(value: number): Scalar {
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
}

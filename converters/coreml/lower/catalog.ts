import { ACTIVATION } from './activation.ts';
import { CONV } from './conv.ts';
import { EINSUM } from './einsum.ts';
import { ELEMENTWISE } from './elementwise.ts';
import { GRID_SAMPLE } from './grid-sample.ts';
import { LOGIC } from './logic.ts';
import type { Lowerer } from './lowerer.ts';
import { MASK } from './mask.ts';
import { MATMUL } from './matmul.ts';
import { MOVEMENT } from './movement.ts';
import { NORM } from './norm.ts';
import { PAD } from './pad.ts';
import { PLAIN_NORM } from './plain-norm.ts';
import { POOL } from './pool.ts';
import { QUANT } from './quant.ts';
import { REDUCE } from './reduce.ts';
import { RESIZE } from './resize.ts';
import { SCATTER } from './scatter.ts';
import { SHUFFLE } from './shuffle.ts';
import { SLICE } from './slice.ts';
import { THRESHOLD } from './threshold.ts';

/** Lowerers by operator of ai.onnx. */
const LOWERERS: ReadonlyMap<string, Lowerer> = new Map(Object.entries({
  ...ACTIVATION, ...CONV, ...EINSUM, ...ELEMENTWISE, ...GRID_SAMPLE, ...LOGIC, ...MASK, ...MATMUL, ...MOVEMENT, ...NORM, ...PAD, ...PLAIN_NORM, ...POOL, ...QUANT, ...REDUCE, ...RESIZE,
  ...SCATTER, ...SHUFFLE, ...SLICE, ...THRESHOLD,
}));

export function lowererOf(opType: string): Lowerer | undefined {
  return LOWERERS.get(opType);
}

/** Operators of ai.onnx that have a form in Core ML. */
export function loweredOperators(): string[] {
  return [...LOWERERS.keys()].sort();
}

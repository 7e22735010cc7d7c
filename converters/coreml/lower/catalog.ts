import { ACTIVATION } from './activation.ts';
import { CONV } from './conv.ts';
import { EINSUM } from './einsum.ts';
import { ELEMENTWISE } from './elementwise.ts';
import { LOGIC } from './logic.ts';
import type { Lowerer } from './lowerer.ts';
import { MATMUL } from './matmul.ts';
import { MOVEMENT } from './movement.ts';
import { NORM } from './norm.ts';
import { PAD } from './pad.ts';
import { POOL } from './pool.ts';
import { QUANT } from './quant.ts';
import { REDUCE } from './reduce.ts';
import { RESIZE } from './resize.ts';
import { SHUFFLE } from './shuffle.ts';
import { SLICE } from './slice.ts';

/** Lowerers by operator of ai.onnx. */
const LOWERERS: ReadonlyMap<string, Lowerer> = new Map(Object.entries({
  ...ACTIVATION, ...CONV, ...EINSUM, ...ELEMENTWISE, ...LOGIC, ...MATMUL, ...MOVEMENT, ...NORM, ...PAD, ...POOL, ...QUANT, ...REDUCE, ...RESIZE, ...SHUFFLE, ...SLICE,
}));

export function lowererOf(opType: string): Lowerer | undefined {
  return LOWERERS.get(opType);
}

/** Operators of ai.onnx that have a form in Core ML. */
export function loweredOperators(): string[] {
  return [...LOWERERS.keys()].sort();
}

import { ACTIVATION } from './activation.ts';
import { CONV } from './conv.ts';
import { ELEMENTWISE } from './elementwise.ts';
import type { Lowerer } from './lowerer.ts';
import { MOVEMENT } from './movement.ts';
import { SHUFFLE } from './shuffle.ts';

/** Lowerers by operator of ai.onnx. */
const LOWERERS: ReadonlyMap<string, Lowerer> = new Map(Object.entries({ ...ACTIVATION, ...CONV, ...ELEMENTWISE, ...MOVEMENT, ...SHUFFLE }));

export function lowererOf(opType: string): Lowerer | undefined {
  return LOWERERS.get(opType);
}

/** Operators of ai.onnx that have a form in Core ML. */
export function loweredOperators(): string[] {
  return [...LOWERERS.keys()].sort();
}

import { arithmetic } from './arithmetic.ts';
import type { GridCase } from './case.ts';
import { convolutions } from './convolutions.ts';
import { movements } from './movements.ts';
import { products } from './products.ts';
import { selections } from './selections.ts';
import { windows } from './windows.ts';

/** Every case of the operator grid, by family. */
export function allCases(): ReadonlyMap<string, readonly GridCase[]> {
  return new Map([['convolutions', convolutions()], ['arithmetic', arithmetic()], ['movements', movements()], ['windows', windows()], ['products', products()], ['selections', selections()]]);
}

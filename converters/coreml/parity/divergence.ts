import type { NamedArrays } from '../../../models/contracts/index.ts';
import { type Figures, figuresOf } from './figures.ts';
import type { MilFunction } from '../package/mil.ts';
import { COMPUTING } from '../translate/catalog.ts';

/** One value of the program beside the source model's value of the same name. */
export interface LayerParity extends Figures {
  /** Name in the program, and in the source model. */
  readonly value: string;
  readonly source: string;
  /** Type of the operation that computes it. */
  readonly operation: string;
  /** Least PSNR that rounding explains after so many operations. */
  readonly floor: number;
}

/** Arithmetic that a value was computed in, the coarsest on the way to it. */
export type Arithmetic = 'fp32' | 'fp16' | 'int8';

/**
 * Least PSNR for one operation, and at all. fp32: sums in another order. fp16: results are rounded to 11 bits, 2⁻¹² of a value at most; peaks
 * inside may be a few times those outside. int8: a level is 1/255 of the range, and results one level off are 48 dB below it.
 */
const FLOORS: Readonly<Record<Arithmetic, readonly [one: number, least: number]>> = { fp32: [110, 90], fp16: [60, 35], int8: [45, 25] };

/** Independent errors of `depth` operations in a row add in power: the floor sinks by 10·log10(depth). */
export function floorOf(arithmetic: Arithmetic, depth: number): number {
  const [one, least] = FLOORS[arithmetic];
  return Math.max(least, one - 10 * Math.log10(Math.max(1, depth)));
}

/** How each value of a function is computed: its operation, the arithmetic, and the operations that compute on the longest way to it. */
export function arithmeticOf({ body, inputs }: MilFunction): ReadonlyMap<string, { readonly operation: string; readonly arithmetic: Arithmetic; readonly depth: number }> {
  const found = new Map<string, { operation: string; arithmetic: Arithmetic; depth: number }>();
  for (const { name, type } of inputs) found.set(name, { operation: 'input', arithmetic: type.kind === 'tensor' && type.dtype === 'fp16' ? 'fp16' : 'fp32', depth: 0 });
  for (const { type, inputs: operands, outputs } of body.operations) {
    if (type === 'const' || type.startsWith('constexpr_')) continue;
    const before = [...operands.values()].flat().flatMap((argument) => (typeof argument === 'string' ? (found.get(argument) ?? []) : []));
    const depth = before.reduce((most, value) => Math.max(most, value.depth), 0) + (Object.hasOwn(COMPUTING, type) ? 1 : 0);
    for (const { name, type: result } of outputs) {
      const own: Arithmetic = type === 'quantize' ? 'int8' : result.kind === 'tensor' && result.dtype === 'fp16' ? 'fp16' : 'fp32';
      found.set(name, { operation: type, arithmetic: before.reduce((worst, value) => coarser(worst, value.arithmetic), own), depth });
    }
  }
  return found;
}

function coarser(a: Arithmetic, b: Arithmetic): Arithmetic {
  const order: readonly Arithmetic[] = ['fp32', 'fp16', 'int8'];
  return order[Math.max(order.indexOf(a), order.indexOf(b))] as Arithmetic;
}

/** Figures of all pairs, in the program's order. */
export function layersOf(body: MilFunction, pairs: readonly (readonly [mil: string, source: string])[], computed: NamedArrays, reference: NamedArrays): LayerParity[] {
  const facts = arithmeticOf(body);
  return pairs.flatMap(([value, source]) => {
    const [actual, expected, fact] = [computed.get(value), reference.get(source), facts.get(value)];
    if (!actual || !expected || !fact || actual.dims.join() !== expected.dims.join()) return [];
    return [{ value, source, operation: fact.operation, floor: floorOf(fact.arithmetic, fact.depth), ...figuresOf(expected, actual) }];
  });
}

import type { IntEncoding } from '../encoding.ts';
import type { Entry } from './entry.ts';

/** Steps are stored as float32: what is smaller than its smallest normal number is flushed to zero by phones. */
const SMALLEST = 2 ** -126;
const LARGEST = 3.4028234663852886e38;

/** Throws UserError for scales that are zero, negative, subnormal or infinite as float32. */
export function checkScales(entry: Entry, scales: readonly number[]): void {
  scales.forEach((scale, c) => {
    if (scale >= SMALLEST && scale <= LARGEST) return;
    const why = scale <= 0 ? 'is not positive' : scale < SMALLEST ? 'is below the smallest normal float32' : 'is beyond float32';
    throw entry.error(`has scale ${scale}${place(scales, c)}, which ${why}`, ['Calibrate again, or take the tensor out of the file.']);
  });
}

/** Throws UserError where zero points are missing, no whole numbers (2 bits excepted) or outside of the codes: then zero has no code. */
export function checkZeroPoints(
  entry: Entry,
  { bits, signed, scale, zeroPoint }: Pick<IntEncoding, 'bits' | 'signed' | 'scale' | 'zeroPoint'>,
): void {
  if (zeroPoint.length !== scale.length) throw entry.error(`has ${scale.length} scales and ${zeroPoint.length} offsets`);
  const low = signed ? -(2 ** (bits - 1)) : 0;
  const high = low + 2 ** bits - 1;
  zeroPoint.forEach((zero, c) => {
    if (zero >= low && zero <= high && (Number.isInteger(zero) || bits === 2)) return;
    const where = place(zeroPoint, c);
    throw entry.error(
      `has its zero at code ${zero}${where}, outside of the ${signed ? '' : 'un'}signed ${bits}-bit codes ${low} to ${high}`,
    );
  });
}

/** Offset of 0.6.1 and 1.0.0 (real = (q + offset)·scale with unsigned codes q) from a zero point, and back. */
export function offsetOf({ bits, signed }: Pick<IntEncoding, 'bits' | 'signed'>, zeroPoint: number): number {
  return 0 - zeroPoint - (signed ? 2 ** (bits - 1) : 0);
}

export function zeroPointOf({ bits, signed }: Pick<IntEncoding, 'bits' | 'signed'>, offset: number): number {
  return 0 - offset - (signed ? 2 ** (bits - 1) : 0);
}

/** AIMET's strict symmetric grid, by its codes as AIMET reads it: signed, zero at −1; the topmost code is not used. */
export function looksStrict({ signed, bits, zeroPoint }: Pick<IntEncoding, 'signed' | 'bits' | 'zeroPoint'>): boolean {
  return signed && bits > 1 && zeroPoint.every((zero) => zero === -1);
}

/** Ends of the range from the grid: min = offset·scale, max = (offset + 2^bits − 1)·scale, one step less where strict. */
export function rangeOf(encoding: Pick<IntEncoding, 'bits' | 'signed' | 'strict' | 'scale' | 'zeroPoint'>): {
  min: number[];
  max: number[];
} {
  const steps = 2 ** encoding.bits - (encoding.strict ? 2 : 1);
  const offsets = encoding.zeroPoint.map((zero) => offsetOf(encoding, zero));
  return {
    min: encoding.scale.map((scale, c) => (offsets[c] as number) * scale),
    max: encoding.scale.map((scale, c) => ((offsets[c] as number) + steps) * scale),
  };
}

/**
 * Throws UserError naming an end of the range that does not fit the grid: they name the same codes when they are less than half a step off
 * (float32 digits allowed for). A strict grid may state its topmost code or not: AIMET has written both.
 */
export function checkRange(
  entry: Entry,
  grid: Omit<IntEncoding, 'range' | 'kind' | 'name' | 'section' | 'extra' | 'grain'>,
  min: readonly (number | null)[],
  max: readonly (number | null)[],
): void {
  const wide = rangeOf({ ...grid, strict: false });
  const range = rangeOf(grid);
  for (const [field, stated, computed] of [
    ['min', min, range.min],
    ['max', max, range.max],
  ] as const) {
    stated.forEach((end, c) => {
      const [scale, wanted] = [grid.scale[c] as number, computed[c] as number];
      if (end === null || isNear(end, wanted, scale) || (field === 'max' && isNear(end, wide.max[c] as number, scale))) return;
      throw entry.error(`has ${field} ${end}${place(stated, c)}, but scale and offset make it ${wanted}`, [
        'Export the encodings again, or take min and max out.',
      ]);
    });
  }
}

function isNear(stated: number, computed: number, scale: number): boolean {
  return Math.abs(stated - computed) <= 0.5 * scale + 1e-6 * Math.abs(computed);
}

function place(list: readonly unknown[], index: number): string {
  return list.length > 1 ? ` in channel ${index}` : '';
}

import { parseCompression } from '../../converters/compress/index.ts';
import { resolveTarget } from '../../converters/rules/resolve-target.ts';
import type { SweepAxes } from '../../reports/sweep/sweep-schema.ts';
import { parsePrecision } from './precision.ts';
import { parseResolution } from './resolution.ts';
import { AXES, type Axis, type SweepFile } from './sweep-file.ts';

/** What a variant is where neither its row nor the axes say anything. */
export const USUAL: Omit<SweepAxes, 'model'> = { scale: null, resolution: 'own', rewrite: 'none', compress: 'none', precision: 'fp32' };

/** What stays of a variant in its baseline unless the config says otherwise. */
const USUAL_BASELINE = { precision: 'fp32', rewrite: 'none', compress: 'none' } as const;

/** Values of a point, with what it leaves out taken from `USUAL`; read, so that a misspelt one is an error before anything runs. Throws UserError. */
export function checkAxes(axes: SweepAxes): SweepAxes {
  parsePrecision(axes.precision);
  parseResolution(axes.resolution);
  if (axes.rewrite !== 'none') resolveTarget(axes.rewrite);
  if (axes.compress !== 'none') parseCompression(axes.compress);
  return axes;
}

/** The variant that another one is compared with. */
export function baselineOf(axes: SweepAxes, said: SweepFile['baseline'] = {}): SweepAxes {
  const given = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
  return { ...axes, ...USUAL_BASELINE, ...given };
}

/** Short and unique: what is usual is left out. */
export function variantId({ model, scale, resolution, rewrite, compress, precision }: SweepAxes): string {
  const parts = [model, ...(scale === null ? [] : [`x${scale}`]), ...(resolution === 'own' ? [] : [resolution]), ...[rewrite, compress].filter((part) => part !== 'none'), precision];
  return parts.join(' ');
}

/** Whether two points are the same. */
export function sameAxes(a: SweepAxes, b: SweepAxes): boolean {
  return AXES.every((axis) => a[axis] === b[axis]);
}

/** A value on an axis as people read it. */
export function axisText(axis: Axis, value: string | number | null): string {
  if (value === null) return 'own';
  return axis === 'scale' ? `×${value}` : String(value);
}

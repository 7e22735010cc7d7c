import type { FloatEncoding, Loss, Section, TensorEncoding } from '../encoding.ts';
import type { TensorLayout } from '../model/layout.ts';
import { unsaidAxis } from './blocks.ts';
import { Entry } from './entry.ts';
import { checkRange, checkScales, checkZeroPoints, looksStrict, offsetOf, rangeOf, zeroPointOf } from './grid.ts';

/**
 * An entry of 0.6.1 (0.4.0 and 0.5.0 alike): a list, one object per channel. real = (q + offset)·scale with unsigned codes; min =
 * offset·scale, max = (offset + 2^bitwidth − 1)·scale. Where scale and offset are missing, they follow from min and max.
 */
export function readLegacyEntry(name: string, value: unknown, section: Section): TensorEncoding {
  const list = Array.isArray(value) ? value.map((fields) => new Entry(name, fields)) : [];
  const [first] = list;
  if (!first) throw new Entry(name, {}).error('is no list of encodings, as version 0.6.1 has it');
  const dtype = first.has('dtype') ? first.text('dtype') : 'int';
  if (dtype !== 'int' && dtype !== 'float') throw first.error(`has dtype "${dtype}"; there are int and float`);
  const bits = first.integer('bitwidth', dtype === 'int' ? 2 : 8, 32);
  if (dtype === 'float') return { kind: 'float', name, section, bits, extra: first.rest() } satisfies FloatEncoding;
  const signed = first.has('is_symmetric') ? first.flag('is_symmetric') : false;
  const channels = list.map((entry) => readChannel(entry, bits, signed));
  const grid = {
    bits,
    signed,
    scale: channels.map(({ scale }) => scale),
    zeroPoint: channels.map(({ offset }) => zeroPointOf({ bits, signed }, offset)),
  };
  checkScales(first, grid.scale);
  checkZeroPoints(first, grid);
  const [min, max] = [channels.map((c) => c.min), channels.map((c) => c.max)];
  const strict = looksStrict(grid);
  checkRange(first, { ...grid, strict }, min, max);
  const stated = min.every((end) => end !== null) && max.every((end) => end !== null);
  return {
    kind: 'int',
    name,
    section,
    ...grid,
    strict,
    grain: list.length === 1 ? { kind: 'tensor' } : { kind: 'channel', axis: null },
    range: stated ? { min: min as number[], max: max as number[] } : null,
    extra: first.rest(),
  };
}

/** Null with the losses where 0.6.1 has no words for it. */
export function writeLegacyEntry(encoding: TensorEncoding, layout: TensorLayout | null, losses: Loss[]): object[] | null {
  const lost = (what: string): null => {
    losses.push({ tensor: encoding.name, what });
    return null;
  };
  if (encoding.kind === 'float') return [{ bitwidth: encoding.bits, dtype: 'float', ...encoding.extra }];
  if (encoding.kind === 'small-float') return lost(`0.6.1 has no ${encoding.dtype}`);
  if (encoding.kind === 'lpbq' || encoding.grain.kind === 'block') return lost('0.6.1 has no blocks');
  const { bits, signed, scale, zeroPoint, range } = encoding;
  if (bits < 4) return lost(`0.6.1 has no ${bits}-bit grids`);
  if (zeroPoint.some((zero) => !Number.isInteger(zero))) return lost('0.6.1 has no fractions of a zero point');
  const axis = unsaidAxis(encoding.grain, layout);
  if (axis !== null) return lost(axis);
  const { min, max } = range ?? rangeOf(encoding);
  return scale.map((step, c) => ({
    bitwidth: bits,
    dtype: 'int',
    is_symmetric: signed ? 'True' : 'False',
    max: max[c],
    min: min[c],
    offset: offsetOf(encoding, zeroPoint[c] as number),
    scale: step,
    ...encoding.extra,
  }));
}

interface Channel {
  readonly scale: number;
  readonly offset: number;
  readonly min: number | null;
  readonly max: number | null;
}

function readChannel(entry: Entry, bits: number, signed: boolean): Channel {
  const optional = (field: string): number | null => (entry.has(field) ? entry.number(field) : null);
  if (entry.integer('bitwidth', 2, 32) !== bits) throw entry.error('has channels of different bit widths');
  if (entry.has('is_symmetric') && entry.flag('is_symmetric') !== signed)
    throw entry.error('has channels of which some are symmetric and others not');
  if (entry.has('dtype') && entry.text('dtype') !== 'int') throw entry.error('has channels of different types');
  const [min, max] = [optional('min'), optional('max')];
  if (entry.has('scale') && entry.has('offset')) return { scale: entry.number('scale'), offset: entry.number('offset'), min, max };
  if (min === null || max === null) throw entry.error('has neither scale and offset nor min and max');
  const scale = (max - min) / (2 ** bits - 1);
  return { scale, offset: Math.round(min / scale) + 0, min, max };
}

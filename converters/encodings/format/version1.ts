import type { Grain, IntEncoding, Loss, LpbqEncoding, Section, TensorEncoding } from '../encoding.ts';
import type { TensorLayout } from '../model/layout.ts';
import { flatBlocks, unsaidAxis } from './blocks.ts';
import type { Entry } from './entry.ts';
import { checkScales, checkZeroPoints, looksStrict, offsetOf, zeroPointOf } from './grid.ts';

/** An entry of 1.0.0: flat lists of scales and offsets (as in 0.6.1: for unsigned codes); `zero_point_shift` is their fraction. */
export function readEntry1(entry: Entry, section: Section): TensorEncoding {
  const { name } = entry;
  const dtype = entry.text('dtype');
  const type = entry.text('enc_type');
  if (dtype === 'FLOAT') return { kind: 'float', name, section, bits: entry.integer('bw', 8, 32), extra: entry.rest() };
  if (dtype !== 'INT') throw entry.error(`has dtype "${dtype}"; there are INT and FLOAT`);
  const bits = entry.integer('bw', 2, 32);
  if (type === 'LPBQ') return readLpbq(entry, section, bits);
  const scale = entry.numbers('scale');
  const signed = entry.flag('is_sym');
  const offset = entry.numbers('offset');
  const shift = entry.has('zero_point_shift') ? entry.numbers('zero_point_shift') : null;
  if (shift && shift.length !== offset.length) throw entry.error(`has ${offset.length} offsets and ${shift.length} zero point shifts`);
  const grid = { bits, signed, scale, zeroPoint: offset.map((o, c) => zeroPointOf({ bits, signed }, o + (shift?.[c] ?? 0))) };
  checkScales(entry, scale);
  checkZeroPoints(entry, grid);
  return {
    kind: 'int',
    name,
    section,
    ...grid,
    strict: looksStrict(grid),
    grain: readGrain(entry, type, scale.length),
    range: null,
    extra: entry.rest(),
  };
}

/** Null with the losses where 1.0.0 has no words for it. */
export function writeEntry1(encoding: TensorEncoding, layout: TensorLayout | null, losses: Loss[]): object | null {
  const { name, extra } = encoding;
  const lost = (what: string): null => {
    losses.push({ tensor: name, what });
    return null;
  };
  if (encoding.kind === 'float') return { name, enc_type: 'PER_TENSOR', dtype: 'FLOAT', bw: encoding.bits, ...extra };
  if (encoding.kind === 'small-float') return lost(`1.0.0 has no ${encoding.dtype}`);
  if (encoding.kind === 'lpbq') {
    const blocks = flatBlocks(encoding.blockScale, encoding.grain, layout);
    return typeof blocks === 'string' ? lost(blocks) : lpbq1(encoding, blocks);
  }
  const { bits, signed, grain } = encoding;
  const axis = unsaidAxis(grain, layout);
  if (axis !== null) return lost(axis);
  const flat = (values: readonly number[]): readonly number[] | string =>
    grain.kind === 'block' ? flatBlocks(values, grain, layout) : values;
  const [scale, zeroPoint] = [flat(encoding.scale), flat(encoding.zeroPoint)];
  if (typeof scale === 'string') return lost(scale);
  if (typeof zeroPoint === 'string') return lost(zeroPoint);
  const offset = zeroPoint.map((zero) => offsetOf(encoding, zero));
  const shift = offset.map((o) => o - Math.floor(o));
  return {
    name,
    enc_type: `PER_${grain.kind.toUpperCase()}`,
    dtype: 'INT',
    bw: bits,
    is_sym: signed,
    scale: [...scale],
    offset: offset.map(Math.floor),
    ...(shift.some((s) => s !== 0) ? { zero_point_shift: shift } : {}),
    ...(grain.kind === 'block' ? { block_size: grain.size } : {}),
    ...extra,
  };
}

function readGrain(entry: Entry, type: string, count: number): IntEncoding['grain'] {
  if (type === 'PER_TENSOR') {
    if (count !== 1) throw entry.error(`is PER_TENSOR and has ${count} scales`);
    return { kind: 'tensor' };
  }
  if (type === 'PER_CHANNEL') return { kind: 'channel', axis: null };
  if (type === 'PER_BLOCK') return blockGrain(entry);
  throw entry.error(`has enc_type "${type}"; PER_TENSOR, PER_CHANNEL, PER_BLOCK and LPBQ are known`);
}

function blockGrain(entry: Entry): Grain & { kind: 'block' } {
  return { kind: 'block', axis: null, size: entry.integer('block_size', 1, 2 ** 31), shape: null };
}

function readLpbq(entry: Entry, section: Section, wideBits: number): LpbqEncoding {
  const bits = entry.integer('compressed_bw', 2, wideBits);
  const channelScale = entry.numbers('scale');
  const blockScale = entry.numbers('per_block_int_scale');
  checkScales(entry, channelScale);
  if (entry.has('is_sym') && !entry.flag('is_sym')) throw entry.error('is LPBQ and not symmetric');
  if (entry.has('offset') && !entry.numbers('offset').every((o) => o === -(2 ** (wideBits - 1))))
    throw entry.error(`is LPBQ with offsets other than ${-(2 ** (wideBits - 1))}`);
  if (blockScale.length % channelScale.length !== 0)
    throw entry.error(`has ${blockScale.length} block scales for ${channelScale.length} channels`);
  checkBlockScales(entry, blockScale);
  return {
    kind: 'lpbq',
    name: entry.name,
    section,
    bits,
    wideBits,
    channelScale,
    blockScale,
    grain: blockGrain(entry),
    extra: entry.rest(),
  };
}

export function checkBlockScales(entry: Entry, blockScale: readonly number[]): void {
  const odd = blockScale.find((s) => !Number.isInteger(s) || s < 1);
  if (odd !== undefined) throw entry.error(`has the block scale ${odd}, which should be a whole number from 1`);
}

function lpbq1({ name, bits, wideBits, channelScale, grain, extra }: LpbqEncoding, blocks: readonly number[]): object {
  return {
    name,
    enc_type: 'LPBQ',
    dtype: 'INT',
    bw: wideBits,
    compressed_bw: bits,
    block_size: grain.size,
    is_sym: true,
    scale: [...channelScale],
    offset: channelScale.map(() => -(2 ** (wideBits - 1))),
    per_block_int_scale: [...blocks],
    ...extra,
  };
}

import type { Grain, Loss, LpbqEncoding, TensorEncoding } from '../encoding.ts';
import { normalAxis, type TensorLayout } from '../model/layout.ts';
import { blockArray } from './blocks.ts';
import type { Entry } from './entry.ts';
import { checkScales, checkZeroPoints, looksStrict } from './grid.ts';
import { type NestedNumbers, readNested, writeNested } from './nested.ts';
import { checkBlockScales } from './version1.ts';

const INTEGERS = /^(u?)int(2|4|8|16|32)$/;
const SMALL_FLOATS: ReadonlySet<string> = new Set(['float4e2m1', 'float8e4m3fn', 'float8e4m3fnuz', 'float8e5m2', 'float8e5m2fnuz']);
const WIDTHS: ReadonlySet<number> = new Set([2, 4, 8, 16, 32]);

/** An entry of 2.0.0, field by field what QuantizeLinear takes: zero points are those of `output_dtype`, and 0 where they are left out. */
export function readEntry2(entry: Entry): TensorEncoding {
  const { name } = entry;
  const dtype = entry.text('output_dtype');
  if (entry.has('per_block_int_scale')) return readLpbq(entry, dtype);
  const y = array(entry, 'y_scale');
  const grain = readGrain(entry, y);
  checkScales(entry, y.values);
  if (SMALL_FLOATS.has(dtype)) return { kind: 'small-float', name, section: null, dtype, scale: y.values, grain, extra: entry.rest() };
  const [, unsigned, digits] = INTEGERS.exec(dtype) ?? [];
  if (digits === undefined || dtype === 'uint32') {
    const plain = /^b?float(16|32)$/.test(dtype);
    throw entry.error(`has output_dtype "${dtype}", which 2.0.0 does not know`, [
      plain ? 'Take the tensor out: what 2.0.0 does not list stays in floating point.' : 'Export the encodings again.',
    ]);
  }
  const zero = entry.has('y_zero_point') ? array(entry, 'y_zero_point') : { shape: y.shape, values: y.values.map(() => 0) };
  const grid = { bits: Number(digits), signed: unsigned === '', scale: y.values, zeroPoint: zero.values };
  checkZeroPoints(entry, grid);
  return { kind: 'int', name, section: null, ...grid, strict: looksStrict(grid), grain, range: null, extra: entry.rest() };
}

/** Null with the losses where 2.0.0 has no words for it. */
export function writeEntry2(encoding: TensorEncoding, layout: TensorLayout | null, losses: Loss[]): object | null {
  const { name, extra } = encoding;
  const lost = (what: string): null => {
    losses.push({ tensor: name, what });
    return null;
  };
  if (encoding.kind === 'float') return lost(`2.0.0 has no float${encoding.bits}; what it does not list stays in floating point`);
  if (encoding.kind === 'lpbq') return writeLpbq(encoding, layout, lost);
  const placed = placeScales(encoding, layout);
  if (typeof placed === 'string') return lost(placed);
  if (encoding.kind === 'small-float') return { name, output_dtype: encoding.dtype, y_scale: placed.scale, ...placed.where, ...extra };
  const { bits, signed, zeroPoint } = encoding;
  if (!WIDTHS.has(bits) || (bits === 32 && !signed)) return lost(`2.0.0 has no ${signed ? '' : 'u'}int${bits}`);
  const zeros = zeroPoint.every((zero) => zero === 0) ? {} : { y_zero_point: placed.array(zeroPoint) };
  return { name, output_dtype: `${signed ? '' : 'u'}int${bits}`, y_scale: placed.scale, ...zeros, ...placed.where, ...extra };
}

interface Placed {
  readonly scale: unknown;
  /** `axis` and `block_size`. */
  readonly where: object;
  array(values: readonly number[]): unknown;
}

function placeScales({ scale, grain }: { scale: readonly number[]; grain: Grain }, layout: TensorLayout | null): Placed | string {
  if (grain.kind === 'tensor') return { scale: scale[0], where: {}, array: (values) => values[0] };
  if (grain.kind === 'channel') {
    const axis = grain.axis ?? layout?.channelAxis;
    if (axis === undefined) return 'which axis its channels lie along depends on the layer; name the model';
    return { scale: [...scale], where: { axis }, array: (values) => [...values] };
  }
  const blocks = blockArray(scale, grain, layout);
  if (typeof blocks === 'string') return blocks;
  const array = (values: readonly number[]): unknown => {
    const made = blockArray(values, grain, layout);
    return typeof made === 'string' ? null : writeNested(made.values, made.shape);
  };
  return { scale: writeNested(blocks.values, blocks.shape), where: { axis: grain.axis ?? blocks.axis, block_size: grain.size }, array };
}

function readGrain(entry: Entry, { shape, values }: NestedNumbers): Grain {
  const axis = entry.has('axis') ? entry.integer('axis', -16, 15) : null;
  const size = entry.has('block_size') ? entry.integer('block_size', 0, 2 ** 31) : 0;
  if (size > 0) {
    if (axis === null) throw entry.error('has a block_size and no axis');
    const at = normalAxis(axis, shape.length);
    if (shape.length < 2 || at < 0 || at >= shape.length)
      throw entry.error(`has blocks along axis ${axis}, and scales of ${shape.length} dimensions`);
    return { kind: 'block', axis, size, shape };
  }
  if (axis === null || shape.length === 0) {
    if (values.length !== 1) throw entry.error(`has ${values.length} scales and no axis`);
    return { kind: 'tensor' };
  }
  if (shape.filter((length) => length > 1).length > 1) throw entry.error(`has scales of shape [${shape}], where one per channel was meant`);
  return { kind: 'channel', axis };
}

function array(entry: Entry, field: string): NestedNumbers {
  const value = entry.raw(field);
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    throw entry.error(`has a quantized ${field}, as version 2.1.0 has it`, ['Export the encodings as 2.0.0.']);
  const nested = readNested(value);
  if (!nested) throw entry.error(`has ${value === undefined ? 'no' : 'a ragged or empty'} ${field}`);
  return nested;
}

function readLpbq(entry: Entry, dtype: string): LpbqEncoding {
  const [, unsigned, digits] = INTEGERS.exec(dtype) ?? [];
  if (unsigned !== '') throw entry.error(`is LPBQ with output_dtype "${dtype}", which should be a signed integer`);
  const [blocks, channels] = [array(entry, 'per_block_int_scale'), array(entry, 'per_channel_float_scale')];
  const grain = readGrain(entry, blocks);
  if (grain.kind !== 'block') throw entry.error('has block scales and no block_size');
  if (entry.has('y_zero_point') && !array(entry, 'y_zero_point').values.every((zero) => zero === 0))
    throw entry.error('is LPBQ with zero points other than 0');
  checkScales(entry, channels.values);
  checkBlockScales(entry, blocks.values);
  const along = blocks.shape.filter(
    (length, axis) => axis !== normalAxis(grain.axis as number, blocks.shape.length) && length === channels.values.length,
  );
  if (along.length === 0 && channels.values.length !== 1)
    throw entry.error(`has ${channels.values.length} channel scales, and block scales of shape [${blocks.shape}]`);
  const bits = Number(digits);
  return {
    kind: 'lpbq',
    name: entry.name,
    section: null,
    bits,
    wideBits: 2 * bits,
    channelScale: channels.values,
    blockScale: blocks.values,
    grain,
    extra: entry.rest(),
  };
}

function writeLpbq(encoding: LpbqEncoding, layout: TensorLayout | null, lost: (what: string) => null): object | null {
  const { name, bits, wideBits, channelScale, grain, extra } = encoding;
  if (!WIDTHS.has(bits) || wideBits !== 2 * bits) return lost(`2.0.0 has LPBQ of twice the bits only, not ${bits} in ${wideBits}`);
  const blocks = blockArray(encoding.blockScale, grain, layout);
  if (typeof blocks === 'string') return lost(blocks);
  const { values, shape, axis } = blocks;
  const channelAxis = shape.findIndex((length, i) => i !== axis && length === channelScale.length);
  return {
    name,
    output_dtype: `int${bits}`,
    per_channel_float_scale: writeNested(
      channelScale,
      shape.map((length, i) => (i === channelAxis ? length : 1)),
    ),
    per_block_int_scale: writeNested(values, shape),
    axis: grain.axis ?? axis,
    block_size: grain.size,
    ...extra,
  };
}

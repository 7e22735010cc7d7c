import type { DType } from '../../../models/contracts/index.ts';
import { nearestCode } from '../../quantize/encoding.ts';
import { codeRange, type Grain, type IntEncoding, type LpbqEncoding } from '../encoding.ts';

/** An encoding as QuantizeLinear and DequantizeLinear compute it. Scales are float32; blocks have the tensor's rank. */
export interface Grid {
  readonly bits: number;
  readonly signed: boolean;
  readonly strict: boolean;
  readonly scale: readonly number[];
  readonly zeroPoint: readonly number[];
  readonly grain: Grain;
}

/** LPBQ by its effective scales, block scale × channel scale. */
export function gridOf(encoding: IntEncoding | LpbqEncoding): Grid {
  if (encoding.kind === 'int') return { ...encoding, scale: encoding.scale.map(Math.fround) };
  const { bits, blockScale, channelScale, grain } = encoding;
  const shape = grain.shape ?? [channelScale.length, blockScale.length / channelScale.length];
  const channelAxis = shape.findIndex((length, axis) => axis !== grain.axis && length === channelScale.length);
  const inner = shape.slice(channelAxis + 1).reduce((a, b) => a * b, 1);
  const scale = blockScale.map((s, i) => Math.fround(s * (channelScale[Math.floor(i / inner) % channelScale.length] as number)));
  return { bits, signed: true, strict: false, scale, zeroPoint: scale.map(() => 0), grain };
}

export function dtypeOf({ bits, signed }: Pick<Grid, 'bits' | 'signed'>): DType {
  return `${signed ? '' : 'u'}int${bits}` as DType;
}

/** round(x / scale) + zero point, saturating. */
export function encodeValues(values: Float64Array, dims: readonly number[], grid: Grid): Float64Array {
  const [low, high] = codeRange(grid);
  const at = scaleIndex(dims, grid.grain);
  return values.map((value, i) => {
    const s = at(i);
    return Math.min(high, Math.max(low, nearestCode(value, grid.scale[s] as number, grid.bits) + (grid.zeroPoint[s] as number)));
  });
}

/** (q − zero point)·scale in float32. */
export function decodeValues(codes: Float64Array, dims: readonly number[], { scale, zeroPoint, grain }: Grid): Float64Array {
  const at = scaleIndex(dims, grain);
  return codes.map((q, i) => {
    const s = at(i);
    return Math.fround(Math.fround(q - (zeroPoint[s] as number)) * (scale[s] as number));
  });
}

/** Dimensions of the array of scales that stands beside a tensor: none, [channels], or the tensor's with blocks counted. */
export function scaleDims(dims: readonly number[], { scale, grain }: Pick<Grid, 'scale' | 'grain'>): number[] {
  if (grain.kind === 'tensor') return [];
  if (grain.kind === 'channel') return [scale.length];
  return dims.map((dim, axis) => (axis === grain.axis ? dim / grain.size : dim));
}

/** Values of a list by blocks, in the full dimensions that operators want; other lists as they are. */
export function spread(values: readonly number[], dims: readonly number[], grain: Grain): readonly number[] {
  if (grain.kind !== 'block') return values;
  const full = scaleDims(dims, { scale: values, grain });
  const at = scaleIndex(full, { ...grain, size: 1 });
  return Array.from({ length: full.reduce((a, b) => a * b, 1) }, (_, i) => values[at(i)] as number);
}

/** Which scale holds for the element at a row-major position. */
function scaleIndex(dims: readonly number[], grain: Grain): (i: number) => number {
  if (grain.kind === 'tensor') return () => 0;
  if (grain.kind === 'channel') {
    const axis = grain.axis as number;
    const inner = dims.slice(axis + 1).reduce((a, b) => a * b, 1);
    const channels = dims[axis] as number;
    return (i) => Math.floor(i / inner) % channels;
  }
  const shape = grain.shape as readonly number[];
  return (i) => {
    let [rest, index, stride] = [i, 0, 1];
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      const dim = dims[axis] as number;
      const length = shape[axis] as number;
      const at = rest % dim;
      rest = Math.floor(rest / dim);
      index += (length === 1 ? 0 : axis === grain.axis ? Math.floor(at / grain.size) : at) * stride;
      stride *= length;
    }
    return index;
  };
}

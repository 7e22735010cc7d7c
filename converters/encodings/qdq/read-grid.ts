import type { Node, Value } from '../../../models/graph/index.ts';
import { looksStrict } from '../format/grid.ts';
import { normalAxis } from '../model/layout.ts';
import type { Grain } from '../encoding.ts';
import type { Grid } from './codes.ts';

const INTEGERS = /^(u?)int(4|8|16|32)$/;

/**
 * The grid of a QuantizeLinear or DequantizeLinear whose scale and zero point are constant; the reason where it has none that an encoding
 * could say. `rank` of the tensor, for scales per axis.
 */
export function readGrid(node: Node, rank: number | null): Grid | string {
  const [scale, zero] = [node.input(1), node.input(2)];
  const dtype = codeType(node);
  const [, unsigned, digits] = INTEGERS.exec(dtype ?? '') ?? [];
  if (digits === undefined) return `its codes are ${dtype ?? 'of an unknown type'}`;
  if (!scale?.constant || (zero && !zero.constant)) return 'its scale or zero point is computed';
  if (scale.constant.dtype !== 'float32') return `its scale is ${scale.constant.dtype}`;
  const scales = [...scale.constant.numbers()];
  if (scales.some((s) => !(s > 0 && Number.isFinite(s)))) return 'its scale is not positive';
  const zeroPoint = zero?.constant ? [...zero.constant.numbers()] : scales.map(() => 0);
  const grain = grainOf(node, scale.constant.dims, rank);
  if (typeof grain === 'string') return grain;
  const grid = { bits: Number(digits), signed: unsigned === '', scale: scales, zeroPoint };
  return { ...grid, strict: looksStrict(grid), grain };
}

export function sameGrid(a: Grid, b: Grid): boolean {
  const plain = ({ bits, signed, strict, scale, zeroPoint, grain: { kind, ...where } }: Grid): unknown[] => [
    bits,
    signed,
    strict,
    scale,
    zeroPoint,
    kind,
    Object.entries(where).sort(),
  ];
  return JSON.stringify(plain(a)) === JSON.stringify(plain(b));
}

/** Element type of the codes; uint8 where a QuantizeLinear does not say. */
function codeType(node: Node): string | null {
  if (node.is('DequantizeLinear')) return node.input(0)?.type.dtype ?? null;
  return node.input(2)?.type.dtype ?? node.output()?.type.dtype ?? 'uint8';
}

function grainOf(node: Node, dims: readonly number[], rank: number | null): Grain | string {
  const size = node.attributes.int('block_size', 0);
  if (size === 0 && (dims.length === 0 || (dims.length === 1 && dims[0] === 1))) return { kind: 'tensor' };
  if (rank === null) return 'the rank of its input is not known';
  const axis = normalAxis(node.attributes.int('axis', 1), rank);
  return size === 0 ? { kind: 'channel', axis } : { kind: 'block', axis, size, shape: dims };
}

/** The rank of what a node reads. */
export function rankOf(value: Value | null): number | null {
  return value?.type.shape?.length ?? null;
}

import { UserError } from '../../../models/contracts/index.ts';
import { type Known, knownNumbers } from './known.ts';
import type { Operands } from './operands.ts';
import { unpack } from '../package/unpack.ts';

/**
 * Operations that decompress weights (coremltools mil/ops/defs/iOS16/constexpr_ops.py and iOS18/compression.py), by our own arithmetic in
 * float64: each gives its results as known values, rounded once to their type.
 */
export const CONSTEXPRS: Readonly<Record<string, (o: Operands) => readonly Known[]>> = {
  constexpr_affine_dequantize: affineDequantize,
  constexpr_blockwise_shift_scale: (o) => [shiftScale(o, fixed(o, 'data'), fixed(o, 'data').dims)],
  constexpr_lut_to_dense: (o) => [o.has('shape') ? lutToDenseFlat(o) : lutToDense(fixed(o, 'indices'), o)],
  constexpr_sparse_to_dense: (o) => [o.has('shape') ? sparseToDenseFlat(o) : sparseToDense(fixed(o, 'nonzero_data'), fixed(o, 'mask'))],
  constexpr_lut_to_sparse: lutToSparse,
  constexpr_sparse_blockwise_shift_scale: sparseShiftScale,
  constexpr_cast: (o) => [knownNumbers(o.result().dtype, fixed(o, 'source_val').dims, fixed(o, 'source_val').numbers())],
};

function fixed(o: Operands, parameter: string): Known {
  const known = o.known(parameter);
  if (!known) throw new UserError(`${parameter} of ${o.operation.type} "${o.operation.name}" is no constant`, ['Convert the model again.']);
  return known;
}

function size(dims: readonly number[]): number {
  return dims.reduce((a, b) => a * b, 1);
}

/** scale · (data − zero point), each for the whole tensor or along one axis. */
function affineDequantize(o: Operands): [Known] {
  const data = fixed(o, 'quantized_data');
  const axis = o.axis('axis', data.dims.length);
  const inner = size(data.dims.slice(axis + 1));
  const [scale, zero] = [o.numbers('scale'), o.numbers('zero_point')];
  const along = (list: readonly number[], i: number): number => list[list.length === 1 ? 0 : Math.floor(i / inner) % (data.dims[axis] as number)] as number;
  const values = data.numbers().map((value, i) => along(scale, i) * (value - along(zero, i)));
  return [knownNumbers(fixed(o, 'scale').dtype, data.dims, values)];
}

/** The element of a smaller tensor of the same rank whose block an element lies in. */
function blockOf(dims: readonly number[], blocks: readonly number[]): (index: number) => number {
  const sizes = dims.map((dim, axis) => dim / (blocks[axis] as number));
  return (index) => {
    let [rest, at, stride] = [index, 0, 1];
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      const dim = dims[axis] as number;
      at += Math.floor((rest % dim) / (sizes[axis] as number)) * stride;
      rest = Math.floor(rest / dim);
      stride *= blocks[axis] as number;
    }
    return at;
  };
}

/** scale · (data − offset), each for a block of elements. */
function shiftScale(o: Operands, data: Known, dims: readonly number[]): Known {
  const scale = fixed(o, 'scale');
  const block = blockOf(dims, scale.dims);
  const scales = scale.numbers();
  const offsets = o.known('offset')?.numbers();
  const values = data.numbers().map((value, i) => (scales[block(i)] as number) * (value - (offsets?.[block(i)] ?? 0)));
  return knownNumbers(scale.dtype, dims, values);
}

/** iOS 16: packed indices into one table. */
function lutToDenseFlat(o: Operands): Known {
  const lut = fixed(o, 'lut');
  const dims = o.numbers('shape');
  const indices = bits(fixed(o, 'indices'), Math.log2(lut.dims[0] as number), size(dims));
  const table = lut.numbers();
  return knownNumbers(lut.dtype, dims, indices.map((index) => table[index] as number));
}

/** iOS 18: tables for blocks of indices; with vectors as entries, each index becomes several elements along one axis. */
function lutToDense(indices: Known, o: Operands): Known {
  const lut = fixed(o, 'lut');
  const rank = indices.dims.length;
  const [entries, width] = lut.dims.slice(rank) as [number, number];
  const axis = o.has('vector_axis') ? o.axis('vector_axis', rank) : rank - 1;
  const dims = indices.dims.map((dim, i) => (i === axis ? dim * width : dim));
  const inner = size(dims.slice(axis + 1));
  const long = dims[axis] as number;
  const block = blockOf(indices.dims, lut.dims.slice(0, rank));
  const [picks, table] = [indices.numbers(), lut.numbers()];
  const values = Float64Array.from({ length: size(dims) }, (_, i) => {
    const along = Math.floor(i / inner) % long;
    const index = (Math.floor(i / (inner * long)) * (long / width) + Math.floor(along / width)) * inner + (i % inner);
    return table[(block(index) * entries + (picks[index] as number)) * width + (along % width)] as number;
  });
  return knownNumbers(lut.dtype, dims, values);
}

/** iOS 16: values that are not zero, and a packed mask of where they go. */
function sparseToDenseFlat(o: Operands): Known {
  const dims = o.numbers('shape');
  return sparseToDense(fixed(o, 'nonzero_data'), knownNumbers('uint1', dims, bits(fixed(o, 'mask'), 1, size(dims))));
}

function sparseToDense(data: Known, mask: Known): Known {
  const values = data.numbers();
  let next = 0;
  return knownNumbers(data.dtype, mask.dims, mask.numbers().map((bit) => (bit === 0 ? 0 : (values[next++] as number))));
}

/** What a mask keeps of a dense tensor, in order. */
function kept(dense: Known, mask: Known): Known {
  const bit = mask.numbers();
  const values = dense.numbers().filter((_, i) => bit[i] !== 0);
  return knownNumbers(dense.dtype, [values.length], values);
}

/** Indices by a mask to values by a mask; vectors widen the mask along their axis. */
function lutToSparse(o: Operands): [mask: Known, data: Known] {
  const mask = fixed(o, 'indices_mask');
  const dense = lutToDense(sparseToDense(fixed(o, 'indices_nonzero_data'), mask), o);
  const axis = mask.dims.findIndex((dim, i) => dim !== dense.dims[i]);
  const wide = axis < 0 ? mask : repeated(mask, axis, (dense.dims[axis] as number) / (mask.dims[axis] as number), dense.dims);
  return [wide, kept(dense, wide)];
}

function repeated(mask: Known, axis: number, times: number, dims: readonly number[]): Known {
  const inner = size(dims.slice(axis + 1));
  const bit = mask.numbers();
  return knownNumbers(mask.dtype, dims, Float64Array.from({ length: size(dims) }, (_, i) => bit[Math.floor(i / (inner * times)) * inner + (i % inner)] as number));
}

function sparseShiftScale(o: Operands): [mask: Known, data: Known] {
  const mask = fixed(o, 'data_mask');
  const dense = sparseToDense(fixed(o, 'nonzero_data'), mask);
  return [mask, kept(shiftScale(o, dense, mask.dims), mask)];
}

/** Fields of some bits each, packed from the least significant bit on. */
function bits(packed: Known, width: number, count: number): Float64Array {
  const bytes = Uint8Array.from(packed.numbers());
  if (bytes.length < Math.ceil((width * count) / 8)) throw new UserError(`${bytes.length} bytes for ${count} fields of ${width} bits`, ['Convert the model again.']);
  const type = FIELDS[width];
  if (!type) throw new UserError(`a table of ${2 ** width} entries`, ['Convert the model again.']);
  return unpack(type, bytes, count);
}

const FIELDS: Readonly<Record<number, 'uint1' | 'uint2' | 'uint3' | 'uint4' | 'uint6' | 'uint8'>> = { 1: 'uint1', 2: 'uint2', 3: 'uint3', 4: 'uint4', 6: 'uint6', 8: 'uint8' };

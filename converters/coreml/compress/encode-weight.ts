import { UserError } from '../../../models/contracts/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import type { WeightsFile } from '../lower/weights-file.ts';
import type { Blob, MilDtype, WeightForm } from '../plan.ts';
import { toIntegers } from './integers.ts';
import { kMeans, nearestCentres } from './k-means.ts';
import { elementsByGroup, tensorGrid } from './tensor-grid.ts';
import type { WeightCoding, WeightScheme } from './weight-scheme.ts';
import type { WeightAxes } from './weight-users.ts';

/** A weight in another form. */
export interface EncodedWeight {
  readonly form: WeightForm;
  /** What the operations will see. */
  readonly values: Float64Array;
  /** Bits that the form takes in the package: elements, and its scales or tables in 16 bits each. */
  readonly bits: number;
  readonly note: string | null;
}

export interface EncodeRequest {
  readonly values: Float64Array;
  readonly dims: readonly number[];
  readonly axes: WeightAxes;
  readonly scheme: WeightScheme;
  /** Forms differ from iOS 18 on. */
  readonly release: number;
  /** To the type that scales and tables will have. */
  readonly rounded: (value: number) => number;
  readonly file: WeightsFile;
}

/** Stores a weight as a scheme says. */
export function encodeWeight(request: EncodeRequest): EncodedWeight {
  const { values, scheme: { pruned, coding } } = request;
  const zero = pruned === null ? null : prunedElements(values, pruned);
  if (coding?.kind === 'integer') return encodeIntegers(request, coding, zero);
  if (coding?.kind === 'palette') return encodePalette(request, coding, zero);
  if (!zero) throw new UserError('Nothing is to be done with the weights.', ['Leave --weights out.']);
  const kept = values.map((value, i) => (zero[i] === 1 ? 0 : request.rounded(value)));
  const stored = kept.filter((_, i) => zero[i] === 0);
  const form = { kind: 'sparse', mask: maskBlob(request, zero), values: floats(request, stored, [stored.length]) } as const;
  return { form, values: kept, bits: values.length + 16 * stored.length, note: null };
}

/** 1 for the elements of least magnitude. */
function prunedElements(values: Float64Array, share: number): Uint8Array {
  const order = Uint32Array.from(values, (_, i) => i).sort((a, b) => Math.abs(values[a] as number) - Math.abs(values[b] as number) || a - b);
  const zero = new Uint8Array(values.length);
  for (const element of order.subarray(0, Math.min(values.length - 1, Math.round(share * values.length)))) zero[element] = 1;
  return zero;
}

function encodeIntegers(request: EncodeRequest, { bits, block }: Extract<WeightCoding, { kind: 'integer' }>, zero: Uint8Array | null): EncodedWeight {
  const { values, dims, axes, release, rounded } = request;
  const inputs = dims[axes.input] as number;
  const isWhole = block === null || inputs % block === 0;
  const grid = tensorGrid(dims, dims.map((dim, axis) => (axis === axes.output ? dim : axis === axes.input && block !== null && isWhole ? inputs / block : 1)));
  const { codes, scales } = toIntegers(values, grid, bits, rounded, zero ? (element) => zero[element] === 1 : undefined);
  const decoded = Float64Array.from(codes, (code, i) => rounded(code * (scales[grid.groupOf(i)] as number)));
  const dtype = `int${bits}` as MilDtype;
  const note = isWhole ? null : `one scale for each output channel, as blocks of ${block} do not divide ${inputs} input channels`;
  const cost = { values: decoded, note };
  if (zero) {
    const stored = codes.filter((_, i) => zero[i] === 0);
    const form = { kind: 'sparse-blockwise', mask: maskBlob(request, zero), data: bytes(request, dtype, stored, [stored.length]), scale: floats(request, scales, grid.parts) } as const;
    return { ...cost, form, bits: values.length + bits * stored.length + 16 * scales.length };
  }
  const data = bytes(request, dtype, codes, dims);
  const form: WeightForm = release >= 18
    ? { kind: 'blockwise', data, scale: floats(request, scales, grid.parts), offset: null }
    : { kind: 'affine', data, scale: floats(request, scales, [scales.length]), zeroPoint: null, axis: axes.output };
  return { ...cost, form, bits: bits * values.length + 16 * scales.length };
}

function encodePalette(request: EncodeRequest, { bits, group }: Extract<WeightCoding, { kind: 'palette' }>, zero: Uint8Array | null): EncodedWeight {
  const { values, dims, axes, rounded } = request;
  const outputs = dims[axes.output] as number;
  const isWhole = group === null || outputs % group === 0;
  const grid = tensorGrid(dims, dims.map((_, axis) => (axis === axes.output && group !== null && isWhole ? outputs / group : 1)));
  const entries = 2 ** bits;
  const tables = new Float64Array(grid.count * entries);
  const indices = new Uint8Array(values.length);
  for (const [number, members] of elementsByGroup(grid).entries()) {
    const elements = zero ? members.filter((element) => zero[element] === 0) : members;
    const own = Float64Array.from(elements, (element) => values[element] as number);
    const table = kMeans(own, entries).map(rounded);
    tables.set(table, number * entries);
    nearestCentres(own, table).forEach((index, i) => {
      indices[elements[i] as number] = index;
    });
  }
  const decoded = Float64Array.from(indices, (index, i) => (zero?.[i] === 1 ? 0 : (tables[grid.groupOf(i) * entries + index] as number)));
  const lut = floats(request, tables, [...grid.parts, entries, 1]);
  const dtype = `uint${bits}` as MilDtype;
  const note = isWhole ? null : `one table for all, as groups of ${group} do not divide ${outputs} output channels`;
  const cost = { values: decoded, note };
  if (zero) {
    const stored = indices.filter((_, i) => zero[i] === 0);
    return { ...cost, form: { kind: 'sparse-lut', mask: maskBlob(request, zero), indices: bytes(request, dtype, stored, [stored.length]), lut }, bits: values.length + bits * stored.length + 16 * tables.length };
  }
  return { ...cost, form: { kind: 'lut', indices: bytes(request, dtype, indices, dims), lut, bits }, bits: bits * values.length + 16 * tables.length };
}

function maskBlob({ file, dims }: EncodeRequest, zero: Uint8Array): Blob {
  return file.add('uint1', dims, zero.map((bit) => 1 - bit));
}

/** One element a byte. */
function bytes({ file }: EncodeRequest, dtype: MilDtype, values: Int8Array | Uint8Array, dims: readonly number[]): Blob {
  return file.add(dtype, dims, new Uint8Array(values.buffer, values.byteOffset, values.length));
}

function floats({ file }: EncodeRequest, values: Float64Array, dims: readonly number[]): Blob {
  return file.add('fp32', dims, Tensor.of('float32', dims, values).bytes());
}

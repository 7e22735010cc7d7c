import type { MilConstant } from './constant.ts';
import { milBits } from './data-types.ts';
import type { MilBlock, MilFunction, MilOperation } from './mil.ts';
import type { MilTensorType } from './mil-type.ts';

/** What a function of a program consists of. Counts by arithmetic on the program. */
export interface FunctionSummary {
  readonly name: string;
  readonly opset: string;
  /** Operations that compute or move: constants and what decompresses weights are left out. */
  readonly operations: number;
  /** By type, most frequent first. */
  readonly operators: Readonly<Record<string, number>>;
  /** Number of computed values by rank, and by element type. */
  readonly ranks: Readonly<Record<string, number>>;
  readonly dtypes: Readonly<Record<string, number>>;
  /** fp16 where all floating-point operations but casts compute in it, mixed where some do; null where none compute in floats. */
  readonly precision: 'fp16' | 'fp32' | 'mixed' | null;
  /** Operations that compute in fp32 although others compute in fp16. */
  readonly fp32Islands: readonly { readonly name: string; readonly type: string }[];
  /** Weights by how they are stored, largest first. */
  readonly weights: Readonly<Record<string, WeightSummary>>;
}

interface WeightSummary {
  readonly tensors: number;
  /** Elements of the weights as operations see them. */
  readonly elements: number;
  /** Bytes as stored: data, scales, tables and masks. */
  readonly bytes: number;
}

export function summariseFunction({ name, opset, body }: MilFunction): FunctionSummary {
  const operations = allOperations(body);
  const computing = operations.filter(({ type }) => type !== 'const' && !isConstexpr(type));
  const results = computing.flatMap(({ outputs }) => outputs.flatMap(({ type }) => (type.kind === 'tensor' ? [type] : [])));
  const halves = computing.filter((operation) => computesIn(operation, 'fp16'));
  const singles = computing.filter((operation) => computesIn(operation, 'fp32'));
  return {
    name, opset, operations: computing.length,
    operators: sorted(count(computing.map(({ type }) => type))),
    ranks: Object.fromEntries([...count(results.map(({ shape }) => String(shape?.length ?? '?')))].sort(([a], [b]) => a.localeCompare(b))),
    dtypes: sorted(count(results.map(({ dtype }) => dtype))),
    precision: halves.length > 0 ? (singles.length > 0 ? 'mixed' : 'fp16') : singles.length > 0 ? 'fp32' : null,
    fp32Islands: halves.length > 0 ? singles.map(({ type, outputs }) => ({ name: outputs[0]?.name ?? '', type })) : [],
    weights: summariseWeights(operations),
  };
}

/** Operations of a block and of the blocks inside of them. */
function allOperations({ operations }: MilBlock): MilOperation[] {
  return operations.flatMap((operation) => [operation, ...operation.blocks.flatMap(allOperations)]);
}

/** Whether an operation computes in a floating-point type; casts only change it. */
function computesIn({ type, outputs }: MilOperation, dtype: 'fp16' | 'fp32'): boolean {
  return type !== 'cast' && type !== 'const' && !isConstexpr(type) && outputs.some(({ type: result }) => result.kind === 'tensor' && result.dtype === dtype);
}

export function isConstexpr(type: string): boolean {
  return type.startsWith('constexpr_');
}

function count(words: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

function sorted(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort(([a, n], [b, m]) => m - n || a.localeCompare(b)));
}

/** Every constant in floating point or sub-byte form, under the operation that decompresses it where there is one. */
function summariseWeights(operations: readonly MilOperation[]): Record<string, WeightSummary> {
  const made = new Map(operations.flatMap((operation) => operation.outputs.map(({ name }) => [name, operation] as const)));
  const taken = new Set<string>();
  const found = new Map<string, { tensors: number; elements: number; bytes: number }>();
  const add = (encoding: string, elements: number, bytes: number): void => {
    const before = found.get(encoding) ?? { tensors: 0, elements: 0, bytes: 0 };
    found.set(encoding, { tensors: before.tensors + 1, elements: before.elements + elements, bytes: before.bytes + bytes });
  };
  for (const operation of [...operations].reverse()) {
    const [first] = operation.outputs;
    if (!first || taken.has(first.name) || first.type.kind !== 'tensor') continue;
    const elements = (first.type.shape ?? []).reduce<number>((size, dim) => size * (dim ?? 1), 1);
    if (isConstexpr(operation.type)) {
      const parts = partsOf(operation, made, taken);
      add(encodingOf(parts), elements, parts.reduce((sum, { constant }) => sum + constant.bytes, 0));
    } else if (operation.type === 'const' && isWeight(first.type)) {
      const value = operation.attributes.get('val');
      if (value) add(first.type.dtype, elements, value.bytes);
    }
  }
  return Object.fromEntries([...found].sort(([, a], [, b]) => b.bytes - a.bytes));
}

/** Scalars are parameters of operations. */
function isWeight({ dtype, shape }: MilTensorType): boolean {
  return (dtype.startsWith('fp') || dtype === 'bf16') && (shape ?? []).length > 0;
}

interface Part {
  /** The constexpr operation that takes it, and as what. */
  readonly operation: string;
  readonly parameter: string;
  readonly constant: MilConstant;
}

/** The constants that a weight is made of, through joint forms; marks the operations on the way as taken. */
function partsOf(operation: MilOperation, made: ReadonlyMap<string, MilOperation>, taken: Set<string>): Part[] {
  for (const { name } of operation.outputs) taken.add(name);
  const direct = [...operation.attributes].map(([parameter, constant]) => ({ operation: operation.type, parameter, constant }));
  const given = [...operation.inputs].flatMap(([parameter, list]) =>
    list.flatMap((argument): Part[] => {
      if (typeof argument !== 'string') return [{ operation: operation.type, parameter, constant: argument }];
      const source = made.get(argument);
      if (!source || taken.has(argument)) return [];
      if (isConstexpr(source.type)) return partsOf(source, made, taken);
      taken.add(argument);
      const value = source.attributes.get('val');
      return source.type === 'const' && value ? [{ operation: operation.type, parameter, constant: value }] : [];
    }),
  );
  return [...direct, ...given];
}

/** `4-bit palette`, `int8 per channel`, `sparse fp16`, `int4 in blocks, sparse`. */
function encodingOf(parts: readonly Part[]): string {
  const has = (word: string): boolean => parts.some(({ operation }) => operation.includes(word));
  const part = (...parameters: readonly string[]): MilConstant | null => parts.find(({ parameter }) => parameters.includes(parameter))?.constant ?? null;
  const words: string[] = [];
  if (has('lut')) words.push(`${paletteBits(part('indices', 'indices_nonzero_data'), part('lut'))}-bit palette`);
  else if (has('blockwise')) words.push(`${dtypeOf(part('data', 'nonzero_data'))}${isBlockwise(part('scale')) ? ' in blocks' : ''}`);
  else if (has('affine')) words.push(dtypeOf(part('quantized_data')));
  else if (has('sparse')) words.push(dtypeOf(part('nonzero_data')));
  else words.push(dtypeOf(part('source_val')));
  return [...words, ...(has('sparse') ? ['sparse'] : [])].join(', ');
}

function dtypeOf(constant: MilConstant | null): string {
  return constant?.type.kind === 'tensor' ? constant.type.dtype : 'unknown';
}

/** Of iOS 16, the table says how many bits an index has; later the index's type does. */
function paletteBits(indices: MilConstant | null, lut: MilConstant | null): number {
  const shape = lut?.type.kind === 'tensor' ? (lut.type.shape ?? []) : [];
  if (shape.length === 1) return Math.log2(shape[0] ?? 1);
  return indices?.type.kind === 'tensor' ? (milBits(indices.type.dtype) ?? 0) : 0;
}

/** Scales along more than one axis. */
function isBlockwise(scale: MilConstant | null): boolean {
  const shape = scale?.type.kind === 'tensor' ? (scale.type.shape ?? []) : [];
  return shape.filter((dim) => dim !== 1).length > 1;
}

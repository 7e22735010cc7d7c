import type { DType } from '../contracts/dtype.ts';

/** One dimension: a number, a symbolic expression in canonical text (`H`, `2*H`, `N`), or null where nothing is known. */
export type Dim = number | string | null;

/** Type of a value as far as it is known. `shape` null: rank unknown. `dtype` null: element type unknown. Non-tensors have kind `other`. */
export interface ValueType {
  readonly kind: 'tensor' | 'other';
  readonly dtype: DType | null;
  readonly shape: readonly Dim[] | null;
  /** Elements of a small tensor in row-major order as far as they follow from shapes and constants; read them with `knownData`. */
  readonly elements?: readonly Dim[];
}

export const UNKNOWN_TYPE: ValueType = { kind: 'tensor', dtype: null, shape: null };

/** The shape when every dimension is a number, else null. */
export function staticShape(type: ValueType | null | undefined): number[] | null {
  if (!type?.shape?.every((d) => typeof d === 'number')) return null;
  return type.shape as number[];
}

/** `[1, 3, H, ?]` for messages. */
export function formatShape(shape: readonly Dim[] | null): string {
  return shape === null ? '[?]' : `[${shape.map((d) => d ?? '?').join(', ')}]`;
}

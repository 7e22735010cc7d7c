import { UserError } from '../../../models/contracts/index.ts';
import { type MilDType, milDType } from './data-types.ts';
import type { DimensionMessage, TypeMessage } from './messages.ts';

export interface MilTensorType {
  readonly kind: 'tensor';
  readonly dtype: MilDType;
  /** Null for a dimension that is open; a null shape leaves the rank open. */
  readonly shape: readonly (number | null)[] | null;
}

export type MilType =
  | MilTensorType
  | { readonly kind: 'list'; readonly element: MilType; readonly length: number | null }
  | { readonly kind: 'tuple'; readonly elements: readonly MilType[] }
  | { readonly kind: 'dictionary'; readonly key: MilType; readonly value: MilType }
  | { readonly kind: 'state'; readonly wrapped: MilType };

/** The type that a message states. Throws UserError where it states none, or one that this build does not know. */
export function readMilType(message: TypeMessage | undefined): MilType {
  if (message?.tensorType) return tensorType(message.tensorType);
  if (message?.listType) return { kind: 'list', element: readMilType(message.listType.type), length: size(message.listType.length) };
  if (message?.tupleType) return { kind: 'tuple', elements: (message.tupleType.types ?? []).map(readMilType) };
  if (message?.dictionaryType) return { kind: 'dictionary', key: readMilType(message.dictionaryType.keyType), value: readMilType(message.dictionaryType.valueType) };
  if (message?.stateType) return { kind: 'state', wrapped: readMilType(message.stateType.wrappedType) };
  throw new UserError('a value has no type', ['Convert the model again.']);
}

/** `fp16[1, 3, ?, ?]` */
export function formatMilType(type: MilType): string {
  switch (type.kind) {
    case 'tensor':
      return `${type.dtype}[${type.shape === null ? '…' : type.shape.map((dim) => dim ?? '?').join(', ')}]`;
    case 'list':
      return `list of ${formatMilType(type.element)}`;
    case 'tuple':
      return `(${type.elements.map(formatMilType).join(', ')})`;
    case 'dictionary':
      return `dictionary of ${formatMilType(type.key)} to ${formatMilType(type.value)}`;
    case 'state':
      return `state of ${formatMilType(type.wrapped)}`;
  }
}

function tensorType({ dataType, rank, dimensions }: NonNullable<TypeMessage['tensorType']>): MilTensorType {
  const dtype = milDType(dataType ?? 0);
  if (dtype === null) throw new UserError(`a tensor has element type ${dataType ?? 0}, which this version does not know`, ['Update dyno.']);
  const open = (rank ?? 0) < 0 || dimensions?.some(({ unknown }) => unknown?.variadic);
  return { kind: 'tensor', dtype, shape: open ? null : (dimensions ?? []).map(size) };
}

function size(dimension: DimensionMessage | undefined): number | null {
  if (!dimension?.constant) return null;
  const size = dimension.constant.size ?? 0;
  if (!Number.isSafeInteger(size) || size < 0) throw new UserError(`a dimension has the size ${size}`, ['Convert the model again.']);
  return size;
}

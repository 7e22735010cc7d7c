import type Long from 'long';
import { DTYPE_CODES, dtypeName } from '../contracts/dtype.ts';
import { toNumber } from '../onnx/integer.ts';
import type { TypeProto, ValueInfoProto } from '../onnx/proto.ts';
import { type Dim, UNKNOWN_TYPE, type ValueType } from './types.ts';

/** Reads a value info's type; what is absent stays unknown. */
export function readType(info: ValueInfoProto): ValueType {
  const type = info.type;
  if (!type) return UNKNOWN_TYPE;
  const tensor = type.tensorType;
  if (!tensor) return { kind: 'other', dtype: null, shape: null };
  const shape = tensor.shape ? (tensor.shape.dim ?? []).map(readDim) : null;
  return { kind: 'tensor', dtype: dtypeName(Number(tensor.elemType ?? 0)), shape };
}

/** Writes a tensor type; unknown dimensions stay empty, an unknown rank leaves the shape out. */
export function writeType(type: ValueType): TypeProto {
  const elemType = type.dtype === null ? 0 : DTYPE_CODES[type.dtype];
  if (type.shape === null) return { tensorType: { elemType } };
  return { tensorType: { elemType, shape: { dim: type.shape.map(writeDim) } } };
}

function readDim(dim: { dimValue?: Long | number | null; dimParam?: string | null }): Dim {
  if (dim.dimParam) return NAMELESS.has(dim.dimParam) ? null : dim.dimParam;
  if (dim.dimValue === undefined || dim.dimValue === null || !Object.hasOwn(dim, 'dimValue')) return null;
  const size = toNumber(dim.dimValue);
  return size >= 0 ? size : null;
}

/** What exporters write for a size they do not know: no name, so two of them need not be equal. */
const NAMELESS = new Set(['?', '*', '-1', 'None', 'unk']);

function writeDim(dim: Dim): { dimValue?: number; dimParam?: string } {
  if (typeof dim === 'number') return { dimValue: dim };
  return dim === null ? {} : { dimParam: dim };
}

import type { DType } from '../../models/contracts/dtype.ts';

/** Element types of QNN with the codes that its tools print (QNN documentation, QnnTypes.h). */
const CODES = {
  float32: 0x0232, float16: 0x0216, int8: 0x0008, int16: 0x0016, int32: 0x0032, int64: 0x0064, uint8: 0x0108, uint16: 0x0116, uint32: 0x0132, uint64: 0x0164,
  'sfixed-8': 0x0308, 'sfixed-16': 0x0316, 'sfixed-32': 0x0332, 'ufixed-8': 0x0408, 'ufixed-16': 0x0416, 'ufixed-32': 0x0432, bool8: 0x0508,
} as const;

export type QnnDataType = keyof typeof CODES;

const BY_CODE = new Map(Object.entries(CODES).map(([name, code]) => [code as number, name as QnnDataType]));

/** Type of a code; null for one that is not known. */
export function dataTypeOf(code: number): QnnDataType | null {
  return BY_CODE.get(code) ?? null;
}

/** Code of a type. */
export function dataTypeCode(type: QnnDataType): number {
  return CODES[type];
}

/** `QNN_DATATYPE_UFIXED_POINT_8` of a type. */
export function dataTypeName(type: QnnDataType): string {
  const [, kind, bits] = /^(.+?)-?(\d+)$/.exec(type) as unknown as [string, string, string];
  return `QNN_DATATYPE_${kind.endsWith('fixed') ? `${kind.toUpperCase()}_POINT` : kind.toUpperCase()}_${bits}`;
}

/** Type of a name in `execution_metadata.yaml`, e.g. `QNN_DATATYPE_UFIXED_POINT_8`. */
export function dataTypeNamed(name: string): QnnDataType | null {
  const found = /^QNN_DATATYPE_(FLOAT|INT|UINT|SFIXED_POINT|UFIXED_POINT|BOOL)_(\d+)$/.exec(name);
  if (!found) return null;
  const [, kind, bits] = found as unknown as [string, string, string];
  const text = kind === 'SFIXED_POINT' ? `sfixed-${bits}` : kind === 'UFIXED_POINT' ? `ufixed-${bits}` : `${kind.toLowerCase()}${bits}`;
  return text in CODES ? (text as QnnDataType) : null;
}

/** Element type of the raw files of a tensor when they are in its own type. */
export function rawType(type: QnnDataType): DType {
  const fixed = /^(s|u)fixed-(\d+)$/.exec(type);
  if (fixed) return `${fixed[1] === 'u' ? 'u' : ''}int${fixed[2]}` as DType;
  return type === 'bool8' ? 'uint8' : (type as DType);
}

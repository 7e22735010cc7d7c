import type { ArrayMessage, FeatureMessage, ImageMessage, SizeRangeMessage } from './messages.ts';

/** An input, output or state as an app sees it. */
export interface Feature {
  readonly name: string;
  readonly description: string;
  readonly optional: boolean;
  readonly type: FeatureType;
}

export type FeatureType = ImageFeature | ArrayFeature | { readonly kind: 'int64' | 'double' | 'string' | 'dictionary' | 'sequence' | 'unknown' };

export interface ImageFeature {
  readonly kind: 'image';
  readonly color: 'RGB' | 'BGR' | 'GRAYSCALE' | 'GRAYSCALE_FLOAT16' | 'unknown';
  readonly width: number;
  readonly height: number;
  /** Sizes that it takes besides; null where there is one. */
  readonly flexible: Flexible | null;
}

export interface ArrayFeature {
  readonly kind: 'array' | 'state';
  readonly dtype: 'float32' | 'float64' | 'float16' | 'int32' | 'int8' | 'unknown';
  /** The default shape where there are several; empty where none is stated. */
  readonly shape: readonly number[];
  readonly flexible: Flexible | null;
}

/** Listed shapes, or a range for each axis (null: without an upper end). Of images, axes are height and width. */
export type Flexible =
  | { readonly kind: 'enumerated'; readonly shapes: readonly (readonly number[])[] }
  | { readonly kind: 'range'; readonly ranges: readonly (readonly [number, number | null])[] };

/** A feature of a model's description. */
export function readFeature({ name, shortDescription, type }: FeatureMessage): Feature {
  return { name: name ?? '', description: shortDescription ?? '', optional: type?.isOptional ?? false, type: readType(type ?? {}) };
}

const COLORS: Readonly<Record<number, ImageFeature['color']>> = { 10: 'GRAYSCALE', 20: 'RGB', 30: 'BGR', 40: 'GRAYSCALE_FLOAT16' };
/** ArrayDataType: a base in the high bits, the width in the low ones. */
const ARRAY_TYPES: Readonly<Record<number, ArrayFeature['dtype']>> = {
  65568: 'float32', 65600: 'float64', 65552: 'float16', 131104: 'int32', 131080: 'int8',
};

function readType(type: NonNullable<FeatureMessage['type']>): FeatureType {
  if (type.imageType) return image(type.imageType);
  if (type.multiArrayType) return array('array', type.multiArrayType);
  if (type.stateType?.arrayType) return array('state', type.stateType.arrayType);
  if (type.int64Type) return { kind: 'int64' };
  if (type.doubleType) return { kind: 'double' };
  if (type.stringType) return { kind: 'string' };
  if (type.dictionaryType) return { kind: 'dictionary' };
  return { kind: type.sequenceType ? 'sequence' : 'unknown' };
}

function image({ width, height, colorSpace, enumeratedSizes, imageSizeRange }: ImageMessage): ImageFeature {
  const base = { kind: 'image', color: COLORS[colorSpace ?? 0] ?? 'unknown', width: width ?? 0, height: height ?? 0 } as const;
  if (enumeratedSizes) {
    const shapes = (enumeratedSizes.sizes ?? []).map((size) => [size.height ?? 0, size.width ?? 0]);
    return { ...base, flexible: { kind: 'enumerated', shapes } };
  }
  if (imageSizeRange) return { ...base, flexible: { kind: 'range', ranges: [range(imageSizeRange.heightRange), range(imageSizeRange.widthRange)] } };
  return { ...base, flexible: null };
}

function array(kind: ArrayFeature['kind'], { shape, dataType, enumeratedShapes, shapeRange }: ArrayMessage): ArrayFeature {
  const base = { kind, dtype: ARRAY_TYPES[dataType ?? 0] ?? 'unknown', shape: shape ?? [] } as const;
  if (enumeratedShapes) return { ...base, flexible: { kind: 'enumerated', shapes: (enumeratedShapes.shapes ?? []).map((listed) => listed.shape ?? []) } };
  if (shapeRange) return { ...base, flexible: { kind: 'range', ranges: (shapeRange.sizeRanges ?? []).map(range) } };
  return { ...base, flexible: null };
}

function range(message: SizeRangeMessage | undefined): readonly [number, number | null] {
  const upper = message?.upperBound ?? 0;
  return [message?.lowerBound ?? 0, upper < 0 ? null : upper];
}

import { cloneMessage, type ModelProto } from '../../../../models/onnx/index.ts';
import { type EncodingsFile, readEncodings } from '../../../../converters/encodings/index.ts';

const KEY = 'stand-in.encodings';

/** A model that carries encodings to the next tool. */
export function withEncodings(proto: ModelProto, encodings: object | null): ModelProto {
  const others = (proto.metadataProps ?? []).filter(({ key }) => key !== KEY);
  return encodings === null ? proto : cloneMessage(proto, { metadataProps: [...others, { key: KEY, value: JSON.stringify(encodings) }] });
}

/** The encodings that a model carries; null for none. */
export function encodingsIn({ metadataProps }: ModelProto): EncodingsFile | null {
  const value = metadataProps?.find(({ key }) => key === KEY)?.value;
  return value ? readEncodings(value) : null;
}

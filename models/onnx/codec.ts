import { Reader } from 'protobufjs/minimal.js';
import { onnx } from './generated/onnx-ml.js';
import type { ModelProto } from './proto.ts';

/** Decodes a model message. Unknown fields are kept in `$unknowns`; raw data are views on `bytes`. */
export function decodeProto(bytes: Uint8Array): ModelProto {
  const reader = Reader.create(bytes);
  reader.discardUnknown = false;
  return onnx.ModelProto.decode(reader);
}

/** Encodes a model message in field order; what was decoded and not edited comes out byte for byte. */
export function encodeModel(proto: ModelProto): Uint8Array {
  return onnx.ModelProto.encode(proto).finish();
}

import { readFileSync } from 'node:fs';
import { decodeProto } from './codec.ts';
import type { ModelProto } from './proto.ts';

/** A model as read: its message, and the file that payloads may still lie in until `close`. */
export interface OnnxModel {
  readonly proto: ModelProto;
  readonly path: string | null;
  readonly fileSize: number;
  close(): void;
}

/** Reads an ONNX file. */
export function readModel(path: string): OnnxModel {
  return decodeModel(readFileSync(path), path);
}

/** Reads an ONNX model from memory. `path` is where external data is looked for. */
export function decodeModel(bytes: Uint8Array, path?: string): OnnxModel {
  return { proto: decodeProto(bytes), path: path ?? null, fileSize: bytes.length, close: () => {} };
}

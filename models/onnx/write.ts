import { renameSync, writeFileSync } from 'node:fs';
import { encodeModel } from './encode.ts';
import type { ModelProto } from './proto.ts';
import type { OnnxModel } from './read.ts';

export interface WriteOptions {
  /** The model that `proto` was edited from. */
  readonly from?: OnnxModel;
  /** Leaves external data files where they are (target in the same folder). */
  readonly keepExternal?: boolean;
  readonly signal?: AbortSignal;
}

export interface WriteReport {
  readonly path: string;
  readonly bytes: number;
}

/** Writes a model to a temporary name beside `path` and renames it. */
export async function writeModel(proto: ModelProto, path: string, _options: WriteOptions = {}): Promise<WriteReport> {
  const bytes = encodeModel(proto);
  writeFileSync(`${path}.tmp`, bytes);
  renameSync(`${path}.tmp`, path);
  return { path, bytes: bytes.length };
}

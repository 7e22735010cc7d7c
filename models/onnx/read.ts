import { statSync } from 'node:fs';
import { UserError } from '../contracts/errors.ts';
import { decodeProto } from './decode.ts';
import { bindExternalData } from './external-data.ts';
import type { ModelProto } from './proto.ts';
import { checkModel } from './sanity.ts';
import { readShell } from './shell.ts';
import { folderGiven, notOnnx } from './sniff.ts';
import { SourceFile } from './source-file.ts';

/** A model as read: its message, and the file that payloads may still lie in until `close`. */
export interface OnnxModel {
  readonly proto: ModelProto;
  /** Null for a model from memory. */
  readonly path: string | null;
  /** Bytes of the model file, external data not counted. */
  readonly fileSize: number;
  /** Files that hold external data. */
  readonly dataFiles: readonly string[];
  /** Lets go of the file. Payloads that were not read by then cannot be read any more. */
  close(): void;
}

export interface ReadOptions {
  /**
   * Smallest payload in bytes that is left in the file until somebody asks for it. Default: 4096 in files above 64 MiB, all are read in
   * smaller ones.
   */
  readonly leaveInFile?: number;
}

const READ_WHOLE_UP_TO = 64 * 2 ** 20;
const LEFT_IN_FILE_FROM = 4096;
const HEAD = 4096;

/**
 * Reads an ONNX file. Large payloads stay in it, external data stays where it is; both are read by range when asked for.
 * Throws UserError for everything that is no readable model, with what it seems to be instead.
 */
export function readModel(path: string, options: ReadOptions = {}): OnnxModel {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw folderGiven(path);
  const file = new SourceFile(path, 'Model').hold();
  try {
    if (file.size === 0)
      throw new UserError(`${path} is empty.`, ['Fetch or export the file again; an export that failed leaves such files.']);
    const proto = decodeFile(file, options.leaveInFile);
    checkModel(proto, path);
    const dataFiles = bindExternalData(proto, path);
    return { proto, path, fileSize: file.size, dataFiles, close: () => file.close() };
  } catch (error) {
    file.close();
    throw error;
  }
}

/**
 * Reads an ONNX model from memory. `path`: the file that it stands for, beside which external data is looked for. Raw data are views on
 * `bytes`.
 */
export function decodeModel(bytes: Uint8Array, path?: string): OnnxModel {
  const source = path ?? 'The model';
  if (bytes.length === 0) throw new UserError(`${source} is empty.`);
  const proto = explained(
    source,
    () => bytes.subarray(0, HEAD),
    () => decodeProto(bytes),
  );
  checkModel(proto, source);
  const dataFiles = path === undefined ? [] : bindExternalData(proto, path);
  return { proto, path: path ?? null, fileSize: bytes.length, dataFiles, close: () => {} };
}

function decodeFile(file: SourceFile, leaveInFile: number | undefined): ModelProto {
  const head = (): Uint8Array => file.read(0, Math.min(file.size, HEAD));
  return explained(file.path, head, () => {
    if (leaveInFile === undefined && file.size <= READ_WHOLE_UP_TO) return decodeProto(file.read(0, file.size));
    const shell = readShell(file, leaveInFile ?? LEFT_IN_FILE_FROM);
    return decodeProto(shell.bytes, shell.left);
  });
}

function explained(source: string, head: () => Uint8Array, decode: () => ModelProto): ModelProto {
  try {
    return decode();
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw notOnnx(source, head(), error as Error);
  }
}

import { BugError } from '../contracts/errors.ts';
import { compareMessages } from './compare-messages.ts';
import type { EncodedModel } from './encode.ts';
import type { ModelProto } from './proto.ts';
import { readShell, type Shell } from './shell.ts';
import { SourceFile } from './source-file.ts';

/**
 * Reads a written model file through another decoder, the package onnx-proto, and holds it against what was meant. Its schema is of ONNX
 * 1.10 (IR 8): what is newer is passed over. Payloads are not decoded; that each lies where it should is checked, their bytes were compared
 * when written.
 * Throws BugError naming the first difference.
 */
export async function readBack(path: string, meant: ModelProto, encoded: EncodedModel): Promise<void> {
  const shell = readWritten(path, encoded);
  const { default: onnxProto } = await import('onnx-proto');
  const found = onnxProto.onnx.ModelProto.decode(asBuffer(shell.bytes));
  const difference = compareMessages(meant, found, new Set(encoded.payloads.map((payload) => payload.field)));
  if (!difference) return;
  throw new BugError(
    `The model that was written reads back differently through onnx-proto at model${difference.path}: ` +
      `${difference.found} instead of ${difference.meant}. Nothing was replaced.`,
    REPORT,
  );
}

/** Buffers decode text strictly. For empty fields onnx-proto calls the buffer's own constructor; Node calls that of Buffer deprecated. */
function asBuffer({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Object.defineProperty(Buffer.from(buffer, byteOffset, length), 'constructor', { value: Uint8Array });
}

const REPORT = ['Report this with the model, or its output of `dyno inspect`.'];

/** The structure of the written file, with exactly the planned payloads left out. */
function readWritten(path: string, { shell, payloads, size }: EncodedModel): Shell {
  const planned = new Map<number, number>();
  let before = 0;
  for (const { at, length } of payloads) {
    planned.set(at + before, length);
    before += length;
  }
  const file = new SourceFile(path, 'Written model').hold();
  try {
    if (file.size !== size)
      throw new BugError(`The model that was written has ${file.size} bytes instead of ${size}. Nothing was replaced.`, REPORT);
    const written = readShell(file, Math.min(...planned.values(), shell.length + 1), (offset, length) => planned.get(offset) === length);
    if (written.left.size === payloads.length) return written;
    throw new BugError(
      `The model that was written holds ${written.left.size} of ${payloads.length} large tensors in their places. Nothing was replaced.`,
      REPORT,
    );
  } finally {
    file.close();
  }
}

import { readFileSync, writeFileSync } from 'node:fs';
import { UserError } from '../../../models/contracts/errors.ts';
import type { QnnTensor } from '../../../converters/qnn/artifact.ts';

/** What a stand-in tool writes where the real one writes a DLC, a model library or weights: the graph itself, as ONNX. */
export interface Carrier {
  readonly kind: 'dlc' | 'model-source' | 'model-library';
  /** Tool and SDK version that wrote it. */
  readonly tool: string;
  readonly version: string;
  /** Graph name inside, as settings for HTP have to name it. */
  readonly graph: string;
  /** `aarch64-android`, `x86_64-linux-clang`; null where it runs anywhere. */
  readonly arch: string | null;
  /** Faces of the carried graph, in its own order of axes and under its own names. */
  readonly inputs: readonly QnnTensor[];
  readonly outputs: readonly QnnTensor[];
}

const MAGIC = 'npu-dyno stand-in\n';

/** Writes head and graph. `onnx` has the faces of the head: axes already moved, names already made identifiers, element types those of `rawType` (uint8 for `ufixed-8`). */
export function writeCarrier(path: string, head: Carrier, onnx: Uint8Array): void {
  writeFileSync(path, Buffer.concat([Buffer.from(`${MAGIC}${JSON.stringify(head)}\n`), onnx]));
}

/** Throws UserError for a file that no stand-in wrote. */
export function readCarrier(path: string): { readonly head: Carrier; readonly onnx: Uint8Array } {
  const bytes = readFileSync(path);
  if (!bytes.subarray(0, MAGIC.length).equals(Buffer.from(MAGIC))) throw new UserError(`${path} was not made by a stand-in of Qualcomm's tools.`, []);
  const end = bytes.indexOf(10, MAGIC.length);
  return { head: JSON.parse(bytes.subarray(MAGIC.length, end).toString()) as Carrier, onnx: bytes.subarray(end + 1) };
}

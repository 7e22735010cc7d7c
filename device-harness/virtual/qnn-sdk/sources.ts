import { constants, copyFileSync, existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import type { QnnArtifact } from '../../../converters/qnn/artifact.ts';
import { UserError } from '../../../models/contracts/errors.ts';
import { readModel } from '../../../models/onnx/index.ts';
import { sourcePaths } from './source-folder.ts';

/**
 * Leaves the graph of an artifact where `qnn-net-run` of a virtual phone looks for it. A DLC by Qualcomm's own writer is a closed file: what it
 * computes is known from the model that it was made of. Throws UserError for a model with external data, which one file cannot hold.
 */
export function leaveSource(folder: string, { sha256, graph, inputs, outputs, source }: QnnArtifact): void {
  const onnx = readModel(source.path);
  onnx.close();
  if (onnx.dataFiles.length > 0) throw new UserError(`${source.path} keeps weights in other files: a virtual phone takes models of one file.`, ['Run it on the host or in the emulator.']);
  mkdirSync(folder, { recursive: true });
  const [model, faces] = sourcePaths(folder, sha256);
  if (!existsSync(model)) {
    copyFileSync(source.path, `${model}.${process.pid}`, constants.COPYFILE_FICLONE);
    renameSync(`${model}.${process.pid}`, model);
  }
  writeFileSync(`${faces}.${process.pid}`, JSON.stringify({ graph, inputs, outputs }));
  renameSync(`${faces}.${process.pid}`, faces);
}

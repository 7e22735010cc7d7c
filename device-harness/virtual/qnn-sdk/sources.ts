import { constants, copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { QnnArtifact, QnnTensor } from '../../../converters/qnn/artifact.ts';
import { UserError } from '../../../models/contracts/errors.ts';
import { readModel } from '../../../models/onnx/index.ts';

/** The graph of an artifact that a stand-in cannot look into, as its maker knows it. */
export interface Source {
  /** The ONNX model that the artifact was made of. */
  readonly modelPath: string;
  readonly graph: string;
  /** Faces of the artifact, with the names and axes of the model. */
  readonly inputs: readonly QnnTensor[];
  readonly outputs: readonly QnnTensor[];
}

/** Property of a virtual phone that names the folder where hosts leave sources. No phone has it. */
export const SOURCES_PROPERTY = 'ro.dyno.sources';

/**
 * Leaves the graph of an artifact where `qnn-net-run` of a virtual phone looks for it. A DLC by Qualcomm's own writer is a closed file: what it
 * computes is known from the model that it was made of. Throws UserError for a model with external data, which one file cannot hold.
 */
export function leaveSource(folder: string, { sha256, graph, inputs, outputs, source }: QnnArtifact): void {
  const onnx = readModel(source.path);
  onnx.close();
  if (onnx.dataFiles.length > 0) throw new UserError(`${source.path} keeps weights in other files: a virtual phone takes models of one file.`, ['Run it on the host or in the emulator.']);
  mkdirSync(folder, { recursive: true });
  const [model, faces] = paths(folder, sha256);
  if (!existsSync(model)) {
    copyFileSync(source.path, `${model}.${process.pid}`, constants.COPYFILE_FICLONE);
    renameSync(`${model}.${process.pid}`, model);
  }
  writeFileSync(`${faces}.${process.pid}`, JSON.stringify({ graph, inputs, outputs }));
  renameSync(`${faces}.${process.pid}`, faces);
}

/** The graph that was left for an artifact; null where none was. */
export function findSource(folder: string, sha256: string): Source | null {
  const [modelPath, faces] = paths(folder, sha256);
  if (!existsSync(modelPath) || !existsSync(faces)) return null;
  return { modelPath, ...(JSON.parse(readFileSync(faces, 'utf8')) as Omit<Source, 'modelPath'>) };
}

function paths(folder: string, sha256: string): [model: string, faces: string] {
  return [join(folder, `${sha256}.onnx`), join(folder, `${sha256}.json`)];
}

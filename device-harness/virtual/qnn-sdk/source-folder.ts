import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { QnnTensor } from '../../../converters/qnn/artifact.ts';

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

/** The graph that was left for an artifact; null where none was. */
export function findSource(folder: string, sha256: string): Source | null {
  const [modelPath, faces] = sourcePaths(folder, sha256);
  if (!existsSync(modelPath) || !existsSync(faces)) return null;
  return { modelPath, ...(JSON.parse(readFileSync(faces, 'utf8')) as Omit<Source, 'modelPath'>) };
}

/** Where model and faces of an artifact lie. */
export function sourcePaths(folder: string, sha256: string): [model: string, faces: string] {
  return [join(folder, `${sha256}.onnx`), join(folder, `${sha256}.json`)];
}

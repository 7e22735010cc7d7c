import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { UserError } from '../../models/contracts/index.ts';
import { sha256File } from '../../models/onnx/index.ts';
import type { QnnArtifact } from './artifact.ts';
import type { QnnChain, QnnPrecision } from './chain-request.ts';

/** Beside the artifact: what it is, how it was made. */
export const ARTIFACT_FILE = 'artifact.json';

const FORMAT = 1;

/** What of the making is kept with an artifact. */
export interface ArtifactHistory {
  readonly chain: QnnChain;
  readonly precision: QnnPrecision;
  readonly sdk: { readonly root: string; readonly version: string | null };
  readonly steps: readonly { readonly tool: string; readonly command: string; readonly seconds: number; readonly files: readonly { readonly path: string; readonly bytes: number; readonly sha256: string }[] }[];
  /** Operators that stayed in float although integers were asked for. */
  readonly fallbacks: readonly string[];
  readonly notes: readonly string[];
}

/** Text of `artifact.json` in a folder. Paths of files in it are relative to it. */
export function artifactText(artifact: QnnArtifact, history: ArtifactHistory, folder: string): string {
  const path = relative(folder, artifact.path);
  return `${JSON.stringify({ format: FORMAT, artifact: { ...artifact, path }, history }, null, 1)}\n`;
}

/**
 * Reads an artifact that was made before: `path` is its folder, its `artifact.json` or the file itself. Throws UserError where there is none,
 * and where the file is not the one that was described.
 */
export async function readArtifact(path: string): Promise<QnnArtifact> {
  const full = resolve(path);
  const folder = statSync(full, { throwIfNoEntry: false })?.isDirectory() ? full : dirname(full);
  const file = join(folder, ARTIFACT_FILE);
  if (!existsSync(file)) throw new UserError(`There is no ${ARTIFACT_FILE} ${folder === full ? 'in' : 'beside'} ${path}.`, ['Name a folder that dyno convert --to qnn made.']);
  const artifact = parse(readFileSync(file, 'utf8'), file);
  const found = { ...artifact, path: resolve(folder, artifact.path) };
  if (!existsSync(found.path)) throw new UserError(`${file} describes ${artifact.path}, which is not there.`, ['Convert the model again.']);
  if ((await sha256File(found.path)) !== artifact.sha256) throw new UserError(`${found.path} was changed since ${basename(file)} was written.`, ['Convert the model again.']);
  return found;
}

function parse(text: string, file: string): QnnArtifact {
  try {
    const { format, artifact } = JSON.parse(text) as { format?: number; artifact?: QnnArtifact };
    if (format === FORMAT && typeof artifact?.path === 'string' && typeof artifact.sha256 === 'string' && Array.isArray(artifact.inputs) && Array.isArray(artifact.outputs)) return artifact;
  } catch {
    // falls through to what is said of every file that is none
  }
  throw new UserError(`${file} is no description of an artifact that this version of dyno reads.`, ['Convert the model again.']);
}

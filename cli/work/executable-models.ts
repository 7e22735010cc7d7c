import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isCoreMlPath } from '../../converters/coreml/package/core-ml-path.ts';
import type { ModelRef } from './model-refs.ts';

/** Models as files that ONNX Runtime runs. Close them when done. */
export interface ExecutableModels<Ref> {
  readonly models: readonly Ref[];
  /** Those that are no packages: what other chips' tools may be asked about. */
  readonly unchanged: readonly Ref[];
  /** What a reader of the results should know, e.g. that a package was translated. */
  readonly notes: readonly string[];
  close(): void;
}

/**
 * Core ML packages among models are translated to ONNX files of their own, whose images are in [0, 1]; other models stay as they are. Throws
 * UserError for packages that cannot be translated.
 */
export async function executableModels<Ref extends Pick<ModelRef, 'id' | 'path'>>(refs: readonly Ref[]): Promise<ExecutableModels<Ref>> {
  const packages = refs.filter(({ path }) => isCoreMlPath(path));
  if (packages.length === 0) return { models: refs, unchanged: refs, notes: [], close: () => {} };
  const folder = mkdtempSync(join(tmpdir(), 'dyno-coreml-'));
  try {
    const { translatedFile } = await import('./translated-file.ts');
    const models = refs.map((ref, i) => (isCoreMlPath(ref.path) ? { ...ref, path: write(join(folder, `${i}.onnx`), translatedFile(ref.path)) } : ref));
    const notes = packages.map(({ id }) => `${id} is a Core ML package: what follows is its translation to ONNX, run on this machine.`);
    return { models, unchanged: refs.filter(({ path }) => !isCoreMlPath(path)), notes, close: () => rmSync(folder, { recursive: true, force: true }) };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

function write(path: string, bytes: Uint8Array): string {
  writeFileSync(path, bytes);
  return path;
}

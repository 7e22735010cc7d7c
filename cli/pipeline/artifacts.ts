import { constants, copyFileSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, extname, join, resolve } from 'node:path';
import type { WriteReport } from '../../models/onnx/write.ts';
import { writeFileSafely } from '../write-file.ts';
import { hashFile } from './hash.ts';

export interface Artifact {
  /** Inside the run directory, with forward slashes. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** Files that a run keeps, named after their content: a step that is done again never overwrites what another one uses. */
export class ArtifactStore {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
    mkdirSync(join(root, 'artifacts'), { recursive: true });
  }

  /** Takes over a model that was just written: it is moved, and with it the data files that it names, which then share a folder with it. */
  async takeModel({ path, dataFiles }: WriteReport, name: string): Promise<[model: Artifact, ...data: Artifact[]]> {
    const sha256 = await hashFile(path);
    const stem = `artifacts/${name}-${sha256.slice(0, 12)}`;
    if (dataFiles.length === 0) return [this.#move(path, `${stem}${extname(path)}`, sha256)];
    mkdirSync(this.at(stem), { recursive: true });
    const data: Artifact[] = [];
    for (const file of dataFiles) data.push(this.#move(file.path, `${stem}/${basename(file.path)}`, await hashFile(file.path)));
    return [this.#move(path, `${stem}/${basename(path)}`, sha256), ...data];
  }

  /** Takes over a folder that was just written, such as a Core ML package. */
  takeFolder(from: string, name: string, { sha256, bytes }: Pick<Artifact, 'sha256' | 'bytes'>): Artifact {
    const path = `artifacts/${name}-${sha256.slice(0, 12)}${extname(from)}`;
    const target = this.at(path);
    if (existsSync(target)) rmSync(from, { recursive: true });
    else renameSync(from, target);
    return { path, sha256, bytes };
  }

  /** Keeps a copy of a file that others use too, e.g. a context binary of the cache. */
  copy(from: string, name: string, { sha256, bytes }: Pick<Artifact, 'sha256' | 'bytes'>): Artifact {
    const path = `artifacts/${name}-${sha256.slice(0, 12)}${extname(from)}`;
    const target = this.at(path);
    if (!existsSync(target)) {
      const temporary = `${target}.${process.pid}.tmp`;
      copyFileSync(from, temporary, constants.COPYFILE_FICLONE);
      renameSync(temporary, target);
    }
    return { path, sha256, bytes };
  }

  /** Keeps bytes, e.g. a picture, in a folder of the run. */
  put(bytes: Uint8Array, sha256: string, folder: string, extension: string): Artifact {
    const path = `${folder}/${sha256.slice(0, 16)}${extension}`;
    if (!existsSync(this.at(path))) writeFileSafely(this.at(path), bytes);
    return { path, sha256, bytes: bytes.length };
  }

  /** Where a file of the run lies; absolute paths stay. */
  at(path: string): string {
    return resolve(this.#root, path);
  }

  /** Whether a file that a finished step names is still there. */
  has(path: string): boolean {
    return existsSync(this.at(path));
  }

  #move(from: string, path: string, sha256: string): Artifact {
    const target = this.at(path);
    if (existsSync(target)) rmSync(from);
    else renameSync(from, target);
    return { path, sha256, bytes: statSync(target).size };
  }
}

/** Short name of a folder for a step and its key. */
export function scratchName(id: string, hash: string): string {
  return `${id.replace(/[^\w.-]+/g, '-')}-${hash.slice(0, 12)}`;
}

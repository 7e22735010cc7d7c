import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DynoError, ExternalError, UserError } from '../../models/contracts/index.ts';
import { sha256File } from '../../models/onnx/index.ts';
import { MANIFEST, trimSaved } from './trim-saved.ts';

export interface SavedFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface SavedFolder<T> {
  readonly folder: string;
  /** What was said of the files when they were made. */
  readonly value: T;
  readonly files: readonly SavedFile[];
  /** True when nothing had to be made. */
  readonly cached: boolean;
}

interface Manifest<T> {
  readonly key: string;
  readonly report: T;
  readonly files: readonly SavedFile[];
}

/** All that was compiled may take this much, and what was used within the last hour stays in any case. */
const LIMIT_BYTES = 8e9;
const IN_USE_MS = 3_600_000;

/**
 * Files kept by content: `make` writes them into a folder and says something of them, once for each key; `null` keeps no file. Files that were
 * damaged since are made anew. A folder appears whole or not at all, and goes when it was not used for the longest and all together exceed 8 GB. Throws what `make` throws, and UserError when the disk is full.
 */
export async function savedFolder<T>(parent: string, key: string, make: (folder: string) => Promise<{ value: T; keep: boolean }>): Promise<SavedFolder<T>> {
  const folder = join(parent, createHash('sha256').update(key).digest('hex'));
  const known = await readSaved<T>(folder, key);
  if (known) return { folder, value: known.report, files: known.files, cached: true };
  const fresh = await freshFolder(folder);
  try {
    const { value, keep } = await make(fresh);
    const names = keep ? readdirSync(fresh).sort() : [];
    const files = await Promise.all(names.map(async (name) => ({ name, bytes: (await stat(join(fresh, name))).size, sha256: await sha256File(join(fresh, name)) })));
    const manifest: Manifest<T> = { key, report: value, files };
    await writeFile(join(fresh, MANIFEST), JSON.stringify(manifest));
    await takePlace(fresh, folder);
    await trimSaved(parent, { limitBytes: LIMIT_BYTES, usedBefore: Date.now() - IN_USE_MS });
    return { folder, value, files, cached: false };
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    throw said(error, parent);
  }
}

async function freshFolder(folder: string): Promise<string> {
  try {
    await mkdir(dirname(folder), { recursive: true });
    return await mkdtemp(`${folder}-`);
  } catch (error) {
    throw said(error, dirname(folder));
  }
}

/** What the disk says, with what helps; the compiler's own words where it was the one that could not write. */
function said(error: unknown, folder: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  const text = error instanceof ExternalError ? `${message}\n${error.output}` : '';
  const reason = error instanceof DynoError ? (/No space left on device/i.exec(text)?.[0] ?? null) : (code ?? null);
  if (reason === null) return error;
  return new UserError(`The compiled model cannot be kept in ${folder}: ${reason}.`, ['Make room there, or name another folder with DYNO_CACHE.'], { cause: error });
}

/** Another process may have put the same content there meanwhile: then its is as good. */
async function takePlace(fresh: string, folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  try {
    await rename(fresh, folder);
  } catch (error) {
    if (!existsSync(join(folder, MANIFEST))) throw error;
    await rm(fresh, { recursive: true, force: true });
  }
}

/** Null where there is none, or one that is damaged. */
async function readSaved<T>(folder: string, key: string): Promise<Manifest<T> | null> {
  try {
    const manifest = JSON.parse(await readFile(join(folder, MANIFEST), 'utf8')) as Manifest<T>;
    if (manifest.key !== key) return null;
    for (const { name, sha256 } of manifest.files) if ((await sha256File(join(folder, name))) !== sha256) return null;
    const now = new Date();
    await utimes(join(folder, MANIFEST), now, now).catch(() => undefined);
    return manifest;
  } catch {
    return null;
  }
}

import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DynoError, ExternalError, UserError } from '../../models/contracts/index.ts';
import { sha256File } from '../../models/onnx/index.ts';
import { cacheFolder } from '../toolchain/index.ts';
import { type CompileRequest, compileForHtp } from './compile.ts';
import type { CompileReport } from './compile-report.ts';
import { cacheKey } from './result-cache.ts';
import type { HtpToolchain } from './toolchain.ts';

/** A compiled graph on disk: what a phone would load. */
export interface SavedContext {
  /** ONNX file that stands for the compiled graph and names its binaries beside itself. */
  readonly modelPath: string;
  /** The context binary; more than one where the model falls into several contexts. */
  readonly binaries: readonly SavedBinary[];
}

export interface SavedBinary {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface SavedCompilation {
  readonly report: CompileReport;
  /** Null where no graph came out for HTP. */
  readonly context: SavedContext | null;
  /** True when no compiler ran. */
  readonly cached: boolean;
}

interface Manifest {
  readonly key: string;
  readonly report: CompileReport;
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly sha256: string }[];
}

const MANIFEST = 'context.json';
const MODEL = 'model_ctx.onnx';

/**
 * Compiles a model for a chip and keeps its context binary, by content: the same model, chip, options and libraries are compiled once. Files
 * that were damaged since are made anew. A folder appears whole or not at all. Throws as `compileForHtp` does, and when the disk is full.
 */
export async function savedContext(toolchain: HtpToolchain, request: CompileRequest, cache = cacheFolder()): Promise<SavedCompilation> {
  const key = await cacheKey('context', toolchain, request);
  const folder = join(cache, 'htp', 'contexts', createHash('sha256').update(key).digest('hex'));
  const known = await readSaved(folder, key);
  if (known) return { ...opened(folder, known), cached: true };
  const fresh = await freshFolder(folder);
  try {
    const session = { ...request.session, 'ep.context_enable': '1', 'ep.context_file_path': join(fresh, MODEL), 'ep.context_embed_mode': '0' };
    const report = await compileForHtp(toolchain, { ...request, session });
    const names = readdirSync(fresh).sort();
    const files = await Promise.all(names.map(async (name) => ({ name, bytes: (await stat(join(fresh, name))).size, sha256: await sha256File(join(fresh, name)) })));
    const manifest: Manifest = { key, report, files: report.failure || report.htpGraphs === 0 ? [] : files };
    await writeFile(join(fresh, MANIFEST), JSON.stringify(manifest));
    await takePlace(fresh, folder);
    return { ...opened(folder, manifest), cached: false };
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    throw said(error, cache);
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
async function readSaved(folder: string, key: string): Promise<Manifest | null> {
  try {
    const manifest = JSON.parse(await readFile(join(folder, MANIFEST), 'utf8')) as Manifest;
    if (manifest.key !== key) return null;
    for (const { name, sha256 } of manifest.files) if ((await sha256File(join(folder, name))) !== sha256) return null;
    return manifest;
  } catch {
    return null;
  }
}

function opened(folder: string, { report, files }: Manifest): Pick<SavedCompilation, 'report' | 'context'> {
  if (files.length === 0) return { report, context: null };
  const binaries = files.filter(({ name }) => name.endsWith('.bin')).map(({ name, bytes, sha256 }) => ({ path: join(folder, name), bytes, sha256 }));
  return { report, context: { modelPath: join(folder, MODEL), binaries } };
}

import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readModel, sha256File } from '../../models/onnx/index.ts';
import { cacheFolder } from '../toolchain/index.ts';
import { type CompileRequest, compileForHtp } from './compile.ts';
import type { CompileReport } from './compile-report.ts';
import { providerOptions } from './provider-options.ts';
import type { HtpToolchain } from './toolchain.ts';

/** Grows when reports of the same compilation would read otherwise. */
const FORMAT = 1;

export interface CachedReport {
  readonly report: CompileReport;
  /** True when no compiler ran. */
  readonly cached: boolean;
}

/**
 * The report of a compilation, from the cache where the same model (external data included) was compiled for the same chip with the same
 * options by the same libraries. Python is not started then. Errors are as of `compileForHtp`; they are not kept.
 */
export async function cachedCompile(toolchain: HtpToolchain, request: CompileRequest, folder = cacheFolder()): Promise<CachedReport> {
  const key = await cacheKey(toolchain, request);
  const path = join(folder, 'htp', `${createHash('sha256').update(key).digest('hex')}.json`);
  const known = await readEntry(path, key);
  if (known) return { report: known, cached: true };
  const report = await compileForHtp(toolchain, request);
  await writeEntry(path, key, report);
  return { report, cached: false };
}

async function cacheKey({ packages }: HtpToolchain, request: CompileRequest): Promise<string> {
  const onnx = readModel(request.modelPath);
  onnx.close();
  const files = await Promise.all([request.modelPath, ...onnx.dataFiles].map((path) => sha256File(path)));
  const shapes = [...(request.static ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([FORMAT, files, request.soc.socModel, sorted(providerOptions(request.soc, request.options)), sorted(request.session ?? {}), shapes, sorted(packages)]);
}

function sorted(record: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Null where there is none, or one that was damaged. */
async function readEntry(path: string, key: string): Promise<CompileReport | null> {
  try {
    const entry = JSON.parse(await readFile(path, 'utf8')) as { key?: unknown; report?: CompileReport };
    return entry.key === key && Array.isArray(entry.report?.nodes) && Array.isArray(entry.report.graphs) ? entry.report : null;
  } catch {
    return null;
  }
}

/** A cache that cannot be written to is no reason to fail. */
async function writeEntry(path: string, key: string, report: CompileReport): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, JSON.stringify({ key, report }));
    await rename(temporary, path);
  } catch {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

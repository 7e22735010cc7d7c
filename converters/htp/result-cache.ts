import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Finding } from '../../models/contracts/index.ts';
import { readModel, sha256File } from '../../models/onnx/index.ts';
import { cacheFolder } from '../toolchain/index.ts';
import { type CompileRequest, compileForHtp } from './compile.ts';
import type { CompileReport } from './compile-report.ts';
import { providerOptions } from './provider-options.ts';
import type { HtpToolchain } from './toolchain.ts';
import type { HtpVerification } from './verify.ts';

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
  const key = await cacheKey('compile', toolchain, request);
  const { value, cached } = await remembered(folder, key, isReport, () => compileForHtp(toolchain, request));
  return { report: value, cached };
}

/** What a verification comes to. */
export interface VerifiedResult {
  readonly findings: readonly Finding[];
  /** Output that is nearest to what its arithmetic explains; `db` null where it is equal, or not comparable. */
  readonly worst: { readonly output: string; readonly db: number | null; readonly floor: number } | null;
}

/** As `cachedCompile`, for the comparison of outputs on seeded inputs: `verify` runs only where the answer is not known. */
export async function cachedVerification(toolchain: HtpToolchain, request: CompileRequest, verify: () => Promise<HtpVerification>, folder = cacheFolder()): Promise<VerifiedResult> {
  const key = await cacheKey('verify', toolchain, request);
  const { value } = await remembered(folder, key, isVerified, async () => verifiedSummary(await verify()));
  return value;
}

/** What of a verification is kept and shown. */
export function verifiedSummary({ findings, outputs }: Pick<HtpVerification, 'findings' | 'outputs'>): VerifiedResult {
  const [first] = [...outputs].sort(([, a], [, b]) => a.db - a.floor - (b.db - b.floor));
  if (!first) return { findings, worst: null };
  const [output, { db, floor }] = first;
  return { findings, worst: { output, db: Number.isFinite(db) ? db : null, floor } };
}

async function remembered<T>(folder: string, key: string, valid: (value: unknown) => value is T, make: () => Promise<T>): Promise<{ value: T; cached: boolean }> {
  const path = join(folder, 'htp', `${createHash('sha256').update(key).digest('hex')}.json`);
  const known = await readEntry(path, key, valid);
  if (known !== null) return { value: known, cached: true };
  const value = await make();
  await writeEntry(path, key, value);
  return { value, cached: false };
}

function isReport(value: unknown): value is CompileReport {
  const report = value as Partial<CompileReport> | null | undefined;
  return Array.isArray(report?.nodes) && Array.isArray(report.graphs);
}

function isVerified(value: unknown): value is VerifiedResult {
  return Array.isArray((value as Partial<VerifiedResult> | null | undefined)?.findings);
}

/** Everything that a compilation's result depends on, as text. */
export async function cacheKey(what: string, { packages }: HtpToolchain, request: CompileRequest): Promise<string> {
  const files = await hashed(request);
  const shapes = [...(request.static ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([FORMAT, what, files, request.soc.socModel, sorted(providerOptions(request.soc, request.options)), sorted(request.session ?? {}), shapes, sorted(packages)]);
}

const HASHES = new WeakMap<CompileRequest, Promise<readonly string[]>>();

/** Hashes of the model and its data files; once for all that is asked about the same request. */
function hashed(request: CompileRequest): Promise<readonly string[]> {
  const known = HASHES.get(request);
  if (known) return known;
  const onnx = readModel(request.modelPath);
  onnx.close();
  const hashes = Promise.all([request.modelPath, ...onnx.dataFiles].map((path) => sha256File(path)));
  HASHES.set(request, hashes);
  return hashes;
}

function sorted(record: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Null where there is none, or one that was damaged. */
async function readEntry<T>(path: string, key: string, valid: (value: unknown) => value is T): Promise<T | null> {
  try {
    const entry = JSON.parse(await readFile(path, 'utf8')) as { key?: unknown; value?: unknown };
    return entry.key === key && valid(entry.value) ? entry.value : null;
  } catch {
    return null;
  }
}

/** A cache that cannot be written to is no reason to fail. */
async function writeEntry(path: string, key: string, value: unknown): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, JSON.stringify({ key, value }));
    await rename(temporary, path);
  } catch {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

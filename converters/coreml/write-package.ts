import { chmodSync, existsSync, lstatSync, readdirSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { UserError } from '../../models/contracts/index.ts';
import { fileError } from '../../models/onnx/file-error.ts';
import type { WeightsFile } from './lower/weights-file.ts';
import type { PackageMetadata } from './options.ts';
import { unsafePasses } from './passes.ts';
import type { Plan } from './plan.ts';
import type { CoremlToolchain } from './toolchain.ts';

export interface WriteRequest {
  readonly plan: Plan;
  readonly weights: WeightsFile;
  readonly precision: 'fp16' | 'fp32';
  /** Names of results that stay float32. */
  readonly keep: readonly string[];
  readonly metadata: PackageMetadata;
  readonly signal?: AbortSignal;
}

/** What coremltools did. */
export interface WrittenPackage {
  readonly path: string;
  readonly specification: number;
  /** Of all of its files. */
  readonly bytes: number;
  /** Warnings of coremltools that concern the model. */
  readonly warnings: readonly string[];
  /** Results that were kept in float32, by their names in the package: coremltools renames what it rewrites. */
  readonly kept: readonly string[];
  /** Building the program, converting and saving, seconds. */
  readonly seconds: { readonly build: number; readonly convert: number; readonly save: number };
}

const LIMIT_MS = 30 * 60 * 1000;

/**
 * Has coremltools make a package of a plan. It is written under a temporary name beside its place and renamed when whole; one that is there
 * already is replaced. Throws UserError for a place that cannot be written, JobFailure where coremltools refuses, crashes or is interrupted.
 */
export async function writePackage({ worker }: CoremlToolchain, request: WriteRequest, path: string): Promise<WrittenPackage> {
  const target = packagePath(path);
  const folder = await mkdtemp(join(tmpdir(), 'dyno-coreml-'));
  sweep(target);
  const temporary = join(dirname(target), `${prefix(target)}${process.pid}.mlpackage`);
  try {
    const [plan, weights] = [join(folder, 'plan.json'), join(folder, 'weights.bin')];
    writeFileSync(plan, JSON.stringify(request.plan));
    await request.weights.write(weights);
    const { precision, keep, metadata } = request;
    const { value } = await worker.run<Omit<WrittenPackage, 'path' | 'specification' | 'bytes'> & { specificationVersion: number }>(
      'coreml.convert', { plan, weights, output: temporary, precision, keep, metadata, skipPasses: unsafePasses(request.plan) },
      { what: `conversion to ${basename(target)}`, timeoutMs: LIMIT_MS, ...(request.signal ? { signal: request.signal } : {}) },
    );
    makeReadable(temporary);
    replace(temporary, target);
    return { path: target, bytes: sizeOf(target), specification: value.specificationVersion, warnings: value.warnings, kept: value.kept, seconds: value.seconds };
  } finally {
    rmSync(temporary, { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  }
}

/** Where the package will be. Throws UserError for another ending, a folder that is missing, and a place that something else has. */
export function packagePath(path: string): string {
  const target = existsSync(path) ? realpathSync(path) : resolve(path);
  if (!target.endsWith('.mlpackage')) throw new UserError(`${path} does not end in .mlpackage.`, ['ML programs are packages: -o model.mlpackage.']);
  if (!existsSync(dirname(target))) throw new UserError(`There is no folder ${dirname(target)}.`, ['Make it first, or give another place with -o.']);
  const there = existsSync(target) ? lstatSync(target) : null;
  if (there && !(there.isDirectory() && (existsSync(join(target, 'Manifest.json')) || readdirSync(target).length === 0))) {
    throw new UserError(`${path} is there and is no Core ML package; it is not replaced.`, ['Give another place with -o.']);
  }
  return target;
}

function prefix(target: string): string {
  return `.${basename(target, '.mlpackage')}.dyno-`;
}

/** What a killed process left beside the target; a package that had stepped aside for one that never came goes back. */
function sweep(target: string): void {
  const folder = dirname(target);
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(prefix(target))) continue;
    const [pid = '', aside] = name.slice(prefix(target).length).replace(/\.mlpackage$/, '').split('-');
    if (isAlive(Number(pid))) continue;
    if (aside !== undefined && !existsSync(target)) renameSync(join(folder, name), target);
    else rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** coremltools leaves the model file and the folder of weights to their owner only. */
function makeReadable(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
  }
}

function sizeOf(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

/** A folder cannot be renamed over one that has files: the old one steps aside first. */
function replace(temporary: string, target: string): void {
  const aside = join(dirname(target), `${prefix(target)}${process.pid}-old.mlpackage`);
  try {
    if (existsSync(target)) renameSync(target, aside);
    renameSync(temporary, target);
  } catch (error) {
    if (existsSync(aside) && !existsSync(target)) renameSync(aside, target);
    throw fileError(error, target);
  }
  rmSync(aside, { recursive: true, force: true });
}

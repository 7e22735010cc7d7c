import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { WeightsFile } from './lower/weights-file.ts';
import type { PackageMetadata } from './options.ts';
import { unsafePasses } from './passes.ts';
import { placePackage } from './place-package.ts';
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
 * Has coremltools make a package of a plan, in its place when whole. Throws UserError for a place that cannot be written, JobFailure where
 * coremltools refuses, crashes or is interrupted.
 */
export async function writePackage({ worker }: CoremlToolchain, request: WriteRequest, path: string): Promise<WrittenPackage> {
  const folder = mkdtempSync(join(tmpdir(), 'dyno-coreml-'));
  try {
    const [plan, weights] = [join(folder, 'plan.json'), join(folder, 'weights.bin')];
    writeFileSync(plan, JSON.stringify(request.plan));
    await request.weights.write(weights);
    const { precision, keep, metadata, signal } = request;
    const placed = await placePackage(path, async (output) => {
      const { value } = await worker.run<Omit<WrittenPackage, 'path' | 'specification' | 'bytes'> & { specificationVersion: number }>(
        'coreml.convert', { plan, weights, output, precision, keep, metadata, skipPasses: unsafePasses(request.plan) },
        { what: `conversion to ${basename(path)}`, timeoutMs: LIMIT_MS, ...(signal ? { signal } : {}) },
      );
      return value;
    });
    const { specificationVersion, warnings, kept, seconds } = placed.value;
    return { path: placed.path, bytes: placed.bytes, specification: specificationVersion, warnings, kept, seconds };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Packages of one function each as one of several, the first its default; equal weights are stored once. Throws as `writePackage` does. */
export async function joinPackages({ worker }: CoremlToolchain, parts: readonly { readonly name: string; readonly path: string }[], metadata: PackageMetadata, path: string, signal?: AbortSignal): Promise<{ readonly path: string; readonly bytes: number }> {
  const { path: target, bytes } = await placePackage(path, async (output) => {
    await worker.run('coreml.join', { parts, output, metadata }, { what: `function join for ${basename(path)}`, timeoutMs: LIMIT_MS, ...(signal ? { signal } : {}) });
  });
  return { path: target, bytes };
}

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isCoreMlPath } from '../../converters/coreml/package/core-ml-path.ts';
import { type CoremlToolchain, openCoremlToolchain } from '../../converters/coreml/toolchain.ts';
import { folderVariantOf, type Variant } from '../../device-harness/index.ts';
import { UserError } from '../../models/contracts/errors.ts';
import type { NamedArrays } from '../../models/contracts/executor.ts';
import type { Config, CoremlSettings } from '../config/config.ts';
import { DEFAULTS } from '../config/defaults.ts';
import { feedOf, openSizes } from './bench-feed.ts';
import { convertModel } from './convert-model.ts';
import type { ConvertJob } from './convert-job.ts';
import { coremlOptions } from './coreml-options.ts';
import { packageVariant } from './mac.ts';
import type { ModelRef } from './model-refs.ts';
import { writeFileSafely } from '../write-file.ts';

export interface IphonePackagesOptions {
  readonly coreml: Config['convert']['coreml'];
  readonly size: number;
  readonly seed: number;
  /** Where packages are kept, by content. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** Hears what a reader of the times has to know. */
  readonly note: (text: string) => void;
}

/** What a package was made of: the model that gives the reference, its inputs, and features that are called otherwise. */
export interface PackageSource {
  readonly path: string;
  readonly sha256: string;
  readonly feed: NamedArrays;
  /** Name in the model by name of the feature. */
  readonly names: ReadonlyMap<string, string>;
}

/** Packages of models, each converted once for all phones. */
export interface IphonePackages {
  /** A model or package as iPhones take it. Throws UserError for what Core ML cannot be made of, and where coremltools is missing. */
  variant(ref: ModelRef): Promise<Variant>;
  /** Null for a package that came as one. */
  sourceOf(variant: Variant): PackageSource | null;
  close(): Promise<void>;
}

export function openIphonePackages(options: IphonePackagesOptions): IphonePackages {
  const made = new Map<string, Promise<{ readonly variant: Variant; readonly source: PackageSource }>>();
  const sources = new Map<string, PackageSource>();
  let toolchain: CoremlToolchain | null = null;
  const opened = (): CoremlToolchain => {
    const found = toolchain ?? openCoremlToolchain(options.env);
    if (found instanceof UserError) throw found;
    toolchain = found;
    return found;
  };
  return {
    variant: async (ref) => {
      if (isCoreMlPath(ref.path)) return packageVariant(ref, options.seed);
      const key = JSON.stringify([ref.id, ref.path]);
      const one = made.get(key) ?? converted(opened(), ref, options);
      made.set(key, one);
      const { variant, source } = await one;
      sources.set(variant.id, source);
      return variant;
    },
    sourceOf: ({ id }) => sources.get(id) ?? null,
    close: async () => toolchain?.close(),
  };
}

async function converted(toolchain: CoremlToolchain, ref: ModelRef, { coreml, size, seed, folder, signal, note }: IphonePackagesOptions): Promise<{ variant: Variant; source: PackageSource }> {
  const settings: CoremlSettings = coreml === false ? (DEFAULTS.convert.coreml as CoremlSettings) : coreml;
  const feed = feedOf(ref, size, seed);
  const sha256 = createHash('sha256').update(readFileSync(ref.path)).digest('hex');
  const shapes = [...openSizes(ref.path, feed)].map(([name, dims]) => `${name}=${dims.join('x')}`);
  mkdirSync(folder, { recursive: true });
  const out = join(folder, `${createHash('sha256').update(JSON.stringify([sha256, settings, shapes])).digest('hex').slice(0, 16)}.mlpackage`);
  const job: ConvertJob = {
    ref, out, options: coremlOptions(settings), settings: DEFAULTS.rewrite, shapes, flexible: new Map(), faces: [], images: null, rewrite: false, seed, host: null,
    feeds: async () => [], progress: () => undefined, signal,
  };
  const { renamed, rewritten } = readRecord(out) ?? (await convertedAnew(toolchain, job));
  if (rewritten) note(`${ref.id} has no form in Core ML as it is; it is timed as rewritten for the Neural Engine.`);
  const names = new Map(renamed.map(({ from, to }) => [to, from]));
  const called = new Map(renamed.map(({ from, to }) => [from, to]));
  const variant = await folderVariantOf(ref.id, out, new Map([...feed].map(([name, array]) => [called.get(name) ?? name, array])));
  return { variant, source: { path: ref.path, sha256, feed, names } };
}

/** What stands beside a finished package, so that a run that goes on sends the very same one. */
interface PackageNote {
  readonly renamed: readonly { readonly from: string; readonly to: string }[];
  readonly rewritten: boolean;
}

async function convertedAnew(toolchain: CoremlToolchain, job: ConvertJob): Promise<PackageNote> {
  const asItIs = await convertModel(toolchain, job).catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
    return null;
  });
  const { renamed } = asItIs ?? (await convertModel(toolchain, { ...job, rewrite: true }));
  const noted: PackageNote = { renamed, rewritten: asItIs === null };
  writeFileSafely(recordOf(job.out), JSON.stringify(noted));
  return noted;
}

function readRecord(out: string): PackageNote | null {
  return existsSync(out) && existsSync(recordOf(out)) ? (JSON.parse(readFileSync(recordOf(out), 'utf8')) as PackageNote) : null;
}

function recordOf(out: string): string {
  return `${out}.json`;
}

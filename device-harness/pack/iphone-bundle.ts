import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { NamedArrays } from '../../models/contracts/executor.ts';
import { type BlobLink, BlobStore } from '../devices/iphone/blob-store.ts';
import { batchOf, type RunnerRules, type SentModel, sendModels, stepsOf } from '../devices/iphone/build-batch.ts';
import type { Variant } from '../devices/device.ts';
import type { BlockRules } from '../method/block-rules.ts';
import { scheduleRound } from '../method/schedule.ts';
import { type BatchSpec, batchSpecSchema, layout, type Step } from '../runner/index.ts';
import { feedHash } from './feed-hash.ts';
import { type IphonePlan, type PackedPackage, type SealedIphonePlan, sealIphonePlan } from './iphone-plan.ts';
import { type TarEntry, writePlainTar } from './tar.ts';

/** A package to pack, and what it was made of; `source` is null for a package that came as one. */
export interface PackageToPack {
  readonly variant: Variant;
  readonly source: { readonly path: string; readonly sha256: string; readonly feed: NamedArrays; readonly names: ReadonlyMap<string, string> } | null;
}

export interface IphoneBundleRequest extends Pick<IphonePlan, 'target' | 'chip' | 'seed' | 'size' | 'dyno'> {
  readonly packages: readonly PackageToPack[];
  readonly units: readonly string[];
  readonly rules: BlockRules;
  readonly rounds: number;
  /** How long in all a warm phone may rest. */
  readonly waitSeconds: number;
  readonly out: string;
  readonly signal?: AbortSignal;
}

export interface WrittenIphoneBundle extends SealedIphonePlan {
  /** Of the batch: the results are called `<batch>-results.tar.gz`. */
  readonly batch: string;
  readonly path: string;
  readonly bytes: number;
  readonly files: number;
}

/** Share of the whole patience before one step, as with a phone here. */
const REST_SHARE = 6;

/**
 * Writes one archive that the runner app opens: packages and feeds in parts, the batch, and the plan that comes back with its results. It appears whole
 * or not at all. A block's outputs come back once for each model and unit. Throws UserError for what is no package or is not fed.
 */
export async function writeIphoneBundle(request: IphoneBundleRequest): Promise<WrittenIphoneBundle> {
  const scratch = await mkdtemp(join(tmpdir(), 'dyno-pack-'));
  const out = resolve(request.out);
  const partial = join(dirname(out), `.${process.pid}-${Date.now()}.dynobundle`);
  try {
    const link = new FolderLink(scratch);
    const models = await sendModels(request.packages.map(({ variant }) => variant), new BlobStore(link), () => undefined, request.signal);
    const { spec, blocks, steps } = batchFor(request, models);
    const text = JSON.stringify(batchSpecSchema.parse(spec));
    const sealed = sealIphonePlan(planOf(request, models, { blocks, steps, batchSha256: createHash('sha256').update(text).digest('hex') }));
    const description = (name: string, content: string): TarEntry => ({ name, content: Buffer.from(content) });
    const entries = [...link.entries, description(layout.plan(spec.id), JSON.stringify(sealed)), description(layout.spec(spec.id), text)];
    await writePlainTar(partial, entries);
    await rename(partial, out);
    return { ...sealed, batch: spec.id, path: out, bytes: (await stat(out)).size, files: entries.length };
  } finally {
    await rm(scratch, { recursive: true, force: true });
    await rm(partial, { force: true });
  }
}

/** Takes what would go to a phone into a folder, in the order in which it goes. */
class FolderLink implements BlobLink {
  readonly entries: TarEntry[] = [];
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async push(path: string, bytes: Uint8Array): Promise<void> {
    const place = join(this.#folder, path);
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, bytes);
    this.entries.push({ name: path, content: { path: place } });
  }

  async pull(): Promise<null> {
    return null;
  }
}

/** All in one launch: elsewhere nobody launches the app again. */
function rulesFor(waitSeconds: number): RunnerRules {
  const totalWaitMs = 1000 * waitSeconds;
  return { coolDown: { gate: 'nominal', maxWaitMs: totalWaitMs / REST_SHARE, totalWaitMs, pollMs: 5000 }, attempts: 2, stepsPerLaunch: null, heartbeatSeconds: 5 };
}

function batchFor(request: IphoneBundleRequest, models: readonly SentModel[]): { spec: BatchSpec } & Pick<IphonePlan, 'blocks' | 'steps'> {
  const { packages, units, rounds, seed, rules } = request;
  const variants = packages.map(({ variant }) => variant);
  const blocks = Array.from({ length: rounds }, (_, round) => scheduleRound(variants.map(({ id }) => id), units, round, seed)).flat();
  const batch = { variants, blocks, warmUp: rules.warmUp, timed: rules.timed, keepOutputs: false };
  const { steps, blocks: byStep } = stepsOf(batch, models, () => false);
  const places = Object.fromEntries([...byStep].map(([id, block]) => [id, blocks.indexOf(block)]));
  return { spec: batchOf(models, withFilesOnce(steps), rules, rulesFor(request.waitSeconds)), blocks, steps: places };
}

/** The first block of a model on a unit brings its outputs back, the others their hashes. */
function withFilesOnce(steps: readonly Step[]): Step[] {
  const seen = new Set<string>();
  return steps.map((step) => {
    const key = `${step.model} ${step.unit}`;
    if (step.type !== 'block' || seen.has(key)) return step;
    seen.add(key);
    return { ...step, outputs: 'files' };
  });
}

function planOf(request: IphoneBundleRequest, models: readonly SentModel[], rest: Pick<IphonePlan, 'batchSha256' | 'blocks' | 'steps'>): IphonePlan {
  const { target, chip, seed, size, dyno, rules, packages } = request;
  return {
    format: 'iphone-1', dyno, createdAt: new Date().toISOString(), target, chip, seed, size, warmUp: rules.warmUp, timed: rules.timed, ...rest,
    models: models.map(({ model, macs }, i) => ({ ...packed(packages[i] as PackageToPack), batchId: model.id, macs: Object.fromEntries([...macs].filter(([, value]) => value > 0)) })),
  };
}

function packed({ variant, source }: PackageToPack): Omit<PackedPackage, 'batchId' | 'macs'> {
  const feed = source?.feed ?? variant.feed;
  return {
    id: variant.id, path: source?.path ?? variant.modelPath, sha256: source?.sha256 ?? variant.sha256, asPackage: source === null, feedSha256: feedHash(feed),
    inputs: Object.fromEntries([...feed].map(([name, { dims }]) => [name, dims])), names: Object.fromEntries(source?.names ?? []),
  };
}

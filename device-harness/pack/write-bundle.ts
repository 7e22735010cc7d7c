import { mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import type { QnnBackend } from '../../converters/qnn/artifact.ts';
import type { QnnSdk } from '../../converters/qnn/sdk.ts';
import type { HtpSoc } from '../../converters/rules/index.ts';
import type { Variant } from '../devices/device.ts';
import { deploy } from '../devices/snapdragon/deploy.ts';
import type { PerfMode } from '../devices/snapdragon/htp-settings.ts';
import type { PhoneInfo } from '../devices/snapdragon/phone-info.ts';
import type { BlockRules } from '../method/block-rules.ts';
import { scheduleRound } from '../method/schedule.ts';
import { bundleReadme } from './bundle-readme.ts';
import { feedHash } from './feed-hash.ts';
import { PackStore } from './pack-store.ts';
import { PhoneScripts } from './phone-scripts.ts';
import { type PackedModel, type PackedUnit, type PackPlan, sealPlan, type SealedPlan } from './plan.ts';
import { runScript } from './run-script.ts';
import { type TarEntry, writeTar } from './tar.ts';

export interface BundleRequest {
  /** With artifacts for each of the units. */
  readonly variants: readonly Variant[];
  readonly units: readonly QnnBackend[];
  readonly soc: HtpSoc;
  readonly sdk: QnnSdk;
  readonly perf: PerfMode;
  readonly rules: BlockRules;
  readonly rounds: number;
  readonly seed: number;
  readonly restSeconds: number;
  readonly dyno: string;
  readonly out: string;
}

export interface WrittenBundle extends SealedPlan {
  readonly path: string;
  readonly bytes: number;
  /** Files for the phone, each once. */
  readonly files: number;
}

/** Folder that the archive unpacks to. */
const ROOT = 'dyno-bundle';

/**
 * Writes one archive with all that measuring on a phone elsewhere takes: a shell script, what was made of the models, inputs, and the SDK's programs
 * and libraries for Android. It appears whole or not at all. Throws UserError as deploying to a phone does.
 */
export async function writeBundle(request: BundleRequest): Promise<WrittenBundle> {
  const scratch = await mkdtemp(join(tmpdir(), 'dyno-pack-'));
  const out = resolve(request.out);
  const partial = join(dirname(out), `.${process.pid}-${Date.now()}.tar.gz`);
  try {
    const store = new PackStore();
    const models: PackedModel[] = [];
    for (const [index, variant] of request.variants.entries()) models.push(await packModel(store, request, variant, join(scratch, String(index))));
    const sealed = sealPlan(planOf(request, models));
    const entries = await entriesOf(store, request, sealed);
    await writeTar(partial, entries);
    await rename(partial, out);
    return { ...sealed, path: out, bytes: (await stat(out)).size, files: entries.filter(({ name }) => name.startsWith(`${ROOT}/store/`)).length };
  } finally {
    await rm(scratch, { recursive: true, force: true });
    await rm(partial, { force: true });
  }
}

async function packModel(store: PackStore, { units, soc, sdk, perf }: BundleRequest, variant: Variant, scratch: string): Promise<PackedModel> {
  const info: PhoneInfo = { serial: 'the phone', manufacturer: '', model: '', soc: soc.chip, chip: soc, android: '', build: '', abi: 'arm64-v8a', virtual: false };
  const packed: Record<string, PackedUnit> = {};
  for (const unit of units) {
    const { artifact, folder, args } = await deploy(store, { variant, unit, info, sdk, perf, scratch: join(scratch, unit) });
    packed[unit] = { artifact: { ...artifact, path: basename(artifact.path), source: { ...artifact.source, path: basename(artifact.source.path) } }, folder, args };
  }
  const inputs = Object.fromEntries([...variant.feed].map(([name, { dims }]) => [name, dims]));
  return { id: variant.id, path: variant.modelPath, sha256: variant.sha256, inputs, feedSha256: feedHash(variant.feed), units: packed };
}

function planOf({ soc, perf, sdk, rules, seed, rounds, restSeconds, units, dyno }: BundleRequest, models: readonly PackedModel[]): PackPlan {
  const ids = models.map(({ id }) => id);
  return {
    format: 1, dyno, createdAt: new Date().toISOString(), target: `htp:${soc.chip}`, chip: soc.chip, perf, sdk: sdk.version, warmUp: rules.warmUp, timed: rules.timed, seed, restSeconds, models,
    blocks: Array.from({ length: rounds }, (_, round) => scheduleRound(ids, units, round, seed)).flat(),
  };
}

async function entriesOf(store: PackStore, { soc, sdk }: BundleRequest, { id, plan }: SealedPlan): Promise<TarEntry[]> {
  const scripts = new PhoneScripts();
  const launches = plan.models.flatMap((model) => Object.entries(model.units).map(([unit, packed]) => ({ model: model.id, unit, packed })));
  const setup = scripts.setup(store.commands);
  const facts = {
    title: `dyno ${plan.dyno} packed ${plan.models.map((model) => model.id.replace(/[^\w.-]/g, '_')).join(', ')} for ${plan.chip}`, planId: id, chip: plan.chip,
    needsChip: launches.some(({ packed }) => packed.artifact.chip !== null), restSeconds: plan.restSeconds,
    bytes: (await Promise.all([...store.files.values()].map(async (path) => (await stat(path)).size))).reduce((sum, size) => sum + size, 0),
    scripts: { launcher: scripts.launcher, setup, health: scripts.health, phone: scripts.phone },
    launches: launches.map(({ model, unit, packed }) => ({ name: `${model.replace(/[^\w.-]/g, '_')} on ${unit}`, launch: scripts.launch(packed), pilot: scripts.pilot(packed) })),
    blocks: plan.blocks.map((spec) => launches.findIndex(({ model, unit }) => model === spec.variant && unit === spec.unit)),
    rules: {
      warmMinRuns: plan.warmUp.minRuns, warmMinMs: plan.warmUp.minMs, warmMaxMs: plan.warmUp.maxMs, minRuns: plan.timed.minRuns, minMs: plan.timed.minMs, maxRuns: plan.timed.maxRuns, maxMs: plan.timed.maxMs,
    },
  };
  const text = (name: string, content: string, executable = false): TarEntry => ({ name: `${ROOT}/${name}`, content: Buffer.from(content), executable });
  return [
    text('README.txt', bundleReadme(plan, soc, sdk)), text('run.sh', runScript(facts), true), text('plan.json', `${JSON.stringify({ id, plan }, null, 1)}\n`),
    ...[...scripts.texts].map(([sha256, content]) => text(`store/${sha256}`, content)),
    ...[...store.files].map(([sha256, path]) => ({ name: `${ROOT}/store/${sha256}`, content: { path } })),
  ];
}

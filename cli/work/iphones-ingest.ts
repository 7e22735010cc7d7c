import { existsSync } from 'node:fs';
import { isCoreMlPath } from '../../converters/coreml/package/core-ml-path.ts';
import { modelOf } from '../../device-harness/devices/iphone/product-types.ts';
import { feedHash } from '../../device-harness/pack/feed-hash.ts';
import type { PackedPackage } from '../../device-harness/pack/iphone-plan.ts';
import { type IphoneResults, readIphoneResults } from '../../device-harness/pack/iphone-results.ts';
import { takeIphoneResults } from '../../device-harness/pack/iphone-take-results.ts';
import { measurementsOf } from '../../device-harness/pack/measurements.ts';
import type { TakenResults } from '../../device-harness/pack/take-results.ts';
import { UserError } from '../../models/contracts/errors.ts';
import type { NamedArrays } from '../../models/contracts/executor.ts';
import type { DeviceRecord, Measurement, OutputComparison } from '../../models/contracts/records.ts';
import { sha256File } from '../../models/onnx/index.ts';
import { feedOf } from './bench-feed.ts';
import { type Ingested, type IngestNote, writeIngestReport } from './ingest-report.ts';
import type { IngestRequest } from './phones-ingest.ts';
import { openVerifier, type OutputVerifier } from './verify-outputs.ts';

/**
 * Results of the runner app as measurements, outputs compared where the model still lies where it was packed, and a report. Throws UserError for
 * results that are not whole, not finished or were changed, and where nothing was measured.
 */
export async function ingestIphoneResults(files: ReadonlyMap<string, Uint8Array>, { path, config, env, signal, progress }: IngestRequest): Promise<Ingested> {
  const results = readIphoneResults(files, path);
  const taken = await takeIphoneResults(results);
  if (taken.finished.length === 0) {
    throw new UserError(`Nothing was measured there: ${taken.failures[0]?.message ?? 'no block was taken'}`, ['The result of each step is in the archive, batches/…/steps.']);
  }
  progress('comparing outputs');
  const notes = otherChip(results);
  const verifier = openVerifier(env, signal);
  try {
    const measurements: Measurement[] = [];
    for (const measurement of measurementsOf(results.plan, taken)) {
      const verified = await compare(measurement, { results, taken, config, verifier });
      if (typeof verified === 'string') notes.push({ code: 'not-compared', text: `Outputs of ${measurement.variant} on ${measurement.unit} were not compared: ${verified}.` });
      measurements.push(typeof verified === 'string' ? measurement : { ...measurement, verified });
    }
    const device = deviceOf(results, taken);
    return writeIngestReport({ path, runs: config.runs, plan: results.plan, whose: device.label, device, taken, measurements, notes });
  } finally {
    await verifier.close();
  }
}

function deviceOf({ info }: IphoneResults, { device, evidence }: TakenResults): DeviceRecord {
  const { name, chip } = modelOf(info.device);
  return {
    device, label: `${name ?? info.device}, ${chip?.chip ?? 'unknown chip'}`, system: `${info.system} ${info.systemVersion} (${info.build})`,
    chip: chip?.chip ?? null, evidence, tools: { runner: info.version },
  };
}

/** Packages run on every chip: another one than was meant is told, not refused. */
function otherChip({ plan: { chip, target }, info }: IphoneResults): IngestNote[] {
  const own = modelOf(info.device).chip?.chip ?? null;
  return chip === null || own === chip ? [] : [{ code: 'other-chip', text: `It was packed for ${target} and ran on ${own ?? info.device}.` }];
}

interface Comparing {
  readonly results: IphoneResults;
  readonly taken: TakenResults;
  readonly config: IngestRequest['config'];
  readonly verifier: OutputVerifier;
}

/** Against ONNX Runtime on the model, or why not. Units round as they like: fp16, with sums kept in fp16 as well. */
async function compare({ variant, unit }: Measurement, { results: { plan, info }, taken, config, verifier }: Comparing): Promise<OutputComparison[] | string> {
  const model = plan.models.find(({ id }) => id === variant) as PackedPackage;
  const outputs = taken.outputs.find((each) => each.variant === variant && each.unit === unit)?.outputs;
  if (!outputs) return 'none came back';
  if (model.asPackage || isCoreMlPath(model.path)) return 'it came as a package, and there is no model to compare it with';
  if (!existsSync(model.path) || (await sha256File(model.path)) !== model.sha256) return `${model.path} is not the model that was packed`;
  const feed = packedFeed(model, plan, config);
  if (feed === null) return 'its inputs come out otherwise than when it was packed';
  return verifier.verify({ id: model.id, modelPath: model.path, sha256: model.sha256, feed }, { unit: 'gpu', soc: null, virtual: info.simulated }, outputs);
}

/** The inputs that were packed, made again; null where they come out otherwise. */
function packedFeed({ id, path, feedSha256 }: PackedPackage, { size, seed }: IphoneResults['plan'], { models }: IngestRequest['config']): NamedArrays | null {
  const entry = models[id] ?? Object.values(models).find((other) => other.path === path) ?? {};
  const feed = feedOf({ ...entry, id, path }, size, seed);
  return feedHash(feed) === feedSha256 ? feed : null;
}

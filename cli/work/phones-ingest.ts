import { existsSync } from 'node:fs';
import { compareVersions, findSdk, type QnnSdk } from '../../converters/qnn/sdk.ts';
import { outputTypes } from '../../device-harness/devices/snapdragon/model-face.ts';
import { feedHash } from '../../device-harness/pack/feed-hash.ts';
import { measurementsOf } from '../../device-harness/pack/measurements.ts';
import type { PackedModel } from '../../device-harness/pack/plan.ts';
import { type PackResults, readResults } from '../../device-harness/pack/read-results.ts';
import { type TakenResults, takeResults } from '../../device-harness/pack/take-results.ts';
import { UserError } from '../../models/contracts/errors.ts';
import type { DeviceRecord, Measurement } from '../../models/contracts/records.ts';
import { sha256File } from '../../models/onnx/index.ts';
import type { Config } from '../config/config.ts';
import { artifactFeed } from './artifact-feed.ts';
import { type Ingested, type IngestNote, writeIngestReport } from './ingest-report.ts';
import { openVerifier } from './verify-outputs.ts';

export interface IngestRequest {
  readonly path: string;
  readonly config: Pick<Config, 'phone' | 'runs' | 'models'>;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly progress: (note: string, done?: number, total?: number) => void;
}

/**
 * Results of a bundle as measurements, outputs compared where the model is still at hand, and a report. Throws UserError for results that are
 * incomplete or were changed, and where no SDK is found whose viewer reads the profiling logs.
 */
export async function ingestResults({ path, config, env, signal, progress }: IngestRequest): Promise<Ingested> {
  const results = readResults(path);
  const sdk = viewerSdk(results, config.phone.sdk, env);
  const atHand = new Map<string, boolean>();
  for (const model of results.plan.models) atHand.set(model.id, existsSync(model.path) && (await sha256File(model.path)) === model.sha256);
  const pathOf = (variant: string): PackedModel => results.plan.models.find(({ id }) => id === variant) as PackedModel;
  const taken = await takeResults(results, {
    sdk, environment: env, signal, typesOf: (variant) => (atHand.get(variant) ? outputTypes(pathOf(variant).path) : new Map()), onBlock: (done, of) => progress('reading profiling logs', done, of),
  });
  if (taken.finished.length === 0) throw new UserError(`Nothing was measured there: ${taken.failures[0]?.message ?? 'no launch was taken'}`, ['The log of each launch is in the archive, results/pilots and results/blocks.']);
  progress('comparing outputs');
  const { measurements, notes } = await verified(results, taken, atHand, config, env, signal);
  return writeIngestReport({ path, runs: config.runs, plan: results.plan, whose: results.info.model, device: deviceOf(results, taken), taken, measurements, notes });
}

function deviceOf({ plan, info }: PackResults, { device, evidence }: TakenResults): DeviceRecord {
  return {
    device, label: `${info.model}, ${info.chip?.marketing || info.soc || 'unknown chip'}`, system: `Android ${info.android} (${info.build})`, chip: info.chip?.chip ?? (info.soc || null), evidence,
    tools: plan.sdk === null ? {} : { QAIRT: plan.sdk },
  };
}

/** A log is read by a viewer at least as new as what wrote it. */
function viewerSdk({ plan }: PackResults, named: string | null, env: NodeJS.ProcessEnv): QnnSdk {
  const sdk = findSdk(named, env);
  const steps = [`Name the SDK that the bundle was packed with${plan.sdk === null ? '' : ` (${plan.sdk})`}: --sdk DIR, or QAIRT_SDK_ROOT.`];
  if (!sdk) throw new UserError('No QNN or QAIRT SDK was found, and its qnn-profile-viewer reads the times.', steps);
  if (plan.sdk !== null && sdk.version !== null && compareVersions(sdk.version, plan.sdk) < 0) throw new UserError(`The SDK in ${sdk.root} is ${sdk.version}, older than what wrote the profiling logs.`, steps);
  return sdk;
}

async function verified(
  results: PackResults, taken: TakenResults, atHand: ReadonlyMap<string, boolean>, config: IngestRequest['config'], env: NodeJS.ProcessEnv, signal: AbortSignal,
): Promise<{ measurements: Measurement[]; notes: IngestNote[] }> {
  const { plan, info } = results;
  const notes: IngestNote[] = [];
  const measurements = measurementsOf(plan, taken);
  const verifier = openVerifier(env, signal);
  try {
    const judged: Measurement[] = [];
    for (const measurement of measurements) {
      const model = plan.models.find(({ id }) => id === measurement.variant) as PackedModel;
      const outputs = taken.outputs.find(({ variant, unit }) => variant === measurement.variant && unit === measurement.unit)?.outputs;
      const feed = atHand.get(model.id) ? feedOf(model, measurement.unit, plan.seed, config) : null;
      if (!outputs || feed === null) notes.push({ code: 'not-compared', text: `Outputs of ${model.id} on ${measurement.unit} were not compared: ${outputs ? `${model.path} is not the model that was packed` : 'none came back'}.` });
      const comparisons = outputs && feed !== null ? await verifier.verify({ id: model.id, modelPath: model.path, sha256: model.sha256, feed }, { unit: measurement.unit, soc: info.chip, virtual: info.virtual }, outputs) : [];
      judged.push(comparisons.length > 0 ? { ...measurement, verified: comparisons } : measurement);
    }
    return { measurements: judged, notes };
  } finally {
    await verifier.close();
  }
}

/** The inputs that were packed, made again; null where they come out otherwise. */
function feedOf(model: PackedModel, unit: string, seed: number, { models }: IngestRequest['config']): ReturnType<typeof artifactFeed> | null {
  const artifact = model.units[unit]?.artifact;
  if (!artifact) return null;
  const entry = models[model.id] ?? Object.values(models).find((other) => other.path === model.path) ?? {};
  const feed = artifactFeed({ ...entry, id: model.id, path: model.path }, artifact, seed);
  return feedHash(feed) === model.feedSha256 ? feed : null;
}

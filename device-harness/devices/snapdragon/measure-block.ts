import { readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { QnnArtifact } from '../../../converters/qnn/artifact.ts';
import { ExternalError } from '../../../models/contracts/errors.ts';
import type { DType } from '../../../models/contracts/dtype.ts';
import type { NamedArrays } from '../../../models/contracts/executor.ts';
import type { Block } from '../../../models/contracts/records.ts';
import type { Batch, BlockSpec, FinishedBlock } from '../device.ts';
import { estimateEach, meanWithoutStart, planRuns, type PlannedRuns, splitTimes } from './block-runs.ts';
import type { Deployed } from './deploy.ts';
import { PERF_PROFILES, type PerfMode } from './htp-settings.ts';
import type { NetRun } from './net-run.ts';
import { disturbanceBetween, healthText, readPhoneHealth, type PhoneHealth } from './phone-health.ts';
import { type ExecuteTimes, mean } from './profile/figures.ts';
import { outputArray } from './tensors/tensor-form.ts';
import type { Workplace } from './workplace.ts';

/** A short launch before the first block of a variant on a unit: how long an inference takes, and what a start costs. */
export interface Pilot {
  readonly runs: number;
  readonly times: ExecuteTimes;
}

export interface BlockRequest {
  readonly batch: Batch;
  readonly spec: BlockSpec;
  readonly pilot: Pilot;
  /** Longest that a launch may take beyond what its inferences are expected to. */
  readonly allowanceMs: number;
  /** Element types of the model's outputs. */
  readonly types: ReadonlyMap<string, DType | null>;
}

const PILOT_RUNS = 10;

/** Several times the expected time: a phone that throttles takes twice as long, and one that hangs for ever. */
const LATE = 4;

export async function runPilot(place: Workplace, deployed: Deployed, allowanceMs: number, signal?: AbortSignal): Promise<Pilot> {
  const { figures } = await place.run(deployed, { runs: PILOT_RUNS, level: 'basic', limitMs: 2 * allowanceMs, fetch: 'log' }, signal);
  return { runs: PILOT_RUNS, times: inferenceTimes(figures) };
}

/**
 * One block: one fresh launch of `qnn-net-run` with as many inferences as the rules ask for. How the start is left out of the times depends on what the
 * profiling log has:
 * - a row for each inference: the first is set apart, and the rule of the warm-up is applied to the rows after it;
 * - figures of all inferences together: the mean without the start is the slope between this launch and the short one before.
 * The tool's own flags (`--graph_profiling_start_delay` in seconds, `--graph_profiling_num_executions`) are not used: the documents tie them to
 * profiling handles of a graph, which not every back end has, and a delay in seconds says nothing about how many inferences were left out.
 */
export async function measureBlock(place: Workplace, deployed: Deployed, request: BlockRequest, signal?: AbortSignal): Promise<FinishedBlock> {
  const { batch, spec, pilot, allowanceMs, types } = request;
  const { link } = place.options;
  const each = estimateEach(pilot.times);
  const plan = planRuns(each, batch.warmUp, batch.timed);
  const before = await readPhoneHealth(link, signal);
  const startedAt = new Date().toISOString();
  const run = await place.run(deployed, { runs: plan.total, level: 'basic', limitMs: allowanceMs + LATE * each * plan.total, fetch: batch.keepOutputs ? 'outputs' : 'log' }, signal);
  const after = await readPhoneHealth(link, signal);
  const settings = settingsOf({ perf: place.options.perf, runtime: place.options.sdk.version, link: link.via, artifact: deployed.artifact, unit: spec.unit, governor: after.governor });
  const report = finishedBlock({ spec, plan, pilot, warmUp: batch.warmUp, figures: run.figures, log: run.launch.log, before, after, startedAt, outputSha256: run.hashes, settings });
  const outputs = batch.keepOutputs ? readOutputs(run, deployed, types) : null;
  rmSync(dirname(run.log), { recursive: true, force: true });
  return outputs ? { ...report, outputs } : report;
}

/** One launch as it was taken, on a phone here or elsewhere. */
export interface TakenBlock {
  readonly spec: BlockSpec;
  readonly plan: PlannedRuns;
  readonly pilot: Pilot;
  readonly warmUp: Batch['warmUp'];
  readonly figures: NetRun['figures'];
  /** What the program printed. */
  readonly log: string;
  readonly before: PhoneHealth;
  readonly after: PhoneHealth;
  readonly startedAt: string;
  readonly outputSha256: Readonly<Record<string, string>>;
  readonly settings: Readonly<Record<string, string>>;
}

/** The record of a launch. Throws ExternalError for a profiling log without times. */
export function finishedBlock({ spec, plan, pilot, warmUp, figures, log, before, after, startedAt, outputSha256, settings }: TakenBlock): FinishedBlock {
  const timed = timedPart(figures, plan, warmUp, pilot);
  const unit = provenUnit(spec.unit, figures, log);
  const disturbed = disturbanceBetween(before, after);
  return {
    ok: true, spec, effectiveUnit: unit.name, peakMemoryBytes: null, outputSha256, warnings: [...timed.warnings, ...unit.warnings],
    block: {
      ...timed.block, loadMs: figures.initMs ?? 0, startedAt, order: spec.order, round: spec.round, thermal: thermalText(before, after),
      ...(disturbed === null ? {} : { disturbed }),
    },
    settings,
  };
}

interface TimedPart {
  readonly block: Pick<Block, 'samples' | 'firstMs' | 'warmup' | 'summary' | 'acceleratorMs'>;
  readonly warnings: readonly string[];
}

function timedPart(figures: NetRun['figures'], plan: PlannedRuns, warmUp: Batch['warmUp'], pilot: Pilot): TimedPart {
  const times = inferenceTimes(figures);
  const load = figures.initMs === null ? ['The profiling log does not say how long loading took.'] : [];
  if (times.each && times.each.length > 1) {
    const { firstMs, warmup, samples } = splitTimes(times.each, warmUp, plan.timed);
    const accelerator = figures.accelerator?.each?.slice(-samples.length);
    const missing = times.each.length < plan.total ? [`The profiling log holds ${times.each.length} of ${plan.total} inferences.`] : [];
    return { block: { samples, firstMs, warmup, ...(accelerator?.length ? { acceleratorMs: mean(accelerator) } : {}) }, warnings: [...load, ...missing] };
  }
  const whole = { runs: plan.total, meanMs: times.meanMs };
  const slope = meanWithoutStart(whole, { runs: pilot.runs, meanMs: pilot.times.meanMs }, times.minMs);
  const { runs, meanMs } = slope ?? whole;
  const note = slope === null ? 'The tool keeps no single times, and its mean includes the first inferences.' : 'The tool keeps no single times: the mean is the slope between a short launch and a long one.';
  return {
    block: {
      samples: [meanMs], firstMs: times.maxMs ?? meanMs, warmup: { runs: plan.total - runs, stable: slope !== null }, summary: { runs, meanMs, minMs: times.minMs, maxMs: times.maxMs },
      ...(figures.accelerator ? { acceleratorMs: figures.accelerator.meanMs } : {}),
    },
    warnings: [...load, note],
  };
}

/** Latency is what the program waits for: the call around the graph. The rate that the tool prints has its file work in it and is never taken. */
export function inferenceTimes({ netRun, accelerator }: NetRun['figures']): ExecuteTimes {
  const times = netRun ?? accelerator;
  if (times) return times;
  throw new ExternalError('The profiling log of qnn-net-run has no time of any inference.', 'qnn-profile-viewer', '', ['The viewer has to be of the SDK that ran: dyno doctor qnn.']);
}

/** Rows of the accelerator exist only where it ran: without them nobody knows what did. */
function provenUnit(unit: string, figures: NetRun['figures'], log: string): { name: string; warnings: string[] } {
  if (unit !== 'htp' || figures.accelerator !== null || figures.cycles !== null || /(?:Starting|Completed) stage: /.test(log)) return { name: unit, warnings: [] };
  return { name: 'unknown', warnings: ['Nothing in the profiling log proves that HTP ran: it has no accelerator time.'] };
}

/** What a phone was told and what ran there, for the record. */
export function settingsOf({ perf, runtime, link, artifact, unit, governor }: {
  readonly perf: PerfMode; readonly runtime: string | null; readonly link: string; readonly artifact: Pick<QnnArtifact, 'form' | 'madeBy'>; readonly unit: string; readonly governor: string | null;
}): Record<string, string> {
  return {
    ...(unit === 'htp' ? { 'performance profile': PERF_PROFILES[perf] } : {}), runtime: runtime ?? 'unknown', form: artifact.form, 'made by': artifact.madeBy, link,
    ...(governor === null ? {} : { 'clock policy': governor }),
  };
}

function thermalText(before: PhoneHealth, after: PhoneHealth): string | null {
  const [start, end] = [healthText(before), healthText(after)];
  return start === end || start === null ? end : `${start} → ${end}`;
}

function readOutputs({ outputs }: NetRun, { artifact }: Deployed, types: ReadonlyMap<string, DType | null>): NamedArrays {
  return new Map(artifact.outputs.map((tensor) => [tensor.onnxName, outputArray(readFileSync(outputs.get(tensor.onnxName) as string), tensor, types.get(tensor.onnxName) ?? null)]));
}

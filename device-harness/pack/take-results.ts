import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { QnnSdk } from '../../converters/qnn/sdk.ts';
import type { DType } from '../../models/contracts/dtype.ts';
import { DynoError } from '../../models/contracts/errors.ts';
import type { NamedArrays } from '../../models/contracts/executor.ts';
import type { Evidence } from '../../models/contracts/evidence.ts';
import type { FailedBlock, FinishedBlock } from '../devices/device.ts';
import { finishedBlock, inferenceTimes, type Pilot, settingsOf } from '../devices/snapdragon/measure-block.ts';
import { outputFiles } from '../devices/snapdragon/net-run.ts';
import { readProfileLog } from '../devices/snapdragon/profile/read-log.ts';
import { toolFailure } from '../devices/snapdragon/tool-failure.ts';
import { outputArray } from '../devices/snapdragon/tensors/tensor-form.ts';
import { PILOT_RUNS } from './run-script.ts';
import type { Ended, PackedBlock, PackedLaunch, PackResults } from './read-results.ts';

/** Results as records, the same that a phone here gives. */
export interface TakenResults {
  /** `android:SERIAL` of the phone. */
  readonly device: string;
  readonly evidence: Evidence;
  readonly finished: readonly FinishedBlock[];
  readonly failures: readonly FailedBlock[];
  /** Outputs of the first block of a model on a unit, in the model's words. */
  readonly outputs: readonly { readonly variant: string; readonly unit: string; readonly outputs: NamedArrays }[];
}

export interface TakeOptions {
  /** Its viewer reads the profiling logs: of the version that ran, or newer. */
  readonly sdk: QnnSdk;
  readonly environment: NodeJS.ProcessEnv;
  /** Element types of a model's outputs; empty where the model is not at hand. */
  readonly typesOf: (variant: string) => ReadonlyMap<string, DType | null>;
  readonly onBlock?: (done: number, of: number) => void;
  readonly signal?: AbortSignal;
}

/** Makes records of what a phone elsewhere left. A launch that failed is a failure with its log; throws where the viewer does not work at all. */
export async function takeResults(results: PackResults, options: TakeOptions): Promise<TakenResults> {
  const folder = await mkdtemp(join(tmpdir(), 'dyno-ingest-'));
  const [finished, failures, outputs] = [[] as FinishedBlock[], [] as FailedBlock[], [] as TakenResults['outputs'][number][]];
  const all = results.launches.reduce((sum, { blocks }) => sum + blocks.length, 0);
  try {
    const read = async (profile: Uint8Array): Promise<Awaited<ReturnType<typeof readProfileLog>>> => {
      const path = join(await mkdtemp(join(folder, 'log-')), 'qnn-profiling-data.log');
      await writeFile(path, profile);
      return readProfileLog(options.sdk, path, { environment: options.environment, ...(options.signal ? { signal: options.signal } : {}) });
    };
    for (const launch of results.launches) {
      const pilot = await pilotOf(launch, read);
      if (!('runs' in pilot)) {
        failures.push(pilot);
        continue;
      }
      for (const block of launch.blocks) {
        options.signal?.throwIfAborted();
        const report = await blockOf(results, launch, block, pilot, read);
        if (report.ok) finished.push(report);
        else failures.push(report);
        options.onBlock?.(finished.length + failures.length, all);
      }
      if (launch.outputs.size > 0) outputs.push({ variant: launch.model.id, unit: launch.unit, outputs: arraysOf(launch, options.typesOf(launch.model.id)) });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const { info } = results;
  return { device: `android:${info.serial}`, evidence: info.virtual ? 'simulated' : 'measured(device)', finished, failures, outputs };
}

type ReadProfile = (profile: Uint8Array) => ReturnType<typeof readProfileLog>;

/** The pilot's figures; where it failed, the failure that stands for all blocks of this launch. */
async function pilotOf(launch: PackedLaunch, read: ReadProfile): Promise<Pilot | FailedBlock> {
  const spec = { variant: launch.model.id, unit: launch.unit, round: 0, order: 0 };
  try {
    return { runs: PILOT_RUNS, times: inferenceTimes(await read(profileOf(launch.pilot))) };
  } catch (error) {
    return failed(spec, error, launch.pilot.log);
  }
}

async function blockOf({ plan, info }: PackResults, { packed, runs, unit }: PackedLaunch, block: PackedBlock, pilot: Pilot, read: ReadProfile): Promise<FinishedBlock | FailedBlock> {
  const { spec, before, after, startedAt, log } = block;
  try {
    const figures = await read(profileOf(block));
    const files = outputFiles({ files: [...block.hashes.keys()].map((name) => `${OUTPUTS}${name}`), log }, packed.artifact.outputs, []);
    const outputSha256 = Object.fromEntries([...files].map(([name, file]) => [name, block.hashes.get(file.slice(OUTPUTS.length)) as string]));
    const settings = settingsOf({ perf: plan.perf, runtime: plan.sdk, link: `packed, run by adb on another machine${info.serial === '' ? '' : ` (${info.serial})`}`, artifact: packed.artifact, unit, governor: after.governor });
    return finishedBlock({ spec, plan: runs as NonNullable<typeof runs>, pilot, warmUp: plan.warmUp, figures, log, before, after, startedAt, outputSha256, settings });
  } catch (error) {
    return failed(spec, error, log);
  }
}

const OUTPUTS = 'output/Result_0/';

/** Throws what the tool did wrong where a launch left no log of times. */
function profileOf({ code, log, profile }: Ended): Uint8Array {
  if (code !== 0) throw toolFailure('qnn-net-run', code === null ? 'vanished, or did not end in time' : `ended with exit code ${code}`, [], log);
  if (!profile) throw toolFailure('qnn-net-run', 'wrote no profiling log', [], log);
  return profile;
}

function failed(spec: FailedBlock['spec'], error: unknown, output: string): FailedBlock {
  if (!(error instanceof DynoError)) throw error;
  return { ok: false, spec, message: [error.message, ...error.nextSteps].join(' '), output: output.slice(-4000) };
}

function arraysOf({ outputs, packed }: PackedLaunch, types: ReadonlyMap<string, DType | null>): NamedArrays {
  const files = outputFiles({ files: [...outputs.keys()].map((name) => `${OUTPUTS}${name}`), log: '' }, packed.artifact.outputs, []);
  return new Map(packed.artifact.outputs.map((tensor) => {
    const bytes = outputs.get((files.get(tensor.onnxName) as string).slice(OUTPUTS.length)) as Uint8Array;
    return [tensor.onnxName, outputArray(bytes, tensor, types.get(tensor.onnxName) ?? null)];
  }));
}

import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { DynoError, ExternalError, UserError } from '../../../models/contracts/errors.ts';
import { packArrays, unpackArrays } from '../../../models/run/transfer.ts';
import { WorkerChannel } from '../../../models/run/worker-channel.ts';
import type { Batch, BlockReport, BlockSpec, Device, Readiness } from '../device.ts';
import { SerialDevice } from '../serial-device.ts';
import { variantIn } from '../serial-jobs.ts';
import { FOREIGN_LOAD_LIMIT, hostDisturbance, hostReadiness } from './disturbance.ts';
import type { BlockAnswer, BlockRequest } from './protocol.ts';
import { formatThermal, type HostThermal, readThermal } from './thermal.ts';

export interface HostDeviceOptions {
  /** A block that takes longer has hung; default 10 minutes. */
  readonly blockTimeoutMs?: number;
  /** Share of the machine that others may use, 0…1, before a block counts as disturbed; default 0.15. */
  readonly foreignLoadLimit?: number;
}

/**
 * This machine's CPU through ONNX Runtime. Units: `cpu:1`, `cpu:2`, … with that many threads, `cpu:all` with the runtime's own choice.
 * Every block is a process of its own, so that neither caches nor a crash carry over.
 */
export function createHostDevice(options: HostDeviceOptions = {}): Device {
  return new HostDevice(options);
}

class HostDevice extends SerialDevice implements Device {
  readonly selector = 'host';
  readonly label = `${cpus()[0]?.model.trim() ?? 'CPU'}, ${availableParallelism()} cores`;
  readonly capabilities = {
    units: ['cpu:1', 'cpu:all'], evidence: 'measured(host)', blocksPerBatch: 1, pollMs: 20, shell: true, pushBytes: null,
    thermal: readThermal().celsius === null ? 'none' : 'temperature', plan: false, outputs: true, peakMemory: true,
  } as const;
  readonly #blockTimeoutMs: number;
  readonly #foreignLoadLimit: number;

  constructor({ blockTimeoutMs = 600_000, foreignLoadLimit = FOREIGN_LOAD_LIMIT }: HostDeviceOptions) {
    super('host');
    this.#blockTimeoutMs = blockTimeoutMs;
    this.#foreignLoadLimit = foreignLoadLimit;
  }

  checkUnit(unit: string): void {
    threadsOf(unit);
  }

  readiness(signal?: AbortSignal): Promise<Readiness> {
    return hostReadiness(this.#foreignLoadLimit, signal);
  }

  protected async runBlock(batch: Batch, spec: BlockSpec, signal: AbortSignal): Promise<BlockReport> {
    const variant = variantIn(batch, spec);
    const folder = mkdtempSync(join(tmpdir(), 'dyno-block-'));
    const channel = new WorkerChannel('device-harness/devices/host/block-worker');
    const request: BlockRequest = {
      modelPath: variant.modelPath, feed: packArrays(variant.feed, folder), threads: threadsOf(spec.unit),
      warmUp: batch.warmUp, timed: batch.timed, outputsTo: batch.keepOutputs ? folder : null,
    };
    const what = `block of ${variant.id} (${basename(variant.modelPath)}) on ${spec.unit}`;
    const heat = readThermal();
    try {
      const answer = await channel.request<BlockAnswer>(request, { what, signal, timeoutMs: this.#blockTimeoutMs });
      return this.#report(spec, answer, heat);
    } catch (error) {
      if (signal.aborted || !(error instanceof DynoError)) throw error;
      return { ok: false, spec, message: error.message, output: error instanceof ExternalError ? error.output : '' };
    } finally {
      await channel.close();
      rmSync(folder, { recursive: true, force: true });
    }
  }

  #report(spec: BlockSpec, answer: BlockAnswer, before: HostThermal): BlockReport {
    const thermal = readThermal();
    const disturbed = hostDisturbance(answer.foreignLoad, this.#foreignLoadLimit, before, thermal);
    return {
      ok: true, spec, effectiveUnit: spec.unit, peakMemoryBytes: answer.peakMemoryBytes, outputSha256: answer.outputSha256, warnings: [],
      block: {
        samples: [...answer.samples], loadMs: answer.loadMs, firstMs: answer.firstMs, startedAt: answer.startedAt,
        warmup: { runs: answer.warmUpRuns, stable: answer.stable }, order: spec.order, round: spec.round, thermal: formatThermal(thermal),
        ...(disturbed === null ? {} : { disturbed }),
      },
      ...(answer.outputs ? { outputs: unpackArrays(answer.outputs) } : {}),
    };
  }
}

/** Threads of a unit; null for the runtime's own choice. */
function threadsOf(unit: string): number | null {
  if (unit === 'cpu:all') return null;
  const threads = Number(/^cpu:([1-9]\d*)$/.exec(unit)?.[1]);
  if (Number.isNaN(threads)) throw new UserError(`The host has no unit "${unit}".`, ['Use cpu:1, cpu:2, … or cpu:all.']);
  return threads;
}

import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type PythonWorker, readArrays, writeArrays } from '../../../converters/toolchain/index.ts';
import { DynoError, ExternalError, UserError } from '../../../models/contracts/errors.ts';
import type { Batch, BlockReport, BlockSpec, Device, Readiness, Variant } from '../device.ts';
import { SerialDevice } from '../serial-device.ts';
import { variantIn } from '../serial-jobs.ts';
import { type MacAnswer, placementOf, plannedOperations } from './protocol.ts';

/** Units by the names that blocks ask for; each has the CPU besides, for what it does not take. */
const UNITS = ['cpu', 'gpu', 'ane', 'all'] as const;
const BLOCK_TIMEOUT_MS = 20 * 60_000;

/**
 * This Mac's compute units through Core ML and coremltools. `worker` must start a fresh process for every job (`DYNO_SPAWN=1`): neither
 * caches of the process nor a crash carry over. It is closed with the device. Variants are packages.
 */
export function createMacDevice(worker: MacWorker): Device {
  return new MacDevice(worker);
}

type MacWorker = Pick<PythonWorker, 'run' | 'close'>;

class MacDevice extends SerialDevice implements Device {
  readonly selector = 'mac';
  readonly label = cpus()[0]?.model.trim() ?? 'Mac';
  readonly capabilities = {
    units: UNITS, evidence: 'measured(device)', blocksPerBatch: 1, pollMs: 50, shell: true, pushBytes: null, thermal: 'none', plan: true, outputs: true, peakMemory: true,
  } as const;
  readonly #worker: MacWorker;

  constructor(worker: MacWorker) {
    super('mac');
    this.#worker = worker;
  }

  checkUnit(unit: string): void {
    if (!(UNITS as readonly string[]).includes(unit)) throw new UserError(`A Mac has no unit "${unit}".`, [`Use ${UNITS.join(', ')}.`]);
  }

  async readiness(): Promise<Readiness> {
    return { ready: true, thermal: null, reason: null };
  }

  protected override checkVariant({ modelPath }: Variant): void {
    if (!modelPath.endsWith('.mlpackage')) throw new UserError(`${basename(modelPath)} is no Core ML package, and a Mac runs those.`, ['Make one: dyno convert MODEL.']);
  }

  override async close(): Promise<void> {
    await super.close();
    await this.#worker.close();
  }

  protected async runBlock(batch: Batch, spec: BlockSpec, signal: AbortSignal): Promise<BlockReport> {
    const { id, modelPath, feed } = variantIn(batch, spec);
    const folder = mkdtempSync(join(tmpdir(), 'dyno-mac-'));
    const args = { package: modelPath, unit: spec.unit, feed: writeArrays(feed, folder), warmUp: batch.warmUp, timed: batch.timed, outputsTo: batch.keepOutputs ? folder : null };
    try {
      const { value } = await this.#worker.run<MacAnswer>('mac.block', args, { what: `block of ${id} on ${spec.unit}`, timeoutMs: BLOCK_TIMEOUT_MS, signal });
      return reportOf(spec, value);
    } catch (error) {
      if (signal.aborted || !(error instanceof DynoError)) throw error;
      return { ok: false, spec, message: error.message, output: error instanceof ExternalError ? error.output : '' };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

function reportOf(spec: BlockSpec, answer: MacAnswer): BlockReport {
  const { unit, warnings } = placementOf(answer.plan);
  return {
    ok: true, spec, effectiveUnit: unit ?? spec.unit, peakMemoryBytes: answer.peakMemoryBytes, outputSha256: answer.outputSha256, warnings,
    ...plannedOperations(answer.plan),
    block: {
      samples: answer.samples, loadMs: answer.coldLoadMs, warmLoadMs: answer.warmLoadMs, firstMs: answer.firstMs, startedAt: answer.startedAt,
      warmup: { runs: answer.warmUpRuns, stable: answer.stable }, order: spec.order, round: spec.round, thermal: null,
    },
    ...(answer.outputs ? { outputs: readArrays(answer.outputs) } : {}),
  };
}

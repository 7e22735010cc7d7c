import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { explainedByOpenVino, type OpenVinoDevice, type OpenVinoToolchain, outputNames, settingsOf, unitsOf } from '../../../converters/openvino/index.ts';
import { readArrays, writeArrays } from '../../../converters/toolchain/index.ts';
import { DynoError, ExternalError } from '../../../models/contracts/errors.ts';
import type { Batch, BlockReport, BlockSpec, Device, DeviceCapabilities, Readiness } from '../device.ts';
import { FOREIGN_LOAD_LIMIT, hostDisturbance, hostReadiness } from '../host/disturbance.ts';
import { formatThermal, type HostThermal, readThermal } from '../host/thermal.ts';
import { SerialDevice } from '../serial-device.ts';
import { variantIn } from '../serial-jobs.ts';
import type { OpenVinoBlock } from './protocol.ts';

const BLOCK_TIMEOUT_MS = 20 * 60_000;

/**
 * One of this machine's devices through OpenVINO: the CPU, with units `cpu:1`, `cpu:2`, …, `cpu:all` and the same with `:bf16`; an Intel GPU (`gpu`);
 * an NPU (`npu`). Every block is a process of its own. The toolchain is closed with the device.
 */
export function createOpenVinoDevice(toolchain: OpenVinoToolchain, hardware: OpenVinoDevice): Device {
  return new OpenVinoOnHost(toolchain, hardware);
}

class OpenVinoOnHost extends SerialDevice implements Device {
  readonly selector: string;
  readonly label: string;
  readonly capabilities: DeviceCapabilities;
  readonly #toolchain: OpenVinoToolchain;
  readonly #hardware: string;

  constructor(toolchain: OpenVinoToolchain, { id, name }: OpenVinoDevice) {
    super(`openvino:${id}`);
    this.#toolchain = toolchain;
    this.#hardware = id;
    this.selector = `openvino:${id}`;
    this.label = `${name} with OpenVINO`;
    this.capabilities = {
      units: unitsOf(id), evidence: id === 'CPU' ? 'measured(host)' : 'measured(device)', blocksPerBatch: 1, pollMs: 20, shell: true, pushBytes: null,
      thermal: readThermal().celsius === null ? 'none' : 'temperature', plan: false, outputs: true, peakMemory: true,
    };
  }

  checkUnit(unit: string): void {
    settingsOf(this.#hardware, unit);
  }

  readiness(signal?: AbortSignal): Promise<Readiness> {
    return hostReadiness(FOREIGN_LOAD_LIMIT, signal);
  }

  override async close(): Promise<void> {
    await super.close();
    await this.#toolchain.close();
  }

  protected async runBlock(batch: Batch, spec: BlockSpec, signal: AbortSignal): Promise<BlockReport> {
    const { id, modelPath, feed } = variantIn(batch, spec);
    const folder = mkdtempSync(join(tmpdir(), 'dyno-openvino-'));
    const heat = readThermal();
    try {
      const args = {
        model: modelPath, device: this.#hardware, config: settingsOf(this.#hardware, spec.unit), outputs: outputNames(modelPath), feed: writeArrays(feed, folder),
        warmUp: batch.warmUp, timed: batch.timed, outputsTo: batch.keepOutputs ? folder : null,
      };
      const what = `block of ${id} (${basename(modelPath)}) on ${spec.unit}`;
      const { value } = await this.#toolchain.worker.run<OpenVinoBlock>('openvino.block', args, { what, timeoutMs: BLOCK_TIMEOUT_MS, signal });
      return this.#report(spec, value, heat);
    } catch (thrown) {
      const error = explainedByOpenVino(thrown);
      if (signal.aborted || !(error instanceof DynoError)) throw error;
      return { ok: false, spec, message: error.message, output: error instanceof ExternalError ? error.output : '' };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  #report(spec: BlockSpec, answer: OpenVinoBlock, before: HostThermal): BlockReport {
    const thermal = readThermal();
    const disturbed = hostDisturbance(answer.foreignLoad, FOREIGN_LOAD_LIMIT, before, thermal);
    return {
      ok: true, spec, effectiveUnit: spec.unit, peakMemoryBytes: answer.peakMemoryBytes, outputSha256: answer.outputSha256, warnings: [],
      settings: { OPENVINO: this.#toolchain.version, ...answer.settings },
      block: {
        samples: answer.samples, loadMs: answer.loadMs, firstMs: answer.firstMs, startedAt: answer.startedAt,
        warmup: { runs: answer.warmUpRuns, stable: answer.stable }, order: spec.order, round: spec.round, thermal: formatThermal(thermal),
        ...(disturbed === null ? {} : { disturbed }),
      },
      ...(answer.outputs ? { outputs: readArrays(answer.outputs) } : {}),
    };
  }
}

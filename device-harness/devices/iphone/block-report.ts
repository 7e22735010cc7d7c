import type { NamedArrays } from '../../../models/contracts/executor.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { type BlockResult, type ComputePlan, type Failure, type FailureKind, layout, type OutputRecord } from '../../runner/index.ts';
import type { BlockSpec, FailedBlock, FinishedBlock } from '../device.ts';
import type { IphoneLink } from './iphone-link.ts';
import { CORE_ML_UNITS, type PlannedPlace, planned } from './unit-proof.ts';

/** A compute plan and the multiply-accumulates of the operations that it speaks of. */
export interface PlanWithMacs {
  readonly plan: ComputePlan;
  readonly macs: ReadonlyMap<string, number>;
}

/** A block as the phone measured it. `planning` says why where there is no plan: Core ML makes one from iOS 17.4 on. */
export function finishedBlock(spec: BlockSpec, result: BlockResult, planning: PlanWithMacs | string, settings: Readonly<Record<string, string>>): FinishedBlock {
  const { load, conditions, samples, firstMs, warmUp, memory, outputs, unit } = result;
  const place: PlannedPlace = typeof planning === 'string' ? { effective: unit, text: `none: ${planning}`, warnings: [] } : planned(unit, planning.plan, planning.macs);
  const disturbances = disturbedBy(result);
  return {
    ok: true, spec, effectiveUnit: place.effective, peakMemoryBytes: memory.peakBytes,
    outputSha256: Object.fromEntries(outputs.map(({ name, sha256 }) => [name, sha256])),
    warnings: [...place.warnings, ...(conditions.lowPowerMode ? [LOW_POWER] : []), ...result.warnings],
    block: {
      samples, loadMs: (load.compileMs ?? 0) + load.loadMs, warmLoadMs: load.againMs, firstMs, warmup: warmUp, startedAt: result.startedAt,
      order: spec.order, round: spec.round, thermal: conditions.thermalWorst,
      ...(disturbances.length > 0 ? { disturbed: disturbances.join('; ') } : {}),
    },
    settings: { ...settings, units: CORE_ML_UNITS[unit], plan: place.text },
    ...(place.placement ? { placement: place.placement } : {}),
  };
}

const LOW_POWER = 'Low-power mode is on, which slows the phone down: switch it off in Settings > Battery.';

/** What made a block's times other than the phone's own: heat, and the mode that saves its battery. */
function disturbedBy({ conditions: { cooled, thermalBefore, thermalWorst, lowPowerMode, waitedMs } }: BlockResult): string[] {
  return [
    cooled ? null : `the phone did not cool down (${thermalBefore} after ${Math.round(waitedMs / 1000)} s)`,
    cooled && thermalWorst !== 'nominal' ? `the phone became ${thermalWorst}` : null,
    lowPowerMode ? 'low-power mode is on' : null,
  ].filter((text) => text !== null);
}

const WHAT_FAILED: Readonly<Record<FailureKind, string>> = {
  died: 'the process of the runner ended', blob: 'what was sent arrived damaged', disk: 'the phone is full', compile: 'Core ML did not compile the package',
  load: 'Core ML did not load it', input: 'its input was not taken', predict: 'it did not run', output: 'its output could not be read',
  picture: 'the picture could not be read', plan: 'Core ML made no plan', unsupported: 'the runner cannot do this', internal: 'the runner failed',
};

/** A block that the phone could not measure, and in which phase that was. */
export function failedBlock(spec: BlockSpec, { kind, phase, message, detail, attempt, unit }: Failure): FailedBlock {
  const tries = kind === 'died' ? `, ${attempt === 1 ? 'once' : `${attempt} times`}: the model crashes it or takes too much memory on ${CORE_ML_UNITS[unit]}` : '';
  return { ok: false, spec, message: `${spec.variant}: ${WHAT_FAILED[kind]} (${phase})${tries}. ${message}`, output: detail };
}

/** Outputs that a step wrote to files, by name. */
export async function pullOutputs(link: Pick<IphoneLink, 'pull'>, { batch, outputs }: { readonly batch: string; readonly outputs: readonly OutputRecord[] }, signal?: AbortSignal): Promise<NamedArrays> {
  const arrays: [string, ReturnType<Tensor['toNdArray']>][] = [];
  for (const { name, dtype, dims, file } of outputs) {
    const bytes = file === null ? null : await link.pull(`${layout.batch(batch)}/${file}`, signal);
    if (bytes) arrays.push([name, Tensor.fromBytes(dtype, dims, bytes).toNdArray()]);
  }
  return new Map(arrays);
}

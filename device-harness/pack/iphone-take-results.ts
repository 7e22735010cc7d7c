import type { Evidence } from '../../models/contracts/evidence.ts';
import { formatSelector } from '../../models/contracts/selectors.ts';
import type { BlockSpec, FailedBlock, FinishedBlock } from '../devices/device.ts';
import { failedBlock, finishedBlock, type PlanWithMacs, pullOutputs } from '../devices/iphone/block-report.ts';
import { UnitTimes } from '../devices/iphone/unit-proof.ts';
import { median } from '../method/stats/index.ts';
import type { StepResult } from '../runner/index.ts';
import type { IphonePlan, PackedPackage } from './iphone-plan.ts';
import type { IphoneResults } from './iphone-results.ts';
import type { TakenResults } from './take-results.ts';

/** Makes records of what an iPhone elsewhere left, the same that a phone here gives. Its UDID is not among it: the device is called by its product type. */
export async function takeIphoneResults({ plan, info, results, file }: IphoneResults): Promise<TakenResults> {
  const evidence: Evidence = info.simulated ? 'simulated' : 'measured(device)';
  const settings = { system: `iOS ${info.systemVersion} (${info.build})`, runner: info.version, link: 'bundle' };
  const plans = plansOf(plan, results);
  const times = new UnitTimes();
  const [finished, failures, outputs] = [[] as FinishedBlock[], [] as FailedBlock[], [] as TakenResults['outputs'][number][]];
  for (const result of results) {
    const spec = blockOf(plan, result);
    if (spec === null) continue;
    if (result.type === 'failure') failures.push(failedBlock(spec, result));
    if (result.type !== 'block') continue;
    finished.push(finishedBlock(spec, result, plans.get(place(result)) ?? 'it was not asked for', settings));
    times.add(spec.variant, spec.unit, median(result.samples));
    const { names } = packageOf(plan, result);
    const arrays = await pullOutputs({ pull: async (path) => file(path) }, result);
    if (arrays.size > 0) outputs.push({ variant: spec.variant, unit: spec.unit, outputs: new Map([...arrays].map(([name, array]) => [names[name] ?? name, array])) });
  }
  return {
    device: formatSelector({ kind: info.simulated ? 'virtual' : 'iphone', id: info.device }), evidence, failures, outputs,
    finished: finished.map((report) => {
      const doubt = times.doubt(report.spec.variant, report.spec.unit as StepResult['unit']);
      return doubt === null ? report : { ...report, warnings: [...report.warnings, doubt] };
    }),
  };
}

/** The block that a step was for; null for steps of other kinds. */
function blockOf({ blocks, steps }: IphonePlan, { step }: StepResult): BlockSpec | null {
  return blocks[steps[step] ?? -1] ?? null;
}

function packageOf({ models }: IphonePlan, { model }: StepResult): PackedPackage {
  return models.find(({ batchId }) => batchId === model) as PackedPackage;
}

/** Compute plans by model and unit, or why there is none. */
function plansOf(plan: IphonePlan, results: readonly StepResult[]): ReadonlyMap<string, PlanWithMacs | string> {
  return new Map(results.flatMap((result): [string, PlanWithMacs | string][] => {
    if (result.type === 'plan') return [[place(result), { plan: result, macs: new Map(Object.entries(packageOf(plan, result).macs)) }]];
    return result.type === 'failure' && blockOf(plan, result) === null ? [[place(result), result.message]] : [];
  }));
}

function place({ model, unit }: StepResult): string {
  return `${model} ${unit}`;
}

import type { OperationPlacement } from '../../../models/contracts/placement.ts';
import type { ComputePlan, Processor, Unit } from '../../runner/index.ts';
import { placementOf, plannedOperations } from '../mac/protocol.ts';

/** Units by the names that blocks ask for, and what Core ML calls them. */
export const CORE_ML_UNITS: Readonly<Record<Unit, string>> = { cpu: 'cpuOnly', gpu: 'cpuAndGPU', ane: 'cpuAndNeuralEngine', all: 'all' };

/** The processor that a unit is named after: what its plan should show. */
const NAMED_AFTER: Readonly<Record<Unit, Processor | null>> = { cpu: 'cpu', gpu: 'gpu', ane: 'ane', all: null };
const PROCESSOR_NAMES: Readonly<Record<Processor, string>> = { cpu: 'CPU', gpu: 'GPU', ane: 'Neural Engine' };

/** Within so much of the CPU's time a unit shows no work of its own. */
const LIKE_THE_CPU = 0.1;

/** Where a compute plan puts a model. Evidence `planned`. */
export interface PlannedPlace {
  /** `ane`, or `ane+cpu` by what operations cost. */
  readonly effective: string;
  readonly text: string;
  readonly warnings: readonly string[];
  /** Operation by operation; absent where the plan gives none a place. */
  readonly placement?: OperationPlacement;
}

/** What to say of a compute plan; `macs` by output are computed. */
export function planned(unit: Unit, { operations, segments, shares }: ComputePlan, macs: ReadonlyMap<string, number>): PlannedPlace {
  const plan = operations.map(({ output, ...rest }) => ({ ...rest, value: output }));
  const placement = placementOf(plan);
  const wanted = NAMED_AFTER[unit];
  const missing = wanted !== null && shares.length > 0 && !shares.some(({ processor }) => processor === wanted);
  const all = sum([...macs.values()]);
  const macShare = (processor: Processor): number => sum(operations.filter(({ preferred }) => preferred === processor).map(({ output }) => macs.get(output) ?? 0)) / all;
  const parts = shares.map(({ processor, operations: count, cost }) => {
    const ofMacs = all > 0 ? `, ${percent(macShare(processor))} of the MACs` : '';
    return `${processor} ${count} operations (${percent(cost)} of the cost${ofMacs})`;
  });
  const pieces = segments.length === 1 ? '1 segment' : `${segments.length} segments`;
  const advice = 'dyno check MODEL --target ane:CHIP says which operations stop it; a compiler that failed says nothing.';
  const lost = missing ? [`planned: nothing runs on the ${PROCESSOR_NAMES[wanted]}. ${advice}`] : [];
  return { effective: placement.unit ?? unit, text: [...parts, pieces].join(', '), warnings: [...lost, ...placement.warnings], ...plannedOperations(plan) };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** Median times by model and unit, held against one another: a unit that takes as long as the CPU alone does has proved nothing. */
export class UnitTimes {
  readonly #medians = new Map<string, number[]>();

  add(variant: string, unit: string, medianMs: number): void {
    const key = JSON.stringify([variant, unit]);
    this.#medians.set(key, [...(this.#medians.get(key) ?? []), medianMs]);
  }

  /** What the times say against a unit; null while nothing, or while the CPU was not measured. */
  doubt(variant: string, unit: Unit): string | null {
    const [own, cpu] = [this.#best(variant, unit), this.#best(variant, 'cpu')];
    if (unit === 'cpu' || own === null || cpu === null || Math.abs(own / cpu - 1) > LIKE_THE_CPU) return null;
    return `${CORE_ML_UNITS[unit]} takes as long as ${CORE_ML_UNITS.cpu} (${own.toPrecision(3)} ms and ${cpu.toPrecision(3)} ms): its times do not show another unit at work.`;
  }

  #best(variant: string, unit: string): number | null {
    const medians = this.#medians.get(JSON.stringify([variant, unit]));
    return medians ? Math.min(...medians) : null;
  }
}

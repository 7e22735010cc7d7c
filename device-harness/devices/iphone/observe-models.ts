import type { NamedArrays } from '../../../models/contracts/executor.ts';
import type { BlockRules } from '../../method/block-rules.ts';
import { median } from '../../method/stats/index.ts';
import type { PlanOperation, RunnerModel, Step, StepResult, Unit } from '../../runner/index.ts';
import type { Variant } from '../device.ts';
import type { SentModel } from './build-batch.ts';
import type { IphoneDevice } from './iphone-device.ts';

/** What a phone showed of one model on one unit. */
export interface ModelObservation {
  readonly variant: string;
  readonly unit: Unit;
  /** Null where Core ML made no plan. */
  readonly operations: readonly PlanOperation[] | null;
  /** Of each block, in milliseconds. */
  readonly medians: readonly number[];
  /** Of the first block, in the package's words; null where none came back. */
  readonly outputs: NamedArrays | null;
  /** What kept a block from being measured. */
  readonly failure: string | null;
  /** Computed from shapes. */
  readonly macs: number;
}

export interface ObserveOptions {
  readonly units: readonly Unit[];
  /** Blocks of a model on the unit. */
  readonly blocksOf: (variant: string, unit: Unit) => number;
  readonly rules: BlockRules;
  readonly progress: (note: string, done?: number, of?: number) => void;
  readonly signal?: AbortSignal;
}

/** Asks a phone for the plan, times and outputs of models on units, rounds one after the other. One that fails does not keep the others from being asked. */
export async function observeModels(device: IphoneDevice, variants: readonly Variant[], { units, blocksOf, rules, progress, signal }: ObserveOptions): Promise<ModelObservation[]> {
  let models: readonly SentModel[] = [];
  let of = 0;
  const seen: { readonly result: StepResult; readonly outputs: NamedArrays }[] = [];
  const stepsFor = (sent: readonly SentModel[]): Step[] => {
    models = sent;
    const steps = stepsOf(sent, units, blocksOf);
    of = steps.length;
    return steps;
  };
  await device.ask(variants, stepsFor, {
    rules, note: (text) => (of === 0 ? progress(text) : progress(text, seen.length, of)), ...(signal ? { signal } : {}),
    onResult: (result, outputs) => { seen.push({ result, outputs }); },
  });
  return models.flatMap((sent) => units.map((unit) => observationOf(sent, unit, seen.filter(({ result }) => result.model === sent.model.id && result.unit === unit))));
}

function stepsOf(sent: readonly SentModel[], units: readonly Unit[], blocksOf: ObserveOptions['blocksOf']): Step[] {
  const pairs = sent.flatMap(({ variant, model }) => units.map((unit) => ({ model: model.id, unit, blocks: blocksOf(variant.id, unit) })));
  const plans = pairs.map(({ model, unit }, i): Step => ({ type: 'plan', id: `p${i}`, model, unit }));
  const rounds = Math.max(0, ...pairs.map(({ blocks }) => blocks));
  const blocks = Array.from({ length: rounds }, (_, round) => pairs.flatMap((pair, i) => (round < pair.blocks ? [{ ...pair, i, round }] : []))).flat();
  const measured = blocks.map(({ model, unit, i, round }, order): Step => ({ type: 'block', id: `b${round}-${i}`, model, unit, round, order, outputs: round === 0 ? 'files' : 'none' }));
  return [...plans, ...measured];
}

type SeenModel = { readonly variant: Variant; readonly model: RunnerModel; readonly macs: ReadonlyMap<string, number> };

function observationOf({ variant, macs }: SeenModel, unit: Unit, seen: readonly { readonly result: StepResult; readonly outputs: NamedArrays }[]): ModelObservation {
  const results = seen.map(({ result }) => result);
  const plan = results.find((result) => result.type === 'plan');
  const failure = results.find((result) => result.type === 'failure' && result.step.startsWith('b'));
  return {
    variant: variant.id, unit, operations: plan?.type === 'plan' ? plan.operations : null,
    medians: results.flatMap((result) => (result.type === 'block' ? [median(result.samples)] : [])),
    outputs: seen.find(({ outputs }) => outputs.size > 0)?.outputs ?? null,
    failure: failure?.type === 'failure' ? failure.message : null, macs: [...macs.values()].reduce((sum, value) => sum + value, 0),
  };
}

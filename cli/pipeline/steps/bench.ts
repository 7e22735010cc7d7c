import { hostname } from 'node:os';
import { join } from 'node:path';
import { BLOCK_PROFILES } from '../../../device-harness/method/block-rules.ts';
import type { Measurement } from '../../../models/contracts/records.ts';
import type { Config } from '../../config/config.ts';
import { plural } from '../../ui/numbers.ts';
import { benchModels, type BenchResult } from '../../work/bench-models.ts';
import type { ModelRef } from '../../work/model-refs.ts';
import { namedFarms } from '../../work/named-farms.ts';
import { keptResults } from '../kept-results.ts';
import type { BenchOutput, VariantOutput } from '../outputs.ts';
import { sameFiles } from '../same-files.ts';
import type { Omission, Step } from '../step.ts';

export interface BenchStepOptions {
  readonly ref: ModelRef;
  /** Steps whose variants are timed; the first is what the others are compared with. */
  readonly variants: readonly string[];
  /** Variants that are compared besides, by name. */
  readonly pairs: readonly { readonly base: string; readonly candidate: string }[];
  readonly settings: Config['bench'];
  readonly phone: Config['phone'];
  readonly farms: Config['farms'];
  readonly coreml: Config['convert']['coreml'];
  readonly gate: Config['gate'];
  readonly seed: number;
  readonly versions: object;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * All variants side by side on all devices; those that are one and the same file are timed once. Each finished block is a file: a run that is
 * killed goes on with the next one.
 */
export function benchStep({ ref, variants, pairs, settings, phone, farms, coreml, gate, seed, versions, env }: BenchStepOptions): Step {
  const title = `Time ${plural(variants.length, 'variant')} of ${ref.id} on ${settings.on.join(', ')}`;
  return {
    id: `bench:${ref.id}`,
    kind: 'bench',
    title,
    needs: variants,
    mayLack: variants.slice(1),
    key: { input: ref.input, settings, phone, farms: namedFarms(settings.on, farms), coreml, latency: latencyBudgets(gate), rules: BLOCK_PROFILES[settings.profile], seed, host: hostname(), versions },
    async run({ id, inputs, scratch, artifacts, emit, signal, stopOf }) {
      const made = inputs<VariantOutput>(variants);
      const same = sameFiles(made.map(({ variant }) => variant));
      const models = made.filter(({ variant }) => !same.has(variant.id)).map(({ variant, file }) => {
        const alike = made.filter((other) => other.variant.id === variant.id || same.get(other.variant.id) === variant.id);
        return { ...ref, id: variant.id, path: artifacts.at(file), targets: alike.map((other) => other.variant.target) };
      });
      const result = await benchModels({ id, models, pairs, settings, phone, farms, coreml, budgets: { gate, model: ref.id }, seed, folder: join(scratch, 'devices'), env, emit, signal, stopOf, kept: keptResults(scratch) });
      const { stopped: _, takenOut, ...output } = result;
      const omissions = takenOut.map((device): Omission => ({ step: id, kind: 'bench', title, device, by: 'user', reason: 'taken out by hand' }));
      const copies = [...same].flatMap(([copy, first]) => result.measurements.filter(({ variant }) => variant === first).map((m) => sharedBy(copy, m)));
      const all: BenchOutput = { ...output, measurements: [...result.measurements, ...copies], ...(omissions.length > 0 ? { omissions } : {}) };
      return { output: all, summary: summaryOf(result, same.size), ...(omissions.length > 0 ? { partial: true } : {}) };
    },
  };
}

/** What of the budgets decides how long is measured. */
function latencyBudgets({ gates, confidence }: Config['gate']): object {
  return { confidence, gates: gates.filter(({ latency }) => latency?.maxIncrease !== undefined) };
}

function sharedBy(id: string, measurement: Measurement): Measurement {
  return { ...measurement, variant: id, warnings: [...measurement.warnings, `the same file as ${measurement.variant}: timed once`] };
}

function summaryOf({ measurements, sustained, failures, lost, takenOut }: BenchResult, same: number): string {
  const blocks = measurements.reduce((sum, m) => sum + m.blocks.length, 0);
  const units = [...new Set(measurements.map(({ unit }) => unit))];
  return [
    ...(blocks > 0 ? [`${plural(blocks, 'block')} on ${units.join(', ')}`] : []),
    ...(sustained.length > 0 ? [`${plural(sustained.length, 'variant')} at a frame rate`] : []),
    ...(same > 0 ? [`${plural(same, 'variant')} the same file as another`] : []),
    ...(failures.length > 0 ? [`${plural(failures.length, 'block')} failed`] : []),
    ...(lost.length > 0 ? [`${lost.map(({ device }) => device).join(', ')} given up`] : []),
    ...(takenOut.length > 0 ? [`${takenOut.join(', ')} taken out by hand`] : []),
  ].join('; ');
}

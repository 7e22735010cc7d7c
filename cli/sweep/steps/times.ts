import { hostname } from 'node:os';
import { join } from 'node:path';
import { BLOCK_PROFILES } from '../../../device-harness/method/block-rules.ts';
import type { Measurement } from '../../../models/contracts/records.ts';
import type { Config, ModelEntry } from '../../config/config.ts';
import { keptResults } from '../../pipeline/kept-results.ts';
import { hashJson } from '../../pipeline/hash.ts';
import { sameFiles } from '../../pipeline/same-files.ts';
import type { Step, StepResult } from '../../pipeline/step.ts';
import { plural } from '../../ui/numbers.ts';
import { benchModels } from '../../work/bench-models.ts';
import { namedFarms } from '../../work/named-farms.ts';
import type { SweepTools } from '../tools.ts';
import { type Built, orFailed } from './built.ts';

/** A variant that is timed. */
export interface Timed {
  readonly id: string;
  /** Step that gave it its size. */
  readonly from: string;
  readonly input: ModelEntry['input'];
  /** What it was rewritten for; null for nothing in particular. */
  readonly target: string | null;
  /** Variant that it is compared with; null where that is not timed. */
  readonly baseline: string | null;
}

export interface TimesOutput {
  readonly measurements: readonly Measurement[];
  /** What was not measured, by variant, device and unit; an empty unit is all. */
  readonly failures: readonly { readonly variant: string; readonly device: string; readonly unit: string; readonly message: string }[];
  readonly failed: string | null;
}

export interface TimesStepOptions {
  /** The size that they share. */
  readonly size: string;
  readonly variants: readonly Timed[];
  readonly config: Pick<Config, 'bench' | 'phone' | 'farms' | 'convert'>;
  readonly seed: number;
  readonly tools: SweepTools;
  readonly versions: object;
}

const NOTHING: StepResult = {
  output: { measurements: [], failures: [], failed: 'nothing was built' } satisfies TimesOutput, summary: 'nothing was built', outcome: 'skipped',
};

/** All variants of one input size side by side, in rounds. Each finished block is a file: what is killed goes on with the next one. */
export function timesStep({ size, variants, config, seed, tools, versions }: TimesStepOptions): Step {
  const { bench, phone, farms, convert } = config;
  const needs = [...new Set(variants.map(({ from }) => from))];
  const key = { variants, bench, phone, farms: namedFarms(bench.on, farms), coreml: convert.coreml, rules: BLOCK_PROFILES[bench.profile], seed, host: hostname(), versions };
  return {
    id: `times:${size}:${hashJson(variants.map(({ id }) => id)).slice(0, 8)}`, kind: 'bench',
    title: `Time ${plural(variants.length, 'variant')} at ${size} on ${bench.on.join(', ')}`, needs, mayLack: needs, key,
    run: (context) => orFailed(context, async () => {
      const built = variants.flatMap((variant) => {
        const [made] = context.inputs<Built>([variant.from]);
        return made?.file == null ? [] : [{ ...variant, path: context.artifacts.at(made.file), sha256: made.sha256 as string }];
      });
      if (built.length === 0) return NOTHING;
      const same = sameFiles(built);
      const timed = built.filter(({ id }) => !same.has(id));
      const firstOf = (id: string): string => same.get(id) ?? id;
      const result = await benchModels({
        id: context.id, settings: bench, phone, farms, coreml: convert.coreml, seed,
        folder: join(context.scratch, 'devices'), env: tools.env, emit: context.emit, signal: context.signal,
        kept: keptResults(context.scratch), stopOf: context.stopOf,
        models: timed.map(({ id, path, input }) => ({ id, path, input, targets: built.filter((other) => firstOf(other.id) === id).map(({ target }) => target) })),
        pairs: timed.flatMap(({ id, baseline }) => (baseline === null || firstOf(baseline) === id ? [] : [{ base: firstOf(baseline), candidate: id }])),
      });
      const copies = [...same].flatMap(([copy, first]) => result.measurements.filter(({ variant }) => variant === first).map((measurement) => ({ ...measurement, variant: copy })));
      const lost = result.lost.flatMap(({ device, message }) => variants.map(({ id }) => ({ variant: id, device, unit: '', message })));
      const failures = result.failures.map(({ spec, device, message }) => ({ variant: spec.variant, device, unit: spec.unit, message }));
      const output: TimesOutput = { measurements: [...result.measurements, ...copies], failures: [...failures, ...lost], failed: null };
      return { output, summary: plural(result.measurements.reduce((sum, { blocks }) => sum + blocks.length, 0), 'block') };
    }),
  };
}

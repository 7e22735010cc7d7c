import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { FinishedBlock } from '../../../device-harness/index.ts';
import type { Measurement } from '../../../models/contracts/records.ts';
import { BLOCK_PROFILES } from '../../../device-harness/method/block-rules.ts';
import type { Config } from '../../config/config.ts';
import { plural } from '../../ui/numbers.ts';
import { benchModels } from '../../work/bench-models.ts';
import type { ModelRef } from '../../work/model-refs.ts';
import { writeFileSafely } from '../../write-file.ts';
import type { BenchOutput, VariantOutput } from '../outputs.ts';
import { sameFiles } from '../same-files.ts';
import type { Step } from '../step.ts';

export interface BenchStepOptions {
  readonly ref: ModelRef;
  /** Steps whose variants are timed; the first is what the others are compared with. */
  readonly variants: readonly string[];
  readonly settings: Config['bench'];
  readonly seed: number;
  readonly versions: object;
}

/**
 * All variants side by side; those that are one and the same file are timed once. Each finished block is a file: a run that is killed goes on
 * with the next one.
 */
export function benchStep({ ref, variants, settings, seed, versions }: BenchStepOptions): Step {
  return {
    id: `bench:${ref.id}`,
    kind: 'bench',
    title: `Time ${plural(variants.length, 'variant')} of ${ref.id} on ${settings.on}`,
    needs: variants,
    key: { input: ref.input, settings, rules: BLOCK_PROFILES[settings.profile], seed, host: hostname(), versions },
    async run({ id, input, scratch, artifacts, emit, signal }) {
      const folder = join(scratch, 'blocks');
      mkdirSync(folder, { recursive: true });
      const finished = readBlocks(folder);
      let count = finished.length;
      const made = variants.map((step) => input<VariantOutput>(step));
      const same = sameFiles(made.map(({ variant }) => variant));
      const models = made.filter(({ variant }) => !same.has(variant.id)).map(({ variant, file }) => ({ ...ref, id: variant.id, path: artifacts.at(file) }));
      const { measurements, failures } = await benchModels({
        id,
        models,
        settings,
        seed,
        emit,
        signal,
        finished,
        onBlock: (report) =>
          writeFileSafely(join(folder, `${String(count++).padStart(5, '0')}.json`), `${JSON.stringify(withoutOutputs(report))}\n`),
      });
      const copies = [...same].flatMap(([id, first]) => measurements.filter(({ variant }) => variant === first).map((m) => sharedBy(id, m)));
      const output: BenchOutput = { measurements: [...measurements, ...copies], failures };
      const blocks = measurements.reduce((sum, m) => sum + m.blocks.length, 0);
      return {
        output,
        summary: [
          `${plural(blocks, 'block')} on ${settings.units.join(', ')}`,
          ...(same.size > 0 ? [`${plural(same.size, 'variant')} the same file as another`] : []),
          ...(failures.length > 0 ? [`${plural(failures.length, 'block')} failed`] : []),
        ].join('; '),
      };
    },
  };
}

function sharedBy(id: string, measurement: Measurement): Measurement {
  return { ...measurement, variant: id, warnings: [...measurement.warnings, `the same file as ${measurement.variant}: timed once`] };
}

/** In the order taken. */
function readBlocks(folder: string): FinishedBlock[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as FinishedBlock);
}

function withoutOutputs({ outputs: _, ...report }: FinishedBlock): FinishedBlock {
  return report;
}

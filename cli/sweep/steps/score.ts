import type { QualityRecord } from '../../../models/contracts/records.ts';
import type { Config, DatasetSettings, ModelEntry } from '../../config/config.ts';
import type { Step } from '../../pipeline/step.ts';
import { judgeQuality } from '../../work/judge-quality.ts';
import { openQualityExecutors } from '../../work/quality-executors.ts';
import { plural } from '../../ui/numbers.ts';
import type { Pictures } from '../pictures.ts';
import type { SweepTools } from '../tools.ts';
import { type Built, orFailed, passedOn } from './built.ts';

export interface Scored {
  readonly records: readonly QualityRecord[];
  /** What an executor refused, by its id. */
  readonly refused: Readonly<Record<string, string>>;
  readonly failed: string | null;
}

export interface ScoreStepOptions {
  readonly id: string;
  readonly variant: string;
  readonly from: string;
  readonly input: ModelEntry['input'];
  readonly dataset: { readonly name: string; readonly said: DatasetSettings; readonly pictures: Pictures };
  readonly quality: Config['quality'];
  readonly seed: number;
  readonly tools: SweepTools;
  readonly versions: object;
}

/** One model on one set of pictures, beside bicubic interpolation. */
export function scoreStep({ id, variant, from, input, dataset, quality, seed, tools, versions }: ScoreStepOptions): Step {
  return {
    id, kind: 'quality', title: `Score ${variant} on ${dataset.name}`, needs: [from],
    key: { variant, input, quality, seed, degrade: dataset.said.degrade, pictures: dataset.pictures.hash, versions },
    run: (context) => orFailed(context, async () => {
      const { file, failed } = context.input<Built>(from);
      if (file === null) return passedOn({ failed });
      const executors = openQualityExecutors(quality.on, tools.env);
      try {
        const { records, refused } = await judgeQuality({
          models: [{ id: variant, path: context.artifacts.at(file), input }],
          config: { images: dataset.pictures.folder, quality: { ...quality, datasets: { [dataset.name]: dataset.said } }, seed },
          executors, cropSize: null,
          progress: (done, total, note) => context.progress(note, done, total), signal: context.signal,
        });
        const output: Scored = { records, refused: Object.fromEntries(refused.map(({ executor, error }) => [executor, error.message])), failed: null };
        return { output, summary: `${plural(records.length, 'value')}` };
      } finally {
        await executors.close();
      }
    }),
  };
}

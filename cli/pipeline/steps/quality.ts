import { createHash } from 'node:crypto';
import type { ReportCrop } from '../../../reports/model/report.ts';
import { type CropPngs, encodeCrop } from '../../../reports/quality/crop-files.ts';
import type { Config } from '../../config/config.ts';
import { plural } from '../../ui/numbers.ts';
import { judgeQuality } from '../../work/judge-quality.ts';
import type { ModelRef } from '../../work/model-refs.ts';
import { openQualityExecutors } from '../../work/quality-executors.ts';
import type { ArtifactStore } from '../artifacts.ts';
import type { QualityOutput, VariantOutput } from '../outputs.ts';
import type { Step } from '../step.ts';

const CROP = 96;
/** Windows of each pair of variants that a report shows. */
const WORST = 1;

export interface QualityStepOptions {
  readonly ref: ModelRef;
  readonly variants: readonly string[];
  readonly config: Pick<Config, 'images' | 'quality' | 'seed'>;
  /** Hash of the pictures. */
  readonly pictures: string;
  /** Versions of everything that computes. */
  readonly versions: object;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * All variants on the pictures, beside bicubic interpolation, and the pieces that a reader should see. An emulator scores what would run on its
 * chip: the model as it came and the variants made for it.
 */
export function qualityStep({ ref, variants, config, pictures, versions, env }: QualityStepOptions): Step {
  return {
    id: `quality:${ref.id}`,
    kind: 'quality',
    title: `Score ${plural(variants.length, 'variant')} of ${ref.id}`,
    needs: variants,
    mayLack: variants.slice(1),
    key: { input: ref.input, quality: config.quality, seed: config.seed, pictures, crop: CROP, worst: WORST, versions },
    async run({ inputs, artifacts, progress, warn, signal }) {
      const executors = openQualityExecutors(config.quality.on, env);
      try {
        if (!executors.withHost && executors.emulators.length + executors.runtimes.length === 0) {
          return { output: { records: [], crops: [] } satisfies QualityOutput, summary: executors.missing?.message ?? 'nothing computes outputs', outcome: 'skipped' };
        }
        const made = inputs<VariantOutput>(variants);
        const chipOf = new Map(made.map(({ variant }) => [variant.id, variant.target?.replace(/^htp:/, 'emulator:') ?? null]));
        const { records, crops, windows, refused } = await judgeQuality({
          models: made.map(({ variant, file }) => ({ ...ref, id: variant.id, path: artifacts.at(file) })),
          emulated: ({ id }, emulator) => chipOf.get(id) === null || chipOf.get(id) === emulator,
          config,
          executors,
          cropSize: CROP,
          worst: { size: CROP, count: WORST },
          signal,
          progress: (done, total, note) => progress(note, done, total),
        });
        for (const { model, executor, error } of refused) warn('not-emulated', `${model} on ${executor}: ${error.message}`, error.nextSteps[0] ?? null);
        const kept: ReportCrop[] = [];
        for (const choice of [...crops, ...windows]) kept.push(keepCrop(await encodeCrop(choice), artifacts));
        const output: QualityOutput = { records, crops: kept };
        const images = records[0]?.perImage.length ?? 0;
        const on = executors.emulators.length + executors.runtimes.length > 0 ? `, on ${[...new Set(records.map(({ executor }) => executor))].join(', ')}` : executors.missing ? `; ${executors.missing.message}` : '';
        return { output, summary: `${plural(config.quality.metrics.length, 'protocol')} on ${plural(images, 'picture')}${on}` };
      } finally {
        await executors.close();
      }
    },
  };
}

function keepCrop({ views, ...crop }: CropPngs, artifacts: ArtifactStore): ReportCrop {
  const keep = (png: Uint8Array): { path: string; sha256: string } => {
    const { path, sha256 } = artifacts.put(png, createHash('sha256').update(png).digest('hex'), 'crops', '.png');
    return { path, sha256 };
  };
  return {
    ...crop,
    views: views.map(({ variant, psnr, png, difference }) => ({
      variant,
      psnr,
      picture: keep(png),
      difference: difference && { ...keep(difference.png), maxLevels: difference.maxLevels },
    })),
  };
}

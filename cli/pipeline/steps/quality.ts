import { createHash } from 'node:crypto';
import { createHostExecutor } from '../../../models/run/host-executor.ts';
import type { ReportCrop } from '../../../reports/model/report.ts';
import { type CropPngs, encodeCrop } from '../../../reports/quality/crop-files.ts';
import type { Config } from '../../config/config.ts';
import { plural } from '../../ui/numbers.ts';
import { judgeQuality } from '../../work/judge-quality.ts';
import type { ModelRef } from '../../work/model-refs.ts';
import type { ArtifactStore } from '../artifacts.ts';
import type { QualityOutput, VariantOutput } from '../outputs.ts';
import type { Step } from '../step.ts';

const CROP = 96;

export interface QualityStepOptions {
  readonly ref: ModelRef;
  readonly variants: readonly string[];
  readonly config: Pick<Config, 'images' | 'quality'>;
  /** Hash of the pictures. */
  readonly pictures: string;
  readonly versions: object;
}

/** All variants on the pictures, beside bicubic interpolation, and the pieces that a reader should see. */
export function qualityStep({ ref, variants, config, pictures, versions }: QualityStepOptions): Step {
  return {
    id: `quality:${ref.id}`,
    kind: 'quality',
    title: `Score ${plural(variants.length, 'variant')} of ${ref.id}`,
    needs: variants,
    key: { input: ref.input, metrics: config.quality.metrics, pictures, crop: CROP, versions },
    async run({ input, artifacts, progress, signal }) {
      const executor = createHostExecutor();
      try {
        const models = variants.map((step) => {
          const { variant, file } = input<VariantOutput>(step);
          return { ...ref, id: variant.id, path: artifacts.at(file) };
        });
        const { records, crops } = await judgeQuality({
          models,
          config,
          executor,
          cropSize: CROP,
          signal,
          progress: (done, total, note) => progress(note, done, total),
        });
        const kept: ReportCrop[] = [];
        for (const choice of crops) kept.push(keepCrop(await encodeCrop(choice), artifacts));
        const output: QualityOutput = { records, crops: kept };
        const images = records[0]?.perImage.length ?? 0;
        return { output, summary: `${plural(config.quality.metrics.length, 'protocol')} on ${plural(images, 'picture')}` };
      } finally {
        await executor.close();
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

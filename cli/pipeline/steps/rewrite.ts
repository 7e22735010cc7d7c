import { join } from 'node:path';
import { BugError } from '../../../models/contracts/errors.ts';
import type { Precision } from '../../../converters/rewrites/rewrite.ts';
import { createHostExecutor } from '../../../models/run/host-executor.ts';
import type { Config } from '../../config/config.ts';
import { rewriteSummary } from '../../text/rewrite-text.ts';
import { checkFor, withOperations } from '../../work/check-model.ts';
import type { ModelRef } from '../../work/model-refs.ts';
import { openModel } from '../../work/open-model.ts';
import { rewriteFor } from '../../work/rewrite-model.ts';
import { describeVariant } from '../describe-variant.ts';
import type { RewriteOutput } from '../outputs.ts';
import type { Step } from '../step.ts';

export interface RewriteStepOptions {
  readonly ref: ModelRef;
  readonly sha256: string;
  readonly target: string;
  readonly precision: Precision;
  readonly variantId: string;
  readonly settings: Config['rewrite'];
  readonly seed: number;
  readonly versions: object;
}

/** The model rewritten for a target, verified, and checked again. */
export function rewriteStep({ ref, sha256, target, precision, variantId, settings, seed, versions }: RewriteStepOptions): Step {
  return {
    id: `rewrite:${ref.id}:${target}:${precision}`,
    kind: 'rewrite',
    title: `Rewrite ${ref.id} for ${target}, ${precision}`,
    needs: [],
    key: { sha256, input: ref.input, target, precision, variantId, settings, seed, versions },
    async run({ scratch, artifacts, progress, signal }) {
      const executor = settings.verify === 'off' ? null : createHostExecutor();
      try {
        const { log, notes, written } = await rewriteFor({
          ref,
          target,
          precision,
          settings,
          seed,
          out: join(scratch, 'model.onnx'),
          executor,
          progress,
          signal,
        });
        if (!written) throw new BugError('A rewrite that was to be written was not.');
        const kept = await artifacts.takeModel(written, variantId.replaceAll('/', '-'));
        const path = artifacts.at(kept[0].path);
        const { model, close } = openModel(path);
        const after = withOperations(checkFor(model, target, precision === 'fp32' ? 'fp16' : precision), model);
        close();
        const variant = describeVariant(path, {
          id: variantId,
          title: `Rewritten for ${target}`,
          model: ref.id,
          target,
          precision: 'fp32',
          file: kept[0].path,
          sha256: kept[0].sha256,
        });
        const output: RewriteOutput = { variant, file: kept[0].path, artifacts: kept, log, notes, after };
        return { output, summary: rewriteSummary(log) };
      } finally {
        await executor?.close();
      }
    },
  };
}

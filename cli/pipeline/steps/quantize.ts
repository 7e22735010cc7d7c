import { join } from 'node:path';
import { createHostExecutor } from '../../../models/run/host-executor.ts';
import type { Config } from '../../config/config.ts';
import { plural } from '../../ui/numbers.ts';
import type { ModelRef } from '../../work/model-refs.ts';
import { type QuantizeMethod, quantizeFor } from '../../work/quantize-model.ts';
import { describeVariant } from '../describe-variant.ts';
import type { QuantizeOutput, RewriteOutput } from '../outputs.ts';
import type { Step } from '../step.ts';

export interface QuantizeStepOptions {
  readonly ref: ModelRef;
  /** Id of the step that rewrote the model for this scheme. */
  readonly rewritten: string;
  readonly target: string;
  readonly method: QuantizeMethod;
  readonly variantId: string;
  readonly config: Pick<Config, 'quantize' | 'images' | 'bench'>;
  /** Hash of the pictures. */
  readonly pictures: string;
  readonly versions: object;
}

/** A QDQ model from a rewritten one. */
export function quantizeStep({ ref, rewritten, target, method, variantId, config, pictures, versions }: QuantizeStepOptions): Step {
  const { scheme, percentile, images } = config.quantize;
  return {
    id: `quantize:${ref.id}:${target}:${method}`,
    kind: 'quantize',
    title: `Quantize ${ref.id} for ${target}, ${scheme} by ${method}`,
    needs: [rewritten],
    key: {
      input: ref.input,
      scheme,
      method,
      percentile: method === 'percentile' ? percentile : null,
      images,
      size: config.bench.size,
      pictures,
      variantId,
      versions,
    },
    async run({ input, scratch, artifacts, progress, warn, signal }) {
      const base = input<RewriteOutput>(rewritten);
      const executor = createHostExecutor();
      try {
        const source = { ...ref, path: artifacts.at(base.file) };
        const result = await quantizeFor({
          ref: source,
          method,
          config,
          out: join(scratch, 'model.onnx'),
          executor,
          signal,
          progress,
        });
        const kept = await artifacts.takeModel(result.written, variantId.replaceAll('/', '-'));
        const by = method === 'percentile' ? `percentile ${percentile}` : method;
        const variant = describeVariant(artifacts.at(kept[0].path), {
          id: variantId,
          title: `${base.variant.title}, ${scheme} by ${by}`,
          model: ref.id,
          target,
          precision: scheme,
          file: kept[0].path,
          sha256: kept[0].sha256,
        });
        for (const note of result.notes) warn('quantize', note);
        const output: QuantizeOutput = {
          variant,
          file: kept[0].path,
          artifacts: kept,
          quantization: {
            variant: variantId,
            base: base.variant.id,
            scheme,
            method: by,
            images: result.images,
            dataset: result.dataset,
            facts: { 'quantized nodes': result.quantizedNodes, 'float nodes': result.floatNodes.length },
            warnings: [...result.notes],
            layers: [],
          },
        };
        return {
          output,
          summary: [
            `${plural(result.quantizedNodes, 'node')} in ${scheme}, ${result.floatNodes.length} in float`,
            `${plural(result.images, 'piece')} of ${result.dataset}`,
          ].join('; '),
        };
      } finally {
        await executor.close();
      }
    },
  };
}

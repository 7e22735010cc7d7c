import type { LatencyEstimate } from '../../../converters/estimate/index.ts';
import type { ModelEntry } from '../../config/config.ts';
import type { Step } from '../../pipeline/step.ts';
import { estimateModel } from '../../work/estimate-model.ts';
import type { PrecisionRequest } from '../precision.ts';
import type { SweepTools } from '../tools.ts';
import { type Built, orFailed, passedOn } from './built.ts';

export interface Estimated {
  readonly estimate: Pick<LatencyEstimate, 'ms' | 'band' | 'sources'> | null;
  /** Why there is none, and what has to be known of the one there is. */
  readonly refused: string | null;
  readonly notes: readonly string[];
  readonly failed: string | null;
}

export interface EstimateStepOptions {
  readonly id: string;
  readonly variant: string;
  /** Step that gave the float model its size. */
  readonly from: string;
  readonly input: ModelEntry['input'];
  readonly target: string;
  readonly precision: PrecisionRequest;
  readonly tools: SweepTools;
  readonly versions: object;
}

/** Latency on a chip's HTP from MACs and compiled traffic: W8A8 of the float model quantized for that, anything in float as fp16. */
export function estimateStep({ id, variant, from, input, target, precision, tools, versions }: EstimateStepOptions): Step {
  return {
    id, kind: 'estimate', title: `Estimate ${variant} on ${target}`, needs: [from], key: { target, precision, input, versions },
    run: (context) => orFailed(context, async () => {
      const { file, failed } = context.input<Built>(from);
      if (file === null) return passedOn({ failed });
      const wanted = estimatedPrecision(precision);
      if (wanted === null) return refused('only W8A8 and fp16 are estimated');
      const { estimate, notes } = await estimateModel({
        ref: { id: variant, path: context.artifacts.at(file), input }, target, precision: wanted, shapes: [], calibrate: null, env: tools.env,
        progress: (note) => context.progress(note), signal: context.signal,
      });
      if (estimate.outcome === 'refused') return refused(estimate.reasons.join(' '));
      const { ms, band, sources } = estimate;
      const output: Estimated = { estimate: { ms, band, sources }, refused: null, notes, failed: null };
      return { output, summary: `${ms.toFixed(2)} ms` };
    }),
  };
}

/** HTP computes floats in fp16, whatever the file says. */
function estimatedPrecision(request: PrecisionRequest): 'w8a8' | 'fp16' | null {
  if (request.kind === 'quantize') return request.scheme === 'w8a8' && request.budget === null ? 'w8a8' : null;
  return request.kind === 'format' && request.spec.startsWith('dynamic') ? null : 'fp16';
}

function refused(why: string): { output: Estimated; summary: string; outcome: 'skipped' } {
  return { output: { estimate: null, refused: why, notes: [], failed: null }, summary: why, outcome: 'skipped' };
}

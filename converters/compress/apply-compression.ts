import { UserError } from '../../models/contracts/index.ts';
import { inferShapes, Model } from '../../models/graph/index.ts';
import { convertHalf } from './half/convert-half.ts';
import type { CompressionLog, StepLog } from './log.ts';
import { pruneHeads } from './prune-heads.ts';
import { pruneMagnitude } from './prune-magnitude.ts';
import { pruneNeurons } from './prune-neurons.ts';
import { quantizeDynamic } from './quantize-dynamic.ts';
import { type CompressionStep, formatStep, parseCompression } from './spec.ts';
import { storeHalf } from './store-half.ts';
import type { CompressionOptions, StepContext } from './step-context.ts';

export interface Compressed {
  readonly model: Model;
  readonly log: CompressionLog;
}

/**
 * Another model made from one by a spec such as `heads:0.25+fp16-storage` (`parseCompression`); the model given stays as it is. Throws
 * UserError for specs that are none, for a step that finds nothing to change, and where `compensated` has no calibration.
 */
export async function applyCompression(model: Model, spec: string, options: CompressionOptions = {}): Promise<Compressed> {
  const steps = parseCompression(spec);
  let current = model;
  const logs: StepLog[] = [];
  for (const step of steps) {
    options.signal?.throwIfAborted();
    options.progress?.(formatStep(step));
    const draft = typed(current);
    const log = await runStep(step, { ...options, model: draft });
    if (log.changes.length === 0 && !asksForNothing(step)) throw nothingChanged(log);
    logs.push(log);
    current = typed(draft);
  }
  return { model: current, log: { steps: logs } };
}

/** A copy that can be edited, its types inferred. */
function typed(model: Model): Model {
  const copy = new Model(model.toProto());
  inferShapes(copy);
  return copy;
}

function runStep(step: CompressionStep, context: StepContext): Promise<StepLog> | StepLog {
  switch (step.kind) {
    case 'neurons': return pruneNeurons(context, step);
    case 'heads': return pruneHeads(context, step);
    case 'magnitude': return pruneMagnitude(context, step);
    case 'storage': return storeHalf(context, step);
    case 'dynamic': return quantizeDynamic(context, step);
    case 'fp16': return convertHalf(context, step);
  }
}

function asksForNothing(step: CompressionStep): boolean {
  return 'share' in step && step.share === 0;
}

function nothingChanged({ step, kept }: StepLog): UserError {
  const reasons = kept.slice(0, 3).map(({ where, reason }) => `${where}: ${reason}`);
  return new UserError(`${formatStep(step)} finds nothing to change in this model.`, reasons.length > 0 ? reasons : ['The model has nothing of that kind.']);
}

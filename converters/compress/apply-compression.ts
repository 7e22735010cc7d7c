import { UserError } from '../../models/contracts/index.ts';
import type { Executor, NamedArrays } from '../../models/contracts/index.ts';
import { inferShapes, Model } from '../../models/graph/index.ts';
import type { WriteOptions } from '../../models/onnx/index.ts';
import type { CompressionLog, StepLog } from './log.ts';
import { type CompressionStep, formatStep, parseCompression } from './spec.ts';

/** Inputs that steps may look at: what heads give, what compensated layers see. */
export interface CompressionCalibration {
  /** Runs drafts of the model; none of them is kept. */
  readonly executor: Executor;
  readonly feeds: readonly NamedArrays[];
  /** Where drafts lie while they run. */
  readonly folder: string;
  /** Where weights come from that are not in memory. */
  readonly write?: WriteOptions;
}

export interface CompressionOptions {
  /** Without it importance is judged by weights alone, and nothing can be compensated. */
  readonly calibration?: CompressionCalibration;
  readonly progress?: (note: string) => void;
  readonly signal?: AbortSignal;
}

/** What a step gets: a model of its own that it edits, with shapes inferred. */
export interface StepContext extends CompressionOptions {
  readonly model: Model;
}

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
    const draft = new Model(current.toProto());
    inferShapes(draft);
    const log = await runStep(step, { ...options, model: draft });
    logs.push(log);
    current = new Model(draft.toProto());
    inferShapes(current);
  }
  return { model: current, log: { steps: logs } };
}

async function runStep(step: CompressionStep, _context: StepContext): Promise<StepLog> {
  throw new UserError(`${formatStep(step)} is not there yet.`);
}

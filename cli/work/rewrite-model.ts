import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Executor } from '../../models/contracts/executor.ts';
import { type WriteReport, writeModel } from '../../models/onnx/write.ts';
import { type RewriteResult, rewriteModel } from '../../converters/rewrites/engine.ts';
import type { Precision } from '../../converters/rewrites/rewrite.ts';
import { resolveTarget } from '../../converters/rules/resolve-target.ts';
import type { Config } from '../config/config.ts';
import type { ModelRef } from './model-refs.ts';
import { contractsOf, openModel } from './open-model.ts';

export interface RewriteRequest {
  readonly ref: ModelRef;
  readonly target: string;
  readonly precision: Precision;
  readonly settings: Config['rewrite'];
  readonly seed: number;
  /** Where the result goes; null writes nothing. */
  readonly out: string | null;
  readonly dryRun?: boolean;
  readonly keepExternal?: boolean;
  /** `NAME=1x3x128x128`, for inputs that are open. */
  readonly shapes?: readonly string[];
  /** Needed unless `settings.verify` is `off`. */
  readonly executor: Executor | null;
  readonly progress: (note: string) => void;
  readonly signal: AbortSignal;
}

export interface RewriteOutcome extends Pick<RewriteResult, 'log' | 'notes'> {
  readonly written: WriteReport | null;
}

/** Reads, rewrites, verifies and writes a model for one target. */
export async function rewriteFor(request: RewriteRequest): Promise<RewriteOutcome> {
  const { ref, settings, executor, out, dryRun = false, keepExternal = false, signal, progress } = request;
  const { onnx, model, close } = openModel(ref.path, request.shapes);
  try {
    const write = { from: onnx, keepExternal, signal };
    const result = await rewriteModel(model, {
      target: resolveTarget(request.target),
      precision: request.precision,
      only: settings.only,
      skip: settings.skip,
      allow: settings.allow,
      verify: settings.verify,
      ...(settings.opset === null ? {} : { opset: settings.opset }),
      ...(executor ? { executor } : {}),
      contracts: contractsOf(model, ref),
      seed: request.seed,
      dryRun,
      write,
      progress,
      signal,
    });
    if (out !== null && !dryRun) mkdirSync(dirname(out), { recursive: true });
    const written = out === null || dryRun ? null : await writeModel(result.model.toProto(), out, write);
    return { log: result.log, notes: result.notes, written };
  } finally {
    close();
  }
}

import type { Executor } from '../../models/contracts/executor.ts';
import type { RewriteLog } from '../../models/contracts/records.ts';
import type { Model } from '../../models/graph/model.ts';
import { type WriteOptions, type WriteReport, writeModel } from '../../models/onnx/write.ts';
import type { EncodingsFile } from '../../converters/encodings/index.ts';
import type { AdapterSpec } from '../../converters/faces/adapter-spec.ts';
import type { FaceRequest, FaceResult } from '../../converters/faces/index.ts';
import { type RewriteResult, rewriteModel } from '../../converters/rewrites/engine.ts';
import type { Precision } from '../../converters/rewrites/rewrite.ts';
import { resolveTarget } from '../../converters/rules/resolve-target.ts';
import type { Config } from '../config/config.ts';
import type { ModelRef } from './model-refs.ts';
import { contractsOf, openModel } from './open-model.ts';
import { makeFolderOf, refuseOverwriting } from '../write-file.ts';
import { encodingsFollower, type RewrittenEncodings } from './follow-encodings.ts';

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
  /** Changes of the model's face, before everything else. */
  readonly faces?: readonly FaceRequest[];
  /** Encodings of the model; they follow the rewrites. */
  readonly encodings?: EncodingsFile | null;
  /** Needed unless `settings.verify` is `off`. */
  readonly executor: Executor | null;
  readonly progress: (note: string) => void;
  readonly signal: AbortSignal;
}

export interface RewriteOutcome extends Pick<RewriteResult, 'log' | 'notes'> {
  readonly written: WriteReport | null;
  /** What callers do from now on, where the face was changed. */
  readonly adapter: AdapterSpec | null;
  /** What became of the encodings, where some were given. */
  readonly encodings: RewrittenEncodings | null;
}

/** Reads, rewrites, verifies and writes a model for one target. */
export async function rewriteFor(request: RewriteRequest): Promise<RewriteOutcome> {
  const { ref, settings, executor, out, dryRun = false, keepExternal = false, signal, progress } = request;
  if (out !== null && !dryRun) refuseOverwriting(ref.path, out);
  const { onnx, model, close } = openModel(ref.path, request.shapes);
  try {
    const write = { from: onnx, keepExternal, signal };
    const follow = request.encodings ? encodingsFollower(model, request.encodings) : null;
    const faced = await changeFaces(model, request, write);
    const result = await rewriteModel(faced?.model ?? model, {
      target: resolveTarget(request.target),
      precision: request.precision,
      only: settings.only,
      skip: settings.skip,
      allow: settings.allow,
      verify: settings.verify,
      ...(settings.opset === null ? {} : { opset: settings.opset }),
      ...(executor ? { executor } : {}),
      contracts: faced?.contracts ?? contractsOf(model, ref),
      seed: request.seed,
      dryRun: dryRun && !follow,
      write,
      progress,
      signal,
    });
    const encodings = follow?.(result) ?? null;
    if (out !== null && !dryRun) makeFolderOf(out);
    const written = out === null || dryRun ? null : await writeModel(result.model.toProto(), out, write);
    return { log: withFaces(result.log, faced), notes: [...(faced?.notes ?? []), ...result.notes], written, adapter: faced?.adapter ?? null, encodings };
  } finally {
    close();
  }
}

async function changeFaces(model: Model, { faces = [], ref, settings, executor, seed, signal, progress }: RewriteRequest, write: WriteOptions): Promise<FaceResult | null> {
  if (faces.length === 0) return null;
  progress('changing the face');
  const { applyFaces } = await import('../../converters/faces/apply-faces.ts');
  return applyFaces(model, faces, {
    ...(executor ? { executor } : {}),
    ...(settings.opset === null ? {} : { opset: settings.opset }),
    contracts: contractsOf(model, ref),
    seed,
    write,
    signal,
  });
}

/** The changes of the face stand first in the log: they were made first. */
function withFaces(log: RewriteLog, faced: FaceResult | null): RewriteLog {
  return faced ? { ...log, records: [...faced.records, ...log.records] } : log;
}

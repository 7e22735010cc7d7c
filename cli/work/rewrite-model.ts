import type { Executor } from '../../models/contracts/executor.ts';
import type { RewriteLog } from '../../models/contracts/records.ts';
import type { Model } from '../../models/graph/model.ts';
import { type WriteOptions, type WriteReport, writeModel } from '../../models/onnx/write.ts';
import type { EncodingsFile } from '../../converters/encodings/index.ts';
import type { AdapterSpec } from '../../converters/faces/adapter-spec.ts';
import type { FaceRequest, FaceResult } from '../../converters/faces/index.ts';
import { type RewriteResult, rewriteModel } from '../../converters/rewrites/engine.ts';
import type { Precision } from '../../converters/rewrites/rewrite.ts';
import type { VerifiedResult } from '../../converters/htp/index.ts';
import { logWithEvidence } from '../../converters/tune/evidence-log.ts';
import type { RewriteEvidence } from '../../converters/tune/index.ts';
import { resolveTarget } from '../../converters/rules/resolve-target.ts';
import type { Config } from '../config/config.ts';
import type { ModelRef } from './model-refs.ts';
import { contractsOf, openModel } from './open-model.ts';
import type { RewriteCompiler } from './rewrite-compiler.ts';
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
  /** Decides by compiling, for HTP; left out, the recipe decides. */
  readonly compiler?: RewriteCompiler | null;
  /** Whether the emulator's outputs are compared, where there is a compiler. */
  readonly emulate?: boolean;
  readonly progress: (note: string) => void;
  readonly signal: AbortSignal;
}

export interface RewriteOutcome extends Pick<RewriteResult, 'log' | 'notes'> {
  readonly written: WriteReport | null;
  /** What callers do from now on, where the face was changed. */
  readonly adapter: AdapterSpec | null;
  /** What became of the encodings, where some were given. */
  readonly encodings: RewrittenEncodings | null;
  /** Null where no compiler was asked. */
  readonly evidence: RewriteEvidence | null;
  /** Null where nothing was emulated. */
  readonly emulated: VerifiedResult | null;
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
    const options = {
      target: resolveTarget(request.target),
      precision: request.precision,
      only: settings.only,
      skip: settings.skip,
      allow: settings.allow,
      ...(settings.opset === null ? {} : { opset: settings.opset }),
      contracts: faced?.contracts ?? contractsOf(model, ref),
      seed: request.seed,
      write,
      signal,
    };
    const decided = (await request.compiler?.gather({ model: faced?.model ?? model, target: request.target, options, progress, signal })) ?? null;
    const gathered = decided && 'evidence' in decided ? decided : null;
    const result = await rewriteModel(faced?.model ?? model, {
      ...options,
      ...(gathered ? { also: gathered.also, skip: gathered.skip } : {}),
      verify: settings.verify,
      ...(executor ? { executor } : {}),
      dryRun: dryRun && !follow,
      progress,
    });
    const encodings = follow?.(result) ?? null;
    if (out !== null && !dryRun) makeFolderOf(out);
    const written = out === null || dryRun ? null : await writeModel(result.model.toProto(), out, write);
    const emulated = written && gathered && request.emulate ? await emulate(request, result.model, out as string) : null;
    const missing = [decided, emulated].flatMap((answer) => (answer && 'missing' in answer ? [answer.missing] : []));
    return {
      log: withFaces(gathered ? logWithEvidence(result.log, gathered.evidence) : result.log, faced),
      notes: [...(faced?.notes ?? []), ...result.notes, ...missing, ...(gathered?.evidence.note ? [gathered.evidence.note] : [])],
      written,
      adapter: faced?.adapter ?? null,
      encodings,
      evidence: gathered?.evidence ?? null,
      emulated: emulated && 'findings' in emulated ? emulated : null,
    };
  } finally {
    close();
  }
}

function emulate({ compiler, target, progress, signal }: RewriteRequest, model: Model, path: string): ReturnType<RewriteCompiler['verify']> {
  progress('comparing with the emulator');
  return (compiler as RewriteCompiler).verify(path, model, target, signal);
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

import type { RewriteLog } from '../../models/contracts/records.ts';
import type { Model } from '../../models/graph/index.ts';
import { sha256File } from '../../models/onnx/sha256.ts';
import type { OnnxModel } from '../../models/onnx/read.ts';
import type { HostExecutor } from '../../models/run/host-executor.ts';
import { type Conversion, convertToCoreml } from '../../converters/coreml/convert.ts';
import type { ConvertOptions, PackageMetadata } from '../../converters/coreml/options.ts';
import { raised, rewriteForCoreml } from '../../converters/coreml/prepare.ts';
import type { CoremlToolchain } from '../../converters/coreml/toolchain.ts';
import type { AdapterSpec } from '../../converters/faces/adapter-spec.ts';
import type { FaceRequest, FaceResult } from '../../converters/faces/index.ts';
import { resolveTarget } from '../../converters/rules/resolve-target.ts';
import type { Config } from '../config/config.ts';
import { packageVersion } from '../package-root.ts';
import type { ModelRef } from './model-refs.ts';
import { contractsOf, openModel } from './open-model.ts';

export interface ConvertJob {
  readonly ref: ModelRef;
  readonly out: string;
  readonly options: ConvertOptions;
  readonly settings: Config['rewrite'];
  /** `NAME=1x3x128x128`, for inputs that are open. */
  readonly shapes: readonly string[];
  readonly faces: readonly FaceRequest[];
  /** False: the model is lowered as it is. */
  readonly rewrite: boolean;
  readonly seed: number;
  /** Proves rewrites, faces and the package; null proves nothing. */
  readonly host: HostExecutor | null;
  readonly progress: (note: string) => void;
  readonly signal: AbortSignal;
}

export interface ConvertOutcome extends Conversion {
  /** What was rewritten; null where nothing was asked to be. */
  readonly log: RewriteLog | null;
  /** The model as it was lowered: what the package is compared with. */
  readonly lowered: Model;
  /** Changes of the face that were asked for. */
  readonly faced: AdapterSpec | null;
}

/** Reads a model, changes its face as asked, rewrites it for the Neural Engine and converts it. */
export async function convertModel(toolchain: CoremlToolchain, job: ConvertJob): Promise<ConvertOutcome> {
  const { ref, out, options, signal, progress } = job;
  const { onnx, model, close } = openModel(ref.path, job.shapes);
  try {
    const faced = await changeFaces(model, onnx, job);
    const source = raised((faced?.model ?? model).toProto());
    const rewritten = job.rewrite ? await rewrite(source, onnx, job, faced) : null;
    const lowered = rewritten?.model ?? source;
    progress('converting');
    const metadata = withOrigin(options.metadata ?? {}, await sha256File(ref.path), ref, rewritten?.log ?? null);
    const conversion = await convertToCoreml(toolchain, lowered, out, { ...options, metadata }, signal);
    return { ...conversion, notes: [...(faced?.notes ?? []), ...(rewritten?.notes ?? []), ...conversion.notes], log: rewritten?.log ?? null, lowered, faced: faced?.adapter ?? null };
  } finally {
    close();
  }
}

async function changeFaces(model: Model, onnx: OnnxModel, { faces, ref, settings, host, seed, signal, progress }: ConvertJob): Promise<FaceResult | null> {
  if (faces.length === 0) return null;
  progress('changing the face');
  const { applyFaces } = await import('../../converters/faces/apply-faces.ts');
  return applyFaces(model, faces, {
    ...(host ? { executor: host } : {}),
    ...(settings.opset === null ? {} : { opset: settings.opset }),
    contracts: contractsOf(model, ref),
    seed,
    write: { from: onnx, signal },
    signal,
  });
}

async function rewrite(model: Model, onnx: OnnxModel, { ref, options, settings, host, seed, signal, progress }: ConvertJob, faced: FaceResult | null): ReturnType<typeof rewriteForCoreml> {
  return rewriteForCoreml(model, options.opset, {
    target: resolveTarget('ane'),
    precision: options.precision,
    only: settings.only,
    skip: settings.skip,
    allow: settings.allow,
    verify: host ? 'quick' : 'off',
    ...(host ? { executor: host } : {}),
    contracts: faced?.contracts ?? contractsOf(model, ref),
    seed,
    write: { from: onnx, signal },
    progress,
    signal,
  });
}

/** What the package was made of, by whom and how. */
function withOrigin(metadata: PackageMetadata, sha256: string, ref: ModelRef, log: RewriteLog | null): PackageMetadata {
  const fired = (log?.records ?? []).filter(({ outcome }) => outcome === 'fired').map(({ rewrite: id }) => id);
  const counts = [...new Set(fired)].map((id) => `${id} ×${fired.filter((other) => other === id).length}`);
  return {
    ...metadata,
    user: { ...metadata.user, 'npu-dyno': packageVersion(), 'source': ref.id, 'source-sha256': sha256, ...(log ? { rewrites: counts.join(', ') || 'none' } : {}) },
  };
}

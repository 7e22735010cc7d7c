import type { RewriteLog } from '../../models/contracts/records.ts';
import type { Model } from '../../models/graph/index.ts';
import { sha256File } from '../../models/onnx/sha256.ts';
import type { ModelProto } from '../../models/onnx/proto.ts';
import type { OnnxModel } from '../../models/onnx/read.ts';
import { type Conversion, convertToCoreml } from '../../converters/coreml/convert.ts';
import { applyFlexibleShapes } from '../../converters/coreml/flexible.ts';
import { foldedStd, type ImageFaces, imageFaces } from '../../converters/coreml/images.ts';
import { lowerModel } from '../../converters/coreml/lower/lower-model.ts';
import type { PackageMetadata } from '../../converters/coreml/options.ts';
import type { OutputParity, PackageParity } from '../../converters/coreml/parity/parity.ts';
import { raised, rewriteForCoreml } from '../../converters/coreml/prepare.ts';
import type { CoremlToolchain } from '../../converters/coreml/toolchain.ts';
import type { AdapterSpec } from '../../converters/faces/adapter-spec.ts';
import type { FaceRequest, FaceResult } from '../../converters/faces/index.ts';
import { resolveTarget } from '../../converters/rules/resolve-target.ts';
import { packageVersion } from '../package-root.ts';
import { comparePackage, compareUncompressed } from './compare-package.ts';
import type { ConvertJob } from './convert-job.ts';
import type { ModelRef } from './model-refs.ts';
import { contractsOf, openModel } from './open-model.ts';

export interface ConvertOutcome extends Conversion {
  /** What was rewritten; null where nothing was asked to be. */
  readonly log: RewriteLog | null;
  /** The package beside the model, both run here; null where nobody asked, or where `notes` say why not. */
  readonly parity: PackageParity | null;
  /** Where weights are compressed: the same for a package of the same program with its weights as they were. */
  readonly uncompressed: PackageParity | null;
  /** Outputs that differ by more than rounding, and the compression of weights, explain. */
  readonly different: readonly OutputParity[];
  /** What the package says of itself. */
  readonly metadata: PackageMetadata;
  /** Changes of the face that were asked for. */
  readonly faced: AdapterSpec | null;
}

/** Reads a model, changes its face as asked, rewrites it for the Neural Engine, converts it and compares the package with the model. */
export async function convertModel(toolchain: CoremlToolchain, job: ConvertJob): Promise<ConvertOutcome> {
  const { ref, out, options, host, signal, progress } = job;
  const { onnx, model, close } = openModel(ref.path, job.shapes);
  try {
    const flexed = job.flexible.size > 0 ? applyFlexibleShapes(model, job.flexible) : [];
    const faced = job.faces.length > 0 ? await changeFaces(model, onnx, job.faces, contractsOf(model, ref), job) : null;
    const from = { model: faced?.model ?? model, contracts: faced?.contracts ?? contractsOf(model, ref) };
    const images = job.images ? imageFaces(from.model, from.contracts, job.images) : NO_IMAGES;
    const folded = foldedStd(images);
    const inner = folded ? await changeFaces(from.model, onnx, [folded.request], from.contracts, job) : from;
    const source = raised(inner.model.toProto());
    const lowering = { ...options, images: folded?.images ?? images, flexible: job.flexible };
    if (job.rewrite && host) await refuseEarly(source.toProto(), onnx, { ...job, options: lowering }, inner.contracts);
    const rewritten = job.rewrite ? await rewrite(source, onnx, job, inner.contracts) : null;
    progress('converting');
    const metadata = withOrigin(options.metadata ?? {}, await sha256File(ref.path), ref, rewritten?.log ?? null);
    const lowered = rewritten?.model ?? source;
    const conversion = await convertToCoreml(toolchain, lowered, out, { ...lowering, metadata }, signal);
    const comparison = { ...from, sameFace: !faced, images, onnx, job };
    const parity = host ? await comparePackage({ ...comparison, conversion, host }) : null;
    const uncompressed = host && conversion.compression ? await compareUncompressed(toolchain, lowered, lowering, { ...comparison, host }) : null;
    const different = ((uncompressed ?? parity)?.outputs ?? []).filter(({ explained }) => !explained);
    return { ...conversion, parity, uncompressed, different, metadata, notes: [...flexed, ...(faced?.notes ?? []), ...(rewritten?.notes ?? []), ...conversion.notes], log: rewritten?.log ?? null, faced: faced?.adapter ?? null };
  } finally {
    close();
  }
}

const NO_IMAGES: ImageFaces = { inputs: new Map(), outputs: new Map() };
type Contracts = FaceResult['contracts'];

async function changeFaces(model: Model, onnx: OnnxModel, faces: readonly FaceRequest[], contracts: Contracts, { settings, host, seed, signal, progress }: ConvertJob): Promise<FaceResult> {
  progress('changing the face');
  const { applyFaces } = await import('../../converters/faces/apply-faces.ts');
  return applyFaces(model, faces, {
    ...(host ? { executor: host } : {}),
    ...(settings.opset === null ? {} : { opset: settings.opset }),
    contracts,
    seed,
    write: { from: onnx, signal },
    signal,
  });
}

/** What has no form in Core ML is said before minutes are spent on proofs. */
async function refuseEarly(proto: ModelProto, onnx: OnnxModel, job: ConvertJob, contracts: Contracts): Promise<void> {
  const { model } = await rewrite(raised(proto), onnx, { ...job, host: null }, contracts);
  lowerModel(model, job.options);
}

async function rewrite(model: Model, onnx: OnnxModel, { options, settings, host, seed, signal, progress }: ConvertJob, contracts: Contracts): ReturnType<typeof rewriteForCoreml> {
  return rewriteForCoreml(model, options.opset, {
    target: resolveTarget('ane'),
    precision: options.precision,
    only: settings.only,
    skip: settings.skip,
    allow: settings.allow,
    verify: host ? 'quick' : 'off',
    ...(host ? { executor: host } : {}),
    contracts,
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

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NamedArrays } from '../../models/contracts/executor.ts';
import type { RewriteLog } from '../../models/contracts/records.ts';
import type { Model } from '../../models/graph/index.ts';
import { sha256File } from '../../models/onnx/sha256.ts';
import type { OnnxModel } from '../../models/onnx/read.ts';
import { writeModel } from '../../models/onnx/write.ts';
import type { HostExecutor } from '../../models/run/host-executor.ts';
import { seededInputs } from '../../models/run/seeded-inputs.ts';
import { type Conversion, convertToCoreml } from '../../converters/coreml/convert.ts';
import type { ConvertOptions, PackageMetadata } from '../../converters/coreml/options.ts';
import type { PackageFaces } from '../../converters/coreml/parity/faces.ts';
import { type OutputParity, type PackageParity, parityOfPackage } from '../../converters/coreml/parity/parity.ts';
import type { Plan } from '../../converters/coreml/plan.ts';
import { raised, rewriteForCoreml } from '../../converters/coreml/prepare.ts';
import type { CoremlToolchain } from '../../converters/coreml/toolchain.ts';
import type { AdapterSpec } from '../../converters/faces/adapter-spec.ts';
import type { FaceRequest, FaceResult } from '../../converters/faces/index.ts';
import { contractRange } from '../../converters/rewrites/verify/contract-range.ts';
import { resolveTarget } from '../../converters/rules/resolve-target.ts';
import type { Config } from '../config/config.ts';
import { packageVersion } from '../package-root.ts';
import { realInputs } from './contract.ts';
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
  /** The user's own inputs, compared besides seeded ones. */
  readonly feeds: (model: Model) => Promise<readonly NamedArrays[]>;
  readonly progress: (note: string) => void;
  readonly signal: AbortSignal;
}

export interface ConvertOutcome extends Conversion {
  /** What was rewritten; null where nothing was asked to be. */
  readonly log: RewriteLog | null;
  /** The package beside the model, both run here; null where nobody asked, or where `notes` say why not. */
  readonly parity: PackageParity | null;
  /** Outputs that differ by more than rounding explains. */
  readonly different: readonly OutputParity[];
  /** Changes of the face that were asked for. */
  readonly faced: AdapterSpec | null;
}

/** Reads a model, changes its face as asked, rewrites it for the Neural Engine and converts it. */
export async function convertModel(toolchain: CoremlToolchain, job: ConvertJob): Promise<ConvertOutcome> {
  const { ref, out, options, host, signal, progress } = job;
  const { onnx, model, close } = openModel(ref.path, job.shapes);
  try {
    const faced = await changeFaces(model, onnx, job);
    const source = raised((faced?.model ?? model).toProto());
    const rewritten = job.rewrite ? await rewrite(source, onnx, job, faced) : null;
    const lowered = rewritten?.model ?? source;
    progress('converting');
    const metadata = withOrigin(options.metadata ?? {}, await sha256File(ref.path), ref, rewritten?.log ?? null);
    const conversion = await convertToCoreml(toolchain, lowered, out, { ...options, metadata }, signal);
    const parity = host ? await compare(conversion, faced?.model ?? model, onnx, job, host) : null;
    const different = (parity?.outputs ?? []).filter((output) => !isExplained(output, lowered));
    return { ...conversion, parity, different, notes: [...(faced?.notes ?? []), ...(rewritten?.notes ?? []), ...conversion.notes], log: rewritten?.log ?? null, faced: faced?.adapter ?? null };
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

/** The saved package against the model before any rewriting, on seeded inputs in the contract's range and on the user's own. */
async function compare({ package: written, plan }: Conversion, model: Model, onnx: OnnxModel, job: ConvertJob, host: HostExecutor): Promise<PackageParity> {
  job.progress('comparing the package');
  const folder = await mkdtemp(join(tmpdir(), 'dyno-convert-'));
  try {
    const sourceModel = job.faces.length === 0 ? job.ref.path : join(folder, 'model.onnx');
    if (sourceModel !== job.ref.path) await writeModel(model.toProto(), sourceModel, { from: onnx, signal: job.signal });
    const contracts = contractsOf(model, job.ref);
    const specs = realInputs(model).map(({ name, type }) => {
      const range = contractRange(contracts.get(name));
      return { name, dtype: type.dtype, dims: type.shape ?? [], ...(range ? { range } : {}) };
    });
    const feeds = [...seededInputs(specs, { seed: job.seed }), ...(await job.feeds(model))];
    return await parityOfPackage({ package: written.path, sourceModel, feeds, host, faces: facesOf(plan), signal: job.signal });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whole numbers may be one off where rounding turns another way. */
function isExplained({ output, psnr, floor, maxAbs }: OutputParity, model: Model): boolean {
  const dtype = model.graph.values.get(output)?.type.dtype;
  return psnr >= floor || ((dtype === 'uint8' || dtype === 'int8') && maxAbs <= 1);
}

function facesOf({ functions: [main] }: Plan): PackageFaces {
  const paired = (features: readonly { readonly name: string; readonly source: string }[]): PackageFaces['inputs'] => new Map(features.map(({ name, source }) => [source, { feature: name, scale: 1, bias: [0] }]));
  return { inputs: paired(main?.inputs ?? []), outputs: paired(main?.outputs ?? []) };
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

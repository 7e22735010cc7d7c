import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BugError } from '../../models/contracts/errors.ts';
import type { InputContract } from '../../models/contracts/input-contract.ts';
import type { Model } from '../../models/graph/index.ts';
import type { OnnxModel } from '../../models/onnx/read.ts';
import { writeModel } from '../../models/onnx/write.ts';
import type { HostExecutor } from '../../models/run/host-executor.ts';
import { type InputSpec, seededInputs } from '../../models/run/seeded-inputs.ts';
import { type Conversion, convertToCoreml } from '../../converters/coreml/convert.ts';
import { type FlexibleShapes, sampleShapes } from '../../converters/coreml/flexible.ts';
import { type ImageFaces, onPixels } from '../../converters/coreml/images.ts';
import type { ConvertOptions } from '../../converters/coreml/options.ts';
import type { FeatureFace, PackageFaces } from '../../converters/coreml/parity/faces.ts';
import { type PackageParity, parityOfPackage } from '../../converters/coreml/parity/parity.ts';
import { wrongWeights } from '../../converters/coreml/parity/stored-weights.ts';
import type { CoremlToolchain } from '../../converters/coreml/toolchain.ts';
import { contractRange } from '../../converters/rewrites/verify/contract-range.ts';
import { realInputs } from './contract.ts';
import type { ConvertJob } from './convert-job.ts';

export interface PackageComparison {
  readonly conversion: Conversion;
  /** What it was made of, before any rewriting. */
  readonly model: Model;
  /** True where that is what the job's file holds. */
  readonly sameFace: boolean;
  readonly contracts: ReadonlyMap<string, InputContract>;
  /** In terms of that model. */
  readonly images: ImageFaces;
  readonly onnx: OnnxModel;
  readonly job: ConvertJob;
  readonly host: HostExecutor;
}

/** The saved package against the model before any rewriting, on seeded inputs in the contract's range and on the user's own. */
export async function comparePackage({ conversion, model, sameFace, contracts, images, onnx, job, host }: PackageComparison): Promise<PackageParity> {
  job.progress('comparing the package');
  const folder = await mkdtemp(join(tmpdir(), 'dyno-convert-'));
  try {
    const sourceModel = sameFace ? job.ref.path : join(folder, 'model.onnx');
    if (!sameFace) await writeModel(model.toProto(), sourceModel, { from: onnx, signal: job.signal });
    const seeded = samplesOf(job.flexible).flatMap((sample) => seededInputs(inputSpecs(model, contracts, sample), { seed: job.seed }));
    const feeds = onPixels([...seeded, ...(await job.feeds(model))], images);
    const { compression, package: { path } } = conversion;
    const wrong = compression ? wrongWeights(path, compression) : [];
    if (wrong.length > 0) throw new BugError(`The package stores other weights than were meant: ${wrong.join(', ')}.`);
    return await parityOfPackage({
      package: path, sourceModel, feeds, host, faces: facesOf(conversion, images), signal: job.signal, ...(compression ? { layers: false } : {}),
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The same for a package whose weights are not compressed, so that the rest of the conversion is held against rounding alone. */
export async function compareUncompressed(toolchain: CoremlToolchain, model: Model, { weights: _, ...options }: ConvertOptions, comparison: Omit<PackageComparison, 'conversion'>): Promise<PackageParity> {
  const folder = await mkdtemp(join(tmpdir(), 'dyno-convert-'));
  try {
    const conversion = await convertToCoreml(toolchain, model, join(folder, 'uncompressed.mlpackage'), options, comparison.job.signal);
    return await comparePackage({ ...comparison, conversion });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Shapes of flexible inputs to compare at; one empty sample where none is. */
function samplesOf(flexible: FlexibleShapes): ReadonlyMap<string, readonly number[]>[] {
  const each = [...flexible].map(([name, shape]) => ({ name, samples: sampleShapes(shape) }));
  const most = Math.max(1, ...each.map(({ samples }) => samples.length));
  return Array.from({ length: most }, (_, i) => new Map(each.map(({ name, samples }) => [name, samples[Math.min(i, samples.length - 1)] as number[]])));
}

function inputSpecs(model: Model, contracts: PackageComparison['contracts'], sample: ReadonlyMap<string, readonly number[]>): InputSpec[] {
  return realInputs(model).map(({ name, type }) => {
    const range = contractRange(contracts.get(name));
    return { name, dtype: type.dtype, dims: sample.get(name) ?? type.shape ?? [], ...(range ? { range } : {}) };
  });
}

function facesOf({ plan: { functions: [main] } }: Conversion, images: ImageFaces): PackageFaces {
  const paired = (features: readonly { readonly name: string; readonly source: string }[], face: (source: string) => Omit<FeatureFace, 'feature'>): PackageFaces['inputs'] =>
    new Map(features.map(({ name, source }) => [source, { feature: name, ...face(source) }]));
  return {
    inputs: paired(main?.inputs ?? [], (source) => images.inputs.get(source) ?? PLAIN),
    outputs: paired(main?.outputs ?? [], (source) => {
      const image = images.outputs.get(source);
      const [scale, bias] = [image?.scale[0] ?? 1, image?.bias[0] ?? 0];
      return image ? { ...image, range: [bias, bias + 255 * scale] } : PLAIN;
    }),
  };
}

const PLAIN = { scale: [1], bias: [0] } as const;

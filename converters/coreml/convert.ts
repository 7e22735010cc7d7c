import { type Finding, UserError } from '../../models/contracts/index.ts';
import type { Model } from '../../models/graph/index.ts';
import type { AdapterSpec } from '../faces/adapter-spec.ts';
import { byteAdapter } from './byte-faces.ts';
import { compressWeights, type Compression, WEIGHTS_ABOVE } from './compress/compress-weights.ts';
import { checkWeights } from './check-weights.ts';
import { type Float32Island, float32Islands } from './islands.ts';
import { keptResults } from './keep-names.ts';
import type { Renaming } from './lower/feature-names.ts';
import { lowerModel } from './lower/lower-model.ts';
import { checkOptions, type ConvertOptions } from './options.ts';
import { packagePath } from './place-package.ts';
import type { Plan, PlanDim } from './plan.ts';
import type { CoremlToolchain } from './toolchain.ts';
import { writePackage, type WrittenPackage } from './write-package.ts';

export interface Conversion {
  readonly package: WrittenPackage;
  readonly plan: Plan;
  /** Features that are not called as in the model. */
  readonly renamed: readonly Renaming[];
  readonly findings: readonly Finding[];
  /** Operations of an fp16 package that compute in float32 although nobody asked for it. */
  readonly islands: readonly Float32Island[];
  /** How weights are stored; null where they are as the model has them. */
  readonly compression: Compression | null;
  readonly notes: readonly string[];
  /** What callers do where the package has floats for the model's bytes. */
  readonly adapter: AdapterSpec | null;
}

/**
 * Converts a model to a Core ML package: lowered to a plan, replayed through coremltools, saved. The model must be one that `raised` or
 * `rewriteForCoreml` gave. Throws UserError for options that the target does not have, for parts without a form in Core ML, and for weights
 * that hold NaN, JobFailure where coremltools fails; then nothing is left at `out`, or what was there before.
 */
export async function convertToCoreml(toolchain: CoremlToolchain, model: Model, out: string, options: ConvertOptions, signal?: AbortSignal): Promise<Conversion> {
  checkOptions(options);
  packagePath(out);
  const { renamed, notes, ...lowered } = lowerModel(model, options);
  checkShapes(lowered.plan);
  const keep = keptResults(lowered.plan, options.keepFp32 ?? []);
  const findings = checkWeights(lowered.plan, lowered.weights, options.precision, `coreml:${options.opset}`).filter(({ value }) => value === null || !keep.includes(value));
  const compressed = options.weights ? compressWeights(lowered, { scheme: options.weights, above: options.weightsAbove ?? WEIGHTS_ABOVE, precision: options.precision }) : null;
  const { plan, weights } = compressed ?? lowered;
  const written = await writePackage(toolchain, { plan, weights, precision: options.precision, keep, metadata: options.metadata ?? {}, ...(signal ? { signal } : {}) }, out);
  const islands = options.precision === 'fp16' ? float32Islands(written.path, written.kept) : [];
  const [main] = plan.functions;
  return { package: written, plan, renamed, findings, islands, compression: compressed?.compression ?? null, notes, adapter: main ? byteAdapter(model, main) : null };
}

/** coremltools would take open sizes for 1 to 2. */
function checkShapes({ functions }: Plan): void {
  const open = functions.flatMap(({ inputs }) => inputs).filter(({ shape, flexible }) => flexible === null && shape.some((dim) => typeof dim !== 'number'));
  if (open.length === 0) return;
  const example = (shape: readonly PlanDim[]): string => shape.map((dim, axis) => (typeof dim === 'number' ? dim : axis === 0 ? 1 : 256)).join('x');
  const flags = open.map(({ source, shape }) => `--static ${source}=${example(shape)}`).join(' ');
  throw new UserError(`The sizes of ${open.map(({ source, shape }) => `"${source}" [${shape.join(', ')}]`).join(', ')} are open, and Core ML needs to know which they may be.`, [`Fix them, e.g. ${flags}`, `Or say between which they lie: ${open.map(({ source, shape }) => `--shapes "${source}=${shape.map((dim) => (typeof dim === 'number' ? dim : '(64..2048)')).join('x')}"`).join(' ')}`]);
}

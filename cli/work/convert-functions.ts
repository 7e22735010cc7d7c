import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BugError, UserError } from '../../models/contracts/errors.ts';
import type { HostExecutor } from '../../models/run/host-executor.ts';
import { seededInputs } from '../../models/run/seeded-inputs.ts';
import type { PackageFunction } from '../../converters/coreml/functions.ts';
import { packagePath } from '../../converters/coreml/place-package.ts';
import type { CoremlToolchain } from '../../converters/coreml/toolchain.ts';
import { packageExecutor } from '../../converters/coreml/translate/package-executor.ts';
import { joinPackages } from '../../converters/coreml/write-package.ts';
import { realInputs } from './contract.ts';
import type { ConvertJob } from './convert-job.ts';
import { type ConvertOutcome, convertModel } from './convert-model.ts';
import { openModel } from './open-model.ts';

/** A package of several functions. */
export interface FunctionsOutcome {
  readonly path: string;
  readonly bytes: number;
  /** What each would be as a package of its own. */
  readonly parts: readonly { readonly function: PackageFunction; readonly outcome: ConvertOutcome }[];
}

/** Converts a model at each size, and joins the packages: weights are stored once. Each function of the result is held against its own package, bit for bit. */
export async function convertFunctions(toolchain: CoremlToolchain, functions: readonly PackageFunction[], job: ConvertJob): Promise<FunctionsOutcome> {
  packagePath(job.out);
  const folder = await mkdtemp(join(tmpdir(), 'dyno-functions-'));
  try {
    const parts: { function: PackageFunction; outcome: ConvertOutcome }[] = [];
    for (const one of functions) {
      const shapes = namedShapes(one, job.ref.path);
      const outcome = await convertModel(toolchain, { ...job, shapes, out: join(folder, `${one.name}.mlpackage`), progress: (note) => job.progress(`${one.label}: ${note}`) });
      parts.push({ function: one, outcome });
    }
    job.progress('joining the functions');
    const named = parts.map((part) => ({ name: part.function.name, path: part.outcome.package.path }));
    const joined = await joinPackages(toolchain, named, parts[0]?.outcome.metadata ?? {}, job.out, job.signal);
    if (job.host) for (const part of parts) await compareFunction(job.host, joined.path, part, job.seed);
    return { ...joined, parts };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A shape without a name is that of the only input. */
function namedShapes({ shapes, label }: PackageFunction, path: string): string[] {
  if (shapes.every((shape) => shape.includes('='))) return [...shapes];
  const { model, close } = openModel(path);
  close();
  const [input, ...more] = realInputs(model);
  if (input && more.length === 0 && shapes.length === 1) return [`${input.name}=${shapes[0]}`];
  throw new UserError(`Function ${label}: which of the model's inputs has which shape?`, [`Write ${label}=${realInputs(model).map(({ name }) => `${name}=1x3x540x960`).join(',')}.`]);
}

/** Joining moves weights about: what a function computes must be what its own package does. */
async function compareFunction(host: HostExecutor, joined: string, { function: { name }, outcome }: FunctionsOutcome['parts'][number], seed: number): Promise<void> {
  const [main] = outcome.plan.functions;
  const specs = (main?.inputs ?? []).map((input) => ({ name: input.name, dtype: input.faceDtype === 'int32' ? ('int32' as const) : input.faceDtype === 'fp16' ? ('float16' as const) : ('float32' as const), dims: input.shape, ...(input.image ? { range: [0, 255] as const } : {}) }));
  const feeds = seededInputs(specs, { seed, kinds: ['unit'] });
  const [[own], [inside]] = await Promise.all([packageExecutor(host).run(outcome.package.path, feeds), packageExecutor(host, { function: name }).run(joined, feeds)]);
  for (const [output, array] of own ?? []) {
    const other = inside?.get(output);
    if (!other || Buffer.compare(bytesOf(array.data), bytesOf(other.data)) !== 0) throw new BugError(`Function ${name} computes another "${output}" than its own package.`);
  }
}

function bytesOf(data: { readonly buffer: ArrayBufferLike; readonly byteOffset: number; readonly byteLength: number }): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

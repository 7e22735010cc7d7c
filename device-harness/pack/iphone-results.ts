import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { UserError } from '../../models/contracts/errors.ts';
import { type BatchSpec, batchSpecSchema, layout, type RunnerInfo, runnerInfoSchema, statusSchema, type StepResult, stepResultSchema } from '../runner/index.ts';
import { type IphonePlan, readIphonePlan } from './iphone-plan.ts';

/** What came back from an iPhone elsewhere: whole, as it was sent, and not yet understood. */
export interface IphoneResults {
  readonly planId: string;
  readonly plan: IphonePlan;
  readonly info: RunnerInfo;
  readonly spec: BatchSpec;
  /** One for each step, in its order. */
  readonly results: readonly StepResult[];
  /** A file by its path in Documents; null where there is none. */
  readonly file: (path: string) => Uint8Array | null;
}

type Files = ReadonlyMap<string, Uint8Array>;

const AGAIN = ['Take ID-results.tar.gz as the app wrote it, whole.'];
const GO_ON = ['Open the app, start the batch again (it goes on where it was), and send its results once more.'];

/** Whether an archive's files are results of the runner app. */
export function areIphoneResults(files: Files): boolean {
  return files.has(layout.runnerInfo) || batchesIn(files).length > 0;
}

/**
 * Checks the files of a `<batch>-results.tar.gz` and reads them. Throws UserError for results of a batch that `dyno pack` did not write, that is not
 * finished, or whose plan, batch, steps or outputs are not as they were written.
 */
export function readIphoneResults(files: Files, where: string): IphoneResults {
  const [batch, ...others] = batchesIn(files);
  if (batch === undefined || others.length > 0) throw new UserError(`${where} holds ${batch === undefined ? 'no batch' : 'more than one batch'}.`, AGAIN);
  const read = <T>(path: string, schema: z.ZodType<T>): T => parsed(files, path, schema, where);
  const info = read(layout.runnerInfo, runnerInfoSchema);
  const planText = files.get(layout.plan(batch));
  if (!planText) throw new UserError(`${where} has no plan beside its batch: dyno pack did not write it.`, ['Batches that dyno sends itself come back by themselves.']);
  const { id: planId, plan } = readIphonePlan(Buffer.from(planText).toString('utf8'), where);
  const spec = read(layout.spec(batch), batchSpecSchema);
  if (spec.id !== batch || hashOf(files.get(layout.spec(batch)) as Uint8Array) !== plan.batchSha256) {
    throw new UserError(`The batch in ${where} is not the one that was packed.`, AGAIN);
  }
  assertFinished(files, spec, where);
  const results = spec.steps.map((step) => {
    const result = read(layout.result(batch, step.id), stepResultSchema);
    const own = result.batch === batch && result.step === step.id && result.model === step.model && result.unit === step.unit && (result.type === step.type || result.type === 'failure');
    if (!own) throw new UserError(`${layout.result(batch, step.id)} in ${where} is the result of another step.`, AGAIN);
    if (result.type === 'block') assertOutputs(files, result, where);
    return result;
  });
  return { planId, plan, info, spec, results, file: (path) => files.get(path) ?? null };
}

function batchesIn(files: Files): string[] {
  return [...files.keys()].flatMap((name) => /^batches\/([^/]+)\/batch\.json$/.exec(name)?.[1] ?? []);
}

function parsed<T>(files: Files, path: string, schema: z.ZodType<T>, where: string): T {
  const bytes = files.get(path);
  if (!bytes) throw new UserError(`${where} lacks ${path}.`, AGAIN);
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (error) {
    throw new UserError(`${path} in ${where} is damaged.`, AGAIN, { cause: error });
  }
  const read = schema.safeParse(content);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const steps = ['Read it with the dyno that packed it, or install the runner app of this version.'];
  throw new UserError(`${path} in ${where} is not understood here: ${issue?.path.join('.')} ${issue?.message}.`, steps);
}

function assertFinished(files: Files, spec: BatchSpec, where: string): void {
  const { phase, done, note } = parsed(files, layout.status(spec.id), statusSchema, where);
  if (phase === 'refused') throw new UserError(`The app refused the batch${note === null ? '' : `: ${note}`}.`, ['Install the runner app of this version of dyno, or pack again.']);
  if (phase !== 'finished') throw new UserError(`The results in ${where} are not finished: ${done} of ${spec.steps.length} steps are done.`, GO_ON);
}

function assertOutputs(files: Files, { batch, outputs }: Extract<StepResult, { type: 'block' }>, where: string): void {
  for (const { file, bytes, sha256 } of outputs) {
    if (file === null) continue;
    const path = `${layout.batch(batch)}/${file}`;
    const content = files.get(path);
    if (!content) throw new UserError(`${where} lacks ${path}.`, AGAIN);
    if (content.length !== bytes || hashOf(content) !== sha256) throw new UserError(`${path} in ${where} was changed.`, AGAIN);
  }
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

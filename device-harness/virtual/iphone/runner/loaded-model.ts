import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { type CoreMlModel, readPackage } from '../../../../converters/coreml/package/read-package.ts';
import { modelOf } from '../../../devices/iphone/product-types.ts';
import type { loadTimesSchema } from '../../../runner/contract/results.ts';
import { type PlannedModel, planModel } from './planned-model.ts';
import { Speed } from './speed.ts';
import { StepFailure } from './step-failure.ts';
import { enter, phoneOf, type StepRun } from './step-run.ts';

/** Times of compiling and loading that the stand-in reports, in milliseconds, and what a byte of weights adds. */
const COMPILE_MS = 40;
const LOAD_MS = 15;
const SPECIALISE_MS = 120;
const MS_PER_BYTE = 1e-6;

/** A model on one unit, loaded. */
export interface LoadedModel {
  readonly model: CoreMlModel;
  readonly plan: PlannedModel;
  readonly speed: Speed;
  readonly load: z.infer<typeof loadTimesSchema>;
  readonly weightBytes: number;
}

/** Puts the package together, "compiles" it where that was not done before, and loads it twice. Throws StepFailure. */
export async function loadModel(run: StepRun): Promise<LoadedModel> {
  const { step, model: { blob, id } } = run;
  const { model, compileMs } = compiledPackage(run);
  const { faults } = phoneOf(run);
  enter(run, 'loading');
  if (faults.crashOn.includes(id)) process.kill(process.pid, 'SIGKILL');
  if (faults.failOn.includes(id)) throw new StepFailure('load', 'Error in building plan.');
  if (faults.hangs) await hang(run);
  const plan = planOn(run, model);
  const weightBytes = [...model.weightFiles.values()].reduce((sum, bytes) => sum + bytes, 0);
  const fresh = markOnce(run, `${blob}-${step.unit}`);
  const againMs = LOAD_MS + weightBytes * MS_PER_BYTE;
  const loadMs = againMs + (fresh ? SPECIALISE_MS : 0);
  const speed = new Speed(run.start.speed, { id, unit: step.unit, work: plan.work, seed: `${run.start.productType} ${id} ${step.unit} ${step.id}` });
  await speed.pass((compileMs ?? 0) + loadMs);
  enter(run, 'loading-again');
  await speed.pass(againMs);
  return { model, plan, speed, weightBytes, load: { compileMs, loadMs, againMs, fresh } };
}

/** The package, read; it counts as compiled from the first time on. Throws StepFailure for what cannot be read. */
export function compiledPackage(run: StepRun): { readonly model: CoreMlModel; readonly compileMs: number | null } {
  const { blob } = run.model;
  if (!run.blobs.has(blob)) enter(run, 'assembling');
  const path = run.blobs.path(blob);
  const compiles = markOnce(run, `${blob}.mlmodelc`);
  if (compiles) enter(run, 'compiling');
  try {
    const model = readPackage(path);
    return { model, compileMs: compiles ? COMPILE_MS + model.modelBytes * MS_PER_BYTE : null };
  } catch (error) {
    throw new StepFailure('compile', (error as Error).message);
  }
}

/** Where its operations go on the step's unit. */
export function planOn(run: StepRun, model: CoreMlModel): PlannedModel {
  const { function: name, id } = run.model;
  const device = modelOf(run.start.productType).chip?.chip ?? null;
  return planModel(model, name ?? undefined, run.step.unit, { device, refused: phoneOf(run).faults.refusedByAne.includes(id) });
}

/** Whether something happens for the first time on this phone. */
function markOnce({ start }: StepRun, what: string): boolean {
  const folder = join(start.caches, 'done');
  mkdirSync(folder, { recursive: true });
  if (existsSync(join(folder, what))) return false;
  writeFileSync(join(folder, what), '');
  return true;
}

async function hang({ status }: StepRun): Promise<never> {
  status.freeze();
  return new Promise(() => undefined);
}

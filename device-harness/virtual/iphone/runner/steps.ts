import { WarmUp, timedPartIsOver } from '../../../method/warm-up.ts';
import type { BlockStep, PlanStep, StepResult, SustainedStep } from '../../../runner/index.ts';
import { type ComputedOutput, computeOutputs, recordOutputs } from './computed-outputs.ts';
import { Conditions } from './conditions.ts';
import { compiledPackage, type LoadedModel, loadModel, planOn } from './loaded-model.ts';
import { takePhoto } from './photo-step.ts';
import { segmentsOf, sharesOf } from './planned-model.ts';
import { APP_BYTES, enter, headOf, phoneOf, type StepRun } from './step-run.ts';

/** Takes one step of a batch. Throws StepFailure where it cannot be done. */
export async function takeStep(run: StepRun): Promise<StepResult> {
  const { step } = run;
  if (step.type === 'block') return block({ ...run, step });
  if (step.type === 'plan') return plan({ ...run, step });
  if (step.type === 'sustained') return sustained({ ...run, step });
  return takePhoto({ ...run, step });
}

async function block(run: StepRun<BlockStep>): Promise<StepResult> {
  const { step, spec } = run;
  const conditions = new Conditions(run.start.phone, run.waited);
  const loaded = await loadModel(run);
  enter(run, 'first');
  const outputs = await computeOutputs(run, loaded.model);
  const firstMs = 2 * (await loaded.speed.predict(conditions.look()));
  enter(run, 'warming-up');
  const warmUp = new WarmUp(spec.warmUp);
  let state = warmUp.add(await loaded.speed.predict(conditions.look()));
  while (state === 'go on') state = warmUp.add(await loaded.speed.predict(conditions.look()));
  enter(run, 'timing');
  const samples: number[] = [];
  for (let total = 0; !timedPartIsOver(samples.length, total, spec.timed); total += samples.at(-1) as number) {
    samples.push(await loaded.speed.predict(conditions.look()));
    run.status.progress(samples.length);
  }
  enter(run, 'writing');
  conditions.heat(step.order + 1);
  return {
    type: 'block', ...headOf(run), round: step.round, order: step.order, load: loaded.load, firstMs, warmUp: { runs: warmUp.runs, stable: state === 'stable' }, samples,
    conditions: conditions.result(), memory: memoryOf(loaded, outputs), inputs: [], outputs: recordOutputs(run, outputs, step.outputs), outputForms: [], warnings: [],
  };
}

async function plan(run: StepRun<PlanStep>): Promise<StepResult> {
  const { model } = compiledPackage(run);
  enter(run, 'planning');
  const { operations } = planOn(run, model);
  enter(run, 'writing');
  return { type: 'plan', ...headOf(run), planMs: 5 + operations.length / 10, operations: [...operations], segments: segmentsOf(operations), shares: sharesOf(operations) };
}

/** Every tick of the frame rate, in the phone's time. */
async function sustained(run: StepRun<SustainedStep>): Promise<StepResult> {
  const { step: { framesPerSecond, seconds, healthEveryMs } } = run;
  const conditions = new Conditions(run.start.phone, run.waited);
  const loaded = await loadModel(run);
  enter(run, 'first');
  const outputs = await computeOutputs(run, loaded.model);
  enter(run, 'sustaining');
  const [samples, health]: [number[], { atMs: number; thermal: ReturnType<Conditions['look']>; lowPowerMode: boolean; footprintBytes: number }[]] = [[], []];
  const frames = Math.ceil(seconds * framesPerSecond);
  let [free, missed] = [0, 0];
  for (let frame = 0; frame < frames; frame++) {
    const now = (1000 * frame) / framesPerSecond;
    const thermal = conditions.look();
    if (now >= health.length * healthEveryMs) health.push({ atMs: now, thermal, lowPowerMode: phoneOf(run).lowPowerMode, footprintBytes: APP_BYTES + loaded.weightBytes });
    if (free > now) missed++;
    else {
      samples.push(await loaded.speed.predict(thermal));
      free = now + (samples.at(-1) as number);
    }
    run.status.progress(frame + 1);
  }
  enter(run, 'writing');
  return {
    type: 'sustained', ...headOf(run), load: loaded.load, framesPerSecond, seconds, frames, missed, samples, cpuSeconds: samples.reduce((sum, ms) => sum + ms, 0) / 4000, health,
    conditions: conditions.result(), memory: memoryOf(loaded, outputs), warnings: [],
  };
}

function memoryOf({ weightBytes, model }: LoadedModel, outputs: readonly ComputedOutput[]): { beforeBytes: number; loadedBytes: number; peakBytes: number } {
  const loadedBytes = APP_BYTES + weightBytes + model.modelBytes;
  return { beforeBytes: APP_BYTES, loadedBytes, peakBytes: loadedBytes + 2 * outputs.reduce((sum, { bytes }) => sum + bytes.length, 0) };
}

import { readState } from '../../android/phone-state.ts';
import { type InferenceTimes, SimulatedClock, type Work } from '../../android/phone-speed.ts';
import type { LoadedGraph } from './loaded-graph.ts';
import type { NativeTensors } from './onnx-binding.ts';
import type { NetRunOptions } from './options.ts';
import { Pace } from './pace.ts';
import type { Phone } from './phone.ts';
import { nativeBytes } from './raw-values.ts';
import type { ResultWriter } from './write-results.ts';

export interface Executed {
  readonly inferences: number;
  /** Times of the executions that were profiled. */
  readonly times: readonly InferenceTimes[];
  readonly seconds: number;
}

/** How often the phone's state is looked at, in simulated microseconds. */
const LOOK_EVERY_US = 100_000;

/** Runs the list as often as it is told, takes as long as the phone would, and keeps outputs and times. */
export async function execute(graph: LoadedGraph, outputs: readonly NativeTensors[], work: Work, options: NetRunOptions, phone: Phone, writer: ResultWriter | null): Promise<Executed> {
  const { repeat, keepOutputs, profiling } = options;
  const clock = new SimulatedClock(work, phone.state);
  const pace = new Pace(phone.state.speed?.scale ?? 1);
  const times: InferenceTimes[] = [];
  let { state } = phone;
  let [inferences, sinceLook] = [0, 0];
  while (repeat === null ? inferences < outputs.length : 'inferences' in repeat ? inferences < repeat.inferences : pace.simulatedSeconds < repeat.seconds) {
    const taken = clock.next(state);
    const begun = pace.simulatedSeconds;
    await pace.spend(taken.netRun);
    if (begun >= (profiling?.delaySeconds ?? 0) && times.length < (profiling?.executions ?? 0)) times.push(taken);
    if (inferences < keepOutputs) writer?.outputs(inferences, graph.outputs, outputs[inferences % outputs.length] as NativeTensors);
    inferences++;
    sinceLook += taken.netRun;
    if (sinceLook < LOOK_EVERY_US) continue;
    state = readState(phone.folder);
    sinceLook = 0;
  }
  return { inferences, times, seconds: pace.simulatedSeconds };
}

/** What one inference of a graph asks of the phone. */
export function workOf({ operations, inputs, outputs }: LoadedGraph, backend: Work['backend'], hexagon: number, perfProfile: string): Work {
  const fixed = inputs.concat(outputs).map(({ type }) => /^[su]fixed-(\d+)$/.exec(type)?.[1]);
  const bits = backend !== 'htp' ? 32 : fixed.includes('8') ? 8 : 16;
  return {
    backend, bits, hexagon, perfProfile, macs: operations.reduce((sum, { macs }) => sum + macs, 0),
    faceBytes: [...inputs, ...outputs].reduce((sum, tensor) => sum + nativeBytes(tensor), 0),
  };
}

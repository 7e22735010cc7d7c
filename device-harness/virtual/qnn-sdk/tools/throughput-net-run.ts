import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { underLoad } from '../../android/load-mark.ts';
import { readState } from '../../android/phone-state.ts';
import { SimulatedClock } from '../../android/phone-speed.ts';
import { readSettings } from '../net-run/backend-config.ts';
import { workOf } from '../net-run/execute.ts';
import { readInputList } from '../net-run/input-list.ts';
import { loadBackend } from '../net-run/libraries.ts';
import { loadGraph } from '../net-run/load-graph.ts';
import type { LoadedGraph } from '../net-run/loaded-graph.ts';
import type { NativeTensors } from '../net-run/onnx-binding.ts';
import { cachedOutputs } from '../net-run/output-cache.ts';
import { Pace } from '../net-run/pace.ts';
import { type Phone, phoneOf } from '../net-run/phone.ts';
import { nativeBytes } from '../net-run/raw-values.ts';
import { readInputs } from '../net-run/read-inputs.ts';
import { readThroughputConfig, type ThroughputConfig, type ThroughputThread } from '../net-run/throughput-config.ts';
import { withWorkFolder } from '../net-run/work-folder.ts';
import { ResultWriter } from '../net-run/write-results.ts';
import { least, most } from '../profile/event-rows.ts';
import type { ToolCall } from '../tool.ts';
import { type Flag, oneValue } from './arguments.ts';
import { documentedTool } from './documented-tool.ts';

const FLAGS: readonly Flag[] = [{ names: ['--config'], values: 1, required: true }, { names: ['--output'], values: 1 }];

/** What one thread came to. Microseconds. */
interface ThreadResult {
  readonly threadName: string;
  readonly inferences: number;
  readonly totalTimeUs: number;
  readonly averageTimeUs: number;
  readonly minTimeUs: number;
  readonly maxTimeUs: number;
  readonly ips: number;
  /** Of each inference in turn, and how late it began where an interval is kept. */
  readonly executeTimesUs: readonly number[];
  readonly lateUs: readonly number[];
}

/**
 * Stand-in of qnn-throughput-net-run: threads that run models side by side, each at its interval. The form of its results is not documented; this
 * one is our own. Times are simulated.
 */
export const throughputNetRun = documentedTool({
  name: 'qnn-throughput-net-run',
  flags: FLAGS,
  work: async (args, call) => {
    const phone = phoneOf(call);
    const config = readThroughputConfig(resolve(call.cwd, oneValue(args, '--config') as string));
    const results = await withWorkFolder(phone, call, (inside, folder) => underLoad(phone.folder, () => runThreads(config, phone, inside, folder)));
    for (const { threadName, ips, totalTimeUs } of results) call.out(`${threadName}:graphExecute ${ips.toFixed(4)} inf/sec\nTotalTime ${Math.round(totalTimeUs)}`);
    const output = oneValue(args, '--output');
    if (output === null) return [];
    const file = resolve(call.cwd, output);
    writeFileSync(file, `${JSON.stringify({ iterations: config.testCase.iteration, threads: results }, null, 1)}\n`);
    return [file];
  },
});

async function runThreads(config: ThroughputConfig, phone: Phone, call: ToolCall, work: string): Promise<ThreadResult[]> {
  const prepared = [];
  for (const thread of config.testCase.threads) prepared.push(await prepareThread(thread, config, phone, call, work));
  const results: ThreadResult[] = [];
  for (let i = 0; i < config.testCase.iteration; i++) results.splice(0, Infinity, ...(await Promise.all(prepared.map((run) => run()))));
  return results;
}

async function prepareThread(thread: ThroughputThread, { backends, models }: ThroughputConfig, phone: Phone, call: ToolCall, work: string): Promise<() => Promise<ThreadResult>> {
  const [chosen, model] = [backends.find(({ backendName }) => backendName === thread.backend), models.find(({ modelName }) => modelName === thread.model)];
  const { modelPath, loadFromCachedBinary, inputPath, inputDataType, outputPath, outputDataType } = model as NonNullable<typeof model>;
  const form = loadFromCachedBinary || modelPath.endsWith('.bin') ? 'context-binary' : modelPath.endsWith('.dlc') ? 'dlc' : 'model-library';
  const { backend, library } = loadBackend(chosen?.backendPath as string, form !== 'context-binary', phone, call);
  const graph = await loadGraph({ form, path: modelPath }, { backend, library, phone, call, work });
  const { backendExtensions, perfProfile = 'default' } = chosen as NonNullable<typeof chosen>;
  const settings = backendExtensions === undefined ? null : readSettings(backendExtensions, thread.backendConfig ?? null, graph.name, backend, phone, call);
  const natives = inputPath === undefined || thread.useRandomData ? [zeros(graph)] : readInputList(inputPath, call.cwd, graph.inputs.map(({ name }) => name)).map((line) => readInputs(line, graph.inputs, () => inputDataType === 'NATIVE'));
  const outputs = await cachedOutputs(graph, backend, natives, phone);
  if (outputPath !== undefined) {
    const writer = new ResultWriter(resolve(call.cwd, outputPath), outputDataType === 'NATIVE_ONLY', phone.state.faults?.outputBytes ?? Infinity);
    for (const [i, output] of outputs.entries()) writer.outputs(i, graph.outputs, output);
  }
  return () => runThread(thread, new SimulatedClock(workOf(graph, backend, phone.chip?.hexagon ?? 0, settings?.perfProfile ?? perfProfile), phone.state), phone);
}

/** What takes the place of random data: what a graph computes does not change how long it takes here. */
function zeros({ inputs }: LoadedGraph): NativeTensors {
  return new Map(inputs.map((tensor) => [tensor.name, new Uint8Array(nativeBytes(tensor))]));
}

async function runThread({ threadName, interval = 0, loop, loopUnit }: ThroughputThread, clock: SimulatedClock, phone: Phone): Promise<ThreadResult> {
  const pace = new Pace(phone.state.speed?.scale ?? 1);
  const [times, late]: [number[], number[]] = [[], []];
  while (loopUnit === 'count' ? times.length < loop : pace.simulatedSeconds < loop) {
    const due = times.length * interval;
    const now = pace.simulatedSeconds * 1e6;
    if (interval > 0 && now < due) await pace.spend(due - now);
    late.push(interval > 0 ? Math.max(0, Math.round(now - due)) : 0);
    const { netRun } = clock.next(readState(phone.folder));
    times.push(Math.round(netRun));
    await pace.spend(netRun);
  }
  const total = times.reduce((sum, time) => sum + time, 0);
  return {
    threadName, inferences: times.length, totalTimeUs: pace.simulatedSeconds * 1e6, averageTimeUs: total / times.length, minTimeUs: least(times), maxTimeUs: most(times),
    ips: times.length / pace.simulatedSeconds, executeTimesUs: times, lateUs: late,
  };
}

import { basename, resolve } from 'node:path';
import type { QnnBackend } from '../../../../converters/qnn/artifact.ts';
import { underLoad } from '../../android/load-mark.ts';
import type { BackendConfig } from '../net-run/backend-config.ts';
import { execute, workOf } from '../net-run/execute.ts';
import { readInputList } from '../net-run/input-list.ts';
import { findLibrary, loadBackend } from '../net-run/libraries.ts';
import { loadGraph } from '../net-run/load-graph.ts';
import type { LoadedGraph } from '../net-run/loaded-graph.ts';
import { loadingTimes, sayStages } from '../net-run/loading-times.ts';
import type { NativeTensors } from '../net-run/onnx-binding.ts';
import { NET_RUN_FLAGS, type NetRunOptions, readOptions } from '../net-run/options.ts';
import { cachedOutputs } from '../net-run/output-cache.ts';
import { Pace } from '../net-run/pace.ts';
import { type Phone, phoneOf } from '../net-run/phone.ts';
import { cyclesOf, type ProfileLog } from '../net-run/profile-log.ts';
import { readInputs } from '../net-run/read-inputs.ts';
import { withWorkFolder } from '../net-run/work-folder.ts';
import { executionMetadata, ResultWriter } from '../net-run/write-results.ts';
import type { Tool, ToolCall } from '../tool.ts';
import { UsageMistake, usageText } from './arguments.ts';
import { ToolFailure } from './documented-tool.ts';

const NAME = 'qnn-net-run';

/**
 * Stand-in of qnn-net-run: runs a context binary in Qualcomm's emulator, a DLC or model library by the graph that it carries, and writes outputs
 * and profiling as documented. What it refuses, it refuses in the words of the real one. Times are simulated.
 */
export const netRun: Tool = {
  name: NAME,
  run: async (words, call) => {
    call.out(`${NAME} pid:${process.pid}`);
    if (words.includes('--help')) {
      call.out(usageText(NAME, NET_RUN_FLAGS, call.version));
      return 0;
    }
    if (words.includes('--version')) {
      call.out(`QNN SDK v${buildOf(call.version)}`);
      return 0;
    }
    try {
      return await run(readOptions(words, call.version), call);
    } catch (error) {
      if (error instanceof UsageMistake) call.err(`${NAME}: ${error.message}\nRun with --help for the options.`);
      else if (error instanceof ToolFailure) for (const line of error.message.split('\n')) call.err(`[ ERROR ] ${line}`);
      else throw error;
      return 1;
    }
  },
};

/** The build of an SDK whose `sdk.yaml` says this version: `2.37.0.250724` is `v2.37.0.250724000000_1`. */
function buildOf(version: string): string {
  return /\.\d{6}$/.test(version) ? `${version}000000_1` : version;
}

async function run(options: NetRunOptions, call: ToolCall): Promise<number> {
  const phone = phoneOf(call);
  call.out(`${NAME} build version: v${buildOf(call.version)}`);
  if (options.logLevel) call.out(`${NAME} log level is : QNN_LOG_LEVEL_${options.logLevel.toUpperCase()}`);
  const { tool } = phone.state.faults ?? {};
  if (typeof tool === 'object') {
    call.err(tool.says);
    return tool.code ?? 1;
  }
  await withWorkFolder(phone, call, async (inside, folder) => {
    const prepared = await prepare(options, inside, phone, folder);
    call.out('Executing Graphs');
    if (tool === 'crash') process.kill(process.pid, 'SIGSEGV');
    if (tool === 'crash' || tool === 'hang') await forever();
    const writer = tool === 'silent' ? null : new ResultWriter(resolve(call.cwd, options.outputDir), options.nativeOutputs, phone.state.faults?.outputBytes ?? Infinity);
    await work(prepared, options, phone, call.version, writer);
  });
  call.out('Finished Executing Graphs');
  return 0;
}

interface Prepared {
  readonly graph: LoadedGraph;
  readonly backend: QnnBackend;
  readonly config: BackendConfig | null;
  readonly outputs: readonly NativeTensors[];
  readonly times: ReturnType<typeof loadingTimes>;
}

/** Loads libraries, graph and inputs, and takes as long as a phone would. What it computes, it computes now. */
async function prepare(options: NetRunOptions, call: ToolCall, phone: Phone, folder: string): Promise<Prepared> {
  const compiles = options.source.form !== 'context-binary';
  const { backend, library } = loadBackend(options.backend, compiles, phone, call);
  if (options.sharedBuffer && backend === 'htp') findLibrary(SHARED_MEMORY, call);
  const graph = await loadGraph(options.source, { backend, library, phone, call, work: folder });
  const config = options.configFile === null ? null : (await import('../net-run/backend-config.ts')).readBackendConfig(options.configFile, graph.name, backend, phone, call);
  const listed = readInputList(options.inputList, call.cwd, graph.inputs.map(({ name }) => name));
  call.out('Processing inference input(s):');
  const natives = listed.map((line) => readInputs(line, graph.inputs, options.isNative));
  if (!compiles) call.out(`Creating context from binary file: ${basename(options.source.path)}`);
  const outputs = await cachedOutputs(graph, backend, natives, phone);
  const times = loadingTimes(graph, backend);
  if (times.prepare && backend === 'htp') sayStages(times.prepare.finalize, call);
  await new Pace(phone.state.speed?.scale ?? 1).spend(times.init + (times.prepare ? times.prepare.compose + times.prepare.finalize : 0));
  return { graph, backend, config, outputs, times };
}

/** Executes, and writes what is asked for; nothing where there is no writer. */
async function work({ graph, backend, config, outputs, times }: Prepared, options: NetRunOptions, phone: Phone, version: string, writer: ResultWriter | null): Promise<void> {
  const load = workOf(graph, backend, phone.chip?.hexagon ?? 0, config?.perfProfile ?? options.perfProfile);
  const done = await underLoad(phone.folder, () => execute(graph, outputs, load, options, phone, writer));
  writer?.file('execution_metadata.yaml', executionMetadata(graph, done.inferences));
  if (!options.profiling) return;
  const { level, optrace } = options.profiling;
  const log: ProfileLog = {
    format: 'npu-dyno profile', version, level, optrace, backend, graph: graph.name, ...times, hvxThreads: phone.chip?.hvxThreads ?? 4, executions: done.times,
    rate: done.inferences / Math.max(done.seconds, 1e-9), ...cyclesOf(done.times, graph.operations), settings: settingsOf(config),
  };
  writer?.profile(log);
}

function settingsOf(config: BackendConfig | null): ProfileLog['settings'] {
  if (config === null || config.namedGraphs.length === 0) return 'none';
  return config.graph === null ? 'ignored' : 'applied';
}

/** Of the phone's vendor: not among what is pushed. */
const SHARED_MEMORY = 'libcdsprpc.so';

function forever(): Promise<never> {
  setInterval(() => undefined, 60_000);
  return new Promise(() => undefined);
}

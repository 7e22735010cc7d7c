import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { QnnBackend } from '../../../../converters/qnn/artifact.ts';
import { underLoad } from '../../android/load-mark.ts';
import type { BackendConfig } from '../net-run/backend-config.ts';
import { execute, workOf } from '../net-run/execute.ts';
import { readInputList } from '../net-run/input-list.ts';
import { findLibrary, loadBackend } from '../net-run/libraries.ts';
import { loadGraph } from '../net-run/load-graph.ts';
import type { LoadedGraph } from '../net-run/loaded-graph.ts';
import { NET_RUN_FLAGS, type NetRunOptions, readOptions } from '../net-run/options.ts';
import { cachedOutputs } from '../net-run/output-cache.ts';
import { Pace } from '../net-run/pace.ts';
import { type Phone, phoneOf } from '../net-run/phone.ts';
import { cyclesOf, type ProfileLog } from '../net-run/profile-log.ts';
import { readInputs } from '../net-run/read-inputs.ts';
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
  mkdirSync(join(phone.folder, 'work'), { recursive: true });
  const work = mkdtempSync(join(phone.folder, 'work', 'net-run-'));
  process.env['TMPDIR'] = work;
  try {
    return await withPhone(options, { ...call, environment: { ...call.environment, TMPDIR: work } }, phone, work);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function withPhone(options: NetRunOptions, call: ToolCall, phone: Phone, work: string): Promise<number> {
  const prepare = options.source.form !== 'context-binary';
  const { backend, library } = loadBackend(options.backend, prepare, phone, call);
  if (options.sharedBuffer && backend === 'htp') findLibrary(SHARED_MEMORY, call);
  const graph = await loadGraph(options.source, { backend, library, phone, call, work });
  const config = options.configFile === null ? null : (await import('../net-run/backend-config.ts')).readBackendConfig(options.configFile, graph.name, backend, phone, call);
  const listed = readInputList(options.inputList, call.cwd, graph.inputs.map(({ name }) => name));
  call.out('Processing inference input(s):');
  const natives = listed.map((line) => readInputs(line, graph.inputs, options.isNative));
  if (!prepare) call.out(`Creating context from binary file: ${basename(options.source.path)}`);
  const outputs = await cachedOutputs(graph, backend, natives, phone);
  const pace = new Pace(phone.state.speed?.scale ?? 1);
  const times = loadingTimes(graph, backend);
  if (times.prepare && backend === 'htp') sayStages(times.prepare.finalize, call);
  await pace.spend(times.init + (times.prepare ? times.prepare.compose + times.prepare.finalize : 0));
  call.out('Executing Graphs');
  const { tool } = phone.state.faults ?? {};
  if (tool === 'crash') process.kill(process.pid, 'SIGSEGV');
  if (tool === 'crash' || tool === 'hang') await forever();
  const folder = resolve(call.cwd, options.outputDir);
  const writer = tool === 'silent' ? null : new ResultWriter(folder, options.nativeOutputs, phone.state.faults?.outputBytes ?? Infinity);
  const done = await underLoad(phone.folder, () => execute(graph, outputs, workOf(graph, backend, phone.chip?.hexagon ?? 0, config?.perfProfile ?? options.perfProfile), options, phone, writer));
  writer?.file('execution_metadata.yaml', executionMetadata(graph, done.inferences));
  if (writer && options.profiling) {
    const log: ProfileLog = {
      format: 'npu-dyno profile', version: call.version, level: options.profiling.level, optrace: options.profiling.optrace, backend, graph: graph.name, ...times, hvxThreads: phone.chip?.hvxThreads ?? 4,
      executions: done.times, rate: done.inferences / Math.max(done.seconds, 1e-9), ...cyclesOf(done.times, graph.operations), settings: settingsOf(config),
    };
    writer.file('qnn-profiling-data_0.log', `${JSON.stringify(log)}\n`);
    if (!existsSync(join(folder, 'qnn-profiling-data.log'))) symlinkSync('qnn-profiling-data_0.log', join(folder, 'qnn-profiling-data.log'));
  }
  call.out('Finished Executing Graphs');
  return 0;
}

/** Of the phone's vendor: not among what is pushed. */
const SHARED_MEMORY = 'libcdsprpc.so';

const STAGES = ['Graph Preparation Initializing', 'Graph Optimizations', 'Graph Sequencing for Target', 'VTCM Allocation', 'Parallelization Optimization'];

/** What HTP says while it prepares a graph, and no other back end does. */
function sayStages(finalize: number, call: ToolCall): void {
  for (const [i, stage] of STAGES.entries()) {
    call.out(`Starting stage: ${stage}`);
    call.out(`Completed stage: ${stage} (${Math.max(1, Math.round((finalize * (i + 1)) / 20))} us)`);
  }
}

/** Invented, as all times of a virtual phone: loading a context takes less than preparing a graph. */
function loadingTimes({ form, operations }: LoadedGraph, backend: QnnBackend): Pick<ProfileLog, 'init' | 'prepare' | 'deinit'> {
  const nodes = operations.length;
  const prepare = form === 'context-binary' ? null : { compose: 2000 + 400 * nodes, finalize: (backend === 'htp' ? 60_000 : 15_000) + (backend === 'htp' ? 3000 : 300) * nodes };
  return { init: backend === 'htp' ? 18_000 + 150 * nodes : 6000, prepare, deinit: 1500 };
}

function settingsOf(config: BackendConfig | null): ProfileLog['settings'] {
  if (config === null || config.namedGraphs.length === 0) return 'none';
  return config.graph === null ? 'ignored' : 'applied';
}

function forever(): Promise<never> {
  setInterval(() => undefined, 60_000);
  return new Promise(() => undefined);
}

import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { ExternalError } from '../../models/contracts/index.ts';
import type { StaticShapes } from '../../models/graph/index.ts';
import type { HtpSoc } from '../rules/index.ts';
import { JobFailure, type JobResult } from '../toolchain/index.ts';
import type { CompileReport } from './compile-report.ts';
import { adviceFor, failureOf } from './failure.ts';
import { followLog } from './follow-log.ts';
import { type Assignment, isHtp, mapNodes } from './map-nodes.ts';
import { type PreparedModel, prepareModel } from './prepare-model.ts';
import { type HtpOptions, providerOptions } from './provider-options.ts';
import type { CompileLog } from './read-log.ts';
import { compileLimitMs } from './time-limit.ts';
import type { HtpToolchain } from './toolchain.ts';

export interface CompileRequest {
  readonly modelPath: string;
  readonly soc: HtpSoc;
  readonly options?: HtpOptions;
  /** Sizes of inputs that the file leaves open. */
  readonly static?: StaticShapes;
  /** Session config entries, e.g. `ep.context_enable`: what artifacts are made with. */
  readonly session?: Readonly<Record<string, string>>;
  /** Writes a DLC with the library's own writer, named in the options, instead of a graph that runs. */
  readonly withIrBackend?: boolean;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  /** Most memory that the compilation may take, bytes; going beyond throws JobFailure `memory`. */
  readonly memoryBytes?: number;
}

/**
 * Compiles a model for a chip with Qualcomm's own compiler and reads its log. A refusal of nodes, a failure of the whole graph and a crash of
 * the compiler are results; throws UserError for open dimensions and chips without HTP, ExternalError when the library does not start or the
 * time limit ends the work.
 */
export async function compileForHtp(toolchain: HtpToolchain, request: CompileRequest): Promise<CompileReport> {
  const provider = providerOptions(request.soc, request.options);
  const prepared = await prepareModel(request.modelPath, request.static ? { static: request.static } : {});
  const folder = await mkdtemp(join(tmpdir(), 'dyno-htp-'));
  try {
    const logPath = join(folder, 'log');
    const followed = followLog(logPath);
    const args = { model: prepared.path, provider, session: request.session ?? {}, log: logPath, ir: request.withIrBackend === true };
    const outcome = await ask(toolchain, request, prepared, args).catch((error) => {
      followed.finish();
      throw error;
    });
    return reportOf(toolchain, request, provider, prepared, outcome, followed.finish());
  } finally {
    await prepared.release();
    rmSync(folder, { recursive: true, force: true });
  }
}

type Outcome = JobResult<{ assignment: Assignment[] }> | JobFailure;

async function ask(toolchain: HtpToolchain, request: CompileRequest, prepared: PreparedModel, args: object): Promise<Outcome> {
  const what = `compilation of ${basename(request.modelPath)} for ${request.soc.chip}`;
  const timeoutMs = request.timeoutMs ?? compileLimitMs(prepared.names.length);
  try {
    return await toolchain.worker.run<{ assignment: Assignment[] }>('htp.compile', args, {
      what, timeoutMs, ...(request.signal ? { signal: request.signal } : {}), ...(request.memoryBytes ? { memoryBytes: request.memoryBytes } : {}),
    });
  } catch (error) {
    if (error instanceof JobFailure) return error;
    throw error;
  }
}

function reportOf(
  { packages }: HtpToolchain, { soc, modelPath }: CompileRequest, options: Record<string, string>, prepared: PreparedModel, outcome: Outcome, log: CompileLog,
): CompileReport {
  const failure = outcome instanceof JobFailure ? failureOf(outcome, log) : null;
  if (outcome instanceof JobFailure && !failure) throw outcome;
  const assignment = outcome instanceof JobFailure ? null : outcome.value.assignment;
  if (assignment) assertStarted(assignment, log, modelPath);
  const nodes = mapNodes(prepared.model, prepared.names, assignment, log);
  const off = (assignment ?? []).filter(({ provider }) => !isHtp(provider));
  return {
    chip: soc.chip, socModel: soc.socModel, hexagon: soc.hexagon, build: log.build, packages, options, nodes,
    htpGraphs: assignment ? assignment.length - off.length : 0,
    cpuNodes: assignment ? off.reduce((sum, part) => sum + part.nodes.length, 0) : nodes.filter(({ unit }) => unit === 'cpu').length,
    graphs: failure ? [] : log.graphs, failure, stages: log.stages,
    seconds: outcome instanceof JobFailure ? 0 : outcome.seconds, peakBytes: outcome instanceof JobFailure ? null : outcome.peakBytes,
  };
}

/** A provider that does not start is no error to ONNX Runtime: everything then runs on the CPU, and nobody was asked. */
function assertStarted(assignment: readonly Assignment[], log: CompileLog, modelPath: string): void {
  if (assignment.some(({ provider }) => isHtp(provider)) || log.verdicts.length > 0) return;
  if (assignment.every(({ nodes }) => nodes.length === 0)) return;
  const reason = log.errors.join('\n');
  throw new ExternalError(`The HTP provider did not start; ${basename(modelPath)} was not looked at.`, 'onnxruntime-qnn', reason, adviceFor(reason));
}

import { DynoError } from '../../models/contracts/errors.ts';
import type { Finding } from '../../models/contracts/finding.ts';
import { macsOf } from '../../models/graph/cost/macs.ts';
import type { Model } from '../../models/graph/model.ts';
import { parseStaticShape } from '../../models/graph/static.ts';
import { createHostExecutor } from '../../models/run/host-executor.ts';
import {
  cachedCompile,
  cachedVerification,
  compiledFindings,
  htpExecutor,
  type HtpToolchain,
  isWhole,
  joinCauses,
  openHtpToolchain,
  refutedFindings,
  trafficOf,
  type VerifiedResult,
  verifyOnHtp,
} from '../../converters/htp/index.ts';
import { resolveSoc, resolveTarget } from '../../converters/rules/resolve-target.ts';

/** What the vendor's compiler made of a model, beside what the rules predict. */
export interface CompiledOutcome {
  readonly chip: string;
  readonly build: string | null;
  readonly whole: boolean;
  /** True when the compiler ended without a graph. */
  readonly failed: boolean;
  readonly htpGraphs: number;
  readonly cpuNodes: number;
  /** DDR bytes of one inference; null where no graph came out. */
  readonly traffic: { readonly all: number; readonly spillFill: number } | null;
  readonly cached: boolean;
  /** Nodes that a rule keeps off the unit and that the compiler took. */
  readonly refuted: readonly Finding[];
  /** Emulated against ONNX Runtime; null where it was not asked for, too large, or nothing was taken. */
  readonly verified: VerifiedResult | null;
  readonly note: string | null;
}

export interface CompileQuestion {
  readonly path: string;
  readonly model: Model;
  /** Selector of an `htp` target. */
  readonly target: string;
  readonly shapes: readonly string[];
  readonly predicted: readonly Finding[];
  readonly verify: boolean;
  readonly signal: AbortSignal;
}

/** The compiler's answer and its findings, or why there is none: a check does not fail for want of a compiler. */
export type CompileAnswer = { readonly compiled: CompiledOutcome; readonly findings: readonly Finding[] } | { readonly missing: string };

/** Asks Qualcomm's compiler, where it is installed; one for all models and chips of a command. */
export class CompileCheck {
  readonly #toolchain: HtpToolchain | DynoError;
  readonly #host = createHostExecutor();

  constructor(env: NodeJS.ProcessEnv) {
    this.#toolchain = openHtpToolchain(env);
  }

  async ask(question: CompileQuestion): Promise<CompileAnswer> {
    if (this.#toolchain instanceof DynoError) return { missing: sentences(this.#toolchain) };
    try {
      return await compileAndVerify(this.#toolchain, this.#host, question);
    } catch (error) {
      if (!(error instanceof DynoError)) throw error;
      return { missing: `Not compiled: ${sentences(error)}` };
    }
  }

  async close(): Promise<void> {
    await this.#host.close();
    if (!(this.#toolchain instanceof DynoError)) await this.#toolchain.close();
  }
}

/** Beyond this the emulator takes minutes: a run is 2 s per billion multiply-accumulates and input. */
const MOST_MACS = 5e9;

async function compileAndVerify(toolchain: HtpToolchain, host: ReturnType<typeof createHostExecutor>, question: CompileQuestion): Promise<CompileAnswer> {
  const { path, model, predicted, signal } = question;
  const profile = resolveTarget(question.target);
  const { soc } = resolveSoc(profile.selector.hardware);
  const shapes = new Map(question.shapes.map(parseStaticShape));
  const request = { modelPath: path, soc, static: shapes, signal };
  const { report, cached } = await cachedCompile(toolchain, request);
  const macs = [...model.graph.nodes()].reduce((sum, node) => sum + (macsOf(node) ?? 0), 0);
  const runs = question.verify && report.failure === null && report.htpGraphs > 0;
  const verified = runs && macs <= MOST_MACS
    ? await cachedVerification(toolchain, request, () => verifyOnHtp({ modelPath: path, emulator: htpExecutor(toolchain, soc), host, static: shapes, signal }))
    : null;
  return {
    findings: [...compiledFindings(report, model, profile, predicted), ...joinCauses(verified?.findings ?? [], predicted)],
    compiled: {
      chip: report.chip, build: report.build, whole: isWhole(report), failed: report.failure !== null, htpGraphs: report.htpGraphs, cpuNodes: report.cpuNodes,
      traffic: report.graphs.length > 0 ? trafficOf(report) : null, cached, refuted: refutedFindings(report, predicted), verified,
      note: runs && macs > MOST_MACS ? 'Outputs were not compared: the emulator would take minutes (dyno compile compares them).' : null,
    },
  };
}

function sentences({ message, nextSteps }: DynoError): string {
  return [message, ...nextSteps].join(' ');
}

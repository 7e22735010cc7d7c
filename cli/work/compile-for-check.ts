import { DynoError } from '../../models/contracts/errors.ts';
import type { NamedArrays } from '../../models/contracts/executor.ts';
import type { Finding } from '../../models/contracts/finding.ts';
import { macsOf } from '../../models/graph/cost/macs.ts';
import type { Model } from '../../models/graph/model.ts';
import { parseStaticShape } from '../../models/graph/static.ts';
import { createHostExecutor } from '../../models/run/host-executor.ts';
import {
  cachedCompile,
  cachedVerification,
  compiledFindings,
  type CompileReport,
  type CompileRequest,
  htpExecutor,
  type HtpToolchain,
  type HtpVerification,
  isOneGraph,
  joinCauses,
  openHtpToolchain,
  refutedFindings,
  type SavedContext,
  savedContext,
  trafficOf,
  type VerifiedResult,
  verifiedSummary,
  verifyOnHtp,
  writeReproducers,
} from '../../converters/htp/index.ts';
import { resolveSoc, resolveTarget } from '../../converters/rules/resolve-target.ts';
import { isOlder, TRIED_SDK } from '../../converters/rules/sdk-version.ts';

/** What the vendor's compiler made of a model, beside what the rules predict. */
export interface CompiledOutcome {
  readonly chip: string;
  readonly build: string | null;
  /** One graph holds everything but conversions at the face. */
  readonly whole: boolean;
  /** True when the compiler ended without a graph. */
  readonly failed: boolean;
  readonly htpGraphs: number;
  readonly cpuNodes: number;
  /** DDR bytes of one inference; null where no graph came out. */
  readonly traffic: { readonly all: number; readonly spillFill: number } | null;
  /** Operators that the provider put in, layout transposes above all, by the node on whose account. */
  readonly inserted: readonly { readonly node: string; readonly opType: string; readonly unit: 'htp' | 'cpu' }[];
  readonly cached: boolean;
  /** Nodes that a rule keeps off the unit and that the compiler took. */
  readonly refuted: readonly Finding[];
  /** Emulated against ONNX Runtime; null where it was not asked for, too large, or nothing was taken. */
  readonly verified: VerifiedResult | null;
  /** Folders of one-node models that show wrong results. */
  readonly reproducers: readonly string[];
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
  /** The user's own inputs, compared besides seeded ones. */
  readonly feeds: readonly NamedArrays[];
  /** Folder for one-node models that show wrong results; null keeps none. */
  readonly reproducer: string | null;
  /** Whether the context binary is kept, by content. */
  readonly keep?: boolean;
  readonly signal: AbortSignal;
}

/** The compiler's answer and its findings, or why there is none. `asked`: it is installed and gave no answer; a check does not fail for want of one. */
export type CompileAnswer = CompilerSays | { readonly missing: string; readonly asked: boolean };

export interface CompilerSays {
  /** True where outputs were to be compared and could not be. */
  readonly incomplete: boolean;
  readonly compiled: CompiledOutcome;
  readonly findings: readonly Finding[];
  readonly report: CompileReport;
  /** Null where it was not to be kept, or no graph came out. */
  readonly context: SavedContext | null;
}

/** Asks Qualcomm's compiler, where it is installed; one for all models and chips of a command. */
export class CompileCheck {
  readonly #toolchain: HtpToolchain | DynoError;
  readonly #host = createHostExecutor();

  constructor(env: NodeJS.ProcessEnv) {
    this.#toolchain = openHtpToolchain(env);
  }

  async ask(question: CompileQuestion): Promise<CompileAnswer> {
    if (this.#toolchain instanceof DynoError) return { missing: sentences(this.#toolchain), asked: false };
    try {
      return await compileAndVerify(this.#toolchain, this.#host, question);
    } catch (error) {
      if (!(error instanceof DynoError)) throw error;
      return { missing: `Not compiled: ${sentences(error)}`, asked: true };
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
  const olderSdk = profile.sdk !== null && isOlder(profile.sdk, TRIED_SDK);
  const shapes = new Map(question.shapes.map(parseStaticShape));
  const request = { modelPath: path, soc, static: shapes, signal };
  const { report, cached, context } = question.keep ? await savedContext(toolchain, request) : { ...(await cachedCompile(toolchain, request)), context: null };
  const macs = [...model.graph.nodes()].reduce((sum, node) => sum + (macsOf(node) ?? 0), 0);
  const runs = question.verify && report.failure === null && report.htpGraphs > 0;
  const verify = (): Promise<HtpVerification> => verifyOnHtp({ modelPath: path, emulator: htpExecutor(toolchain, soc), host, static: shapes, feeds: question.feeds, signal });
  const verified = runs && macs <= MOST_MACS ? await verifiedResult(toolchain, request, question, verify, report).catch(notVerified) : null;
  const result = verified && 'result' in verified ? verified : null;
  const broken = verified !== null && result === null;
  return {
    report,
    context,
    findings: [...compiledFindings(report, model, profile, predicted), ...joinCauses(result?.result.findings ?? [], predicted)],
    incomplete: broken,
    compiled: {
      chip: report.chip, build: report.build, whole: isOneGraph(report), failed: report.failure !== null, htpGraphs: report.htpGraphs, cpuNodes: report.cpuNodes,
      traffic: report.graphs.length > 0 ? trafficOf(report) : null, cached,
      inserted: report.nodes.flatMap(({ label, inserted }) => inserted.map(({ opType, unit }) => ({ node: label, opType, unit }))), refuted: broken || olderSdk ? [] : refutedFindings(report, predicted), verified: result?.result ?? null, reproducers: result?.reproducers ?? [],
      note: olderSdk ? `The rules speak of SDK ${profile.sdk?.join('.')}; the compiler here is newer and takes more.` : verified && 'failed' in verified ? verified.failed : runs && macs > MOST_MACS ? 'Outputs were not compared: the emulator would take minutes (dyno compile compares them).' : null,
    },
  };
}

/** What was compiled stays said where the comparison breaks off: some graphs end the emulator. */
function notVerified(error: unknown): { readonly failed: string } {
  if (!(error instanceof DynoError)) throw error;
  return { failed: `Outputs were not compared: ${sentences(error)}` };
}

/** From the cache where seeded inputs alone are asked about and nothing is to be written. */
async function verifiedResult(
  toolchain: HtpToolchain, request: CompileRequest, { feeds, reproducer }: CompileQuestion, verify: () => Promise<HtpVerification>, report: CompileReport,
): Promise<{ result: VerifiedResult; reproducers: readonly string[] }> {
  if (feeds.length === 0 && reproducer === null) return { result: await cachedVerification(toolchain, request, verify), reproducers: [] };
  const verification = await verify();
  const reproducers = reproducer !== null && verification.reproducers.length > 0 ? await writeReproducers(verification.reproducers, reproducer, report) : [];
  return { result: verifiedSummary(verification), reproducers };
}

function sentences({ message, nextSteps }: DynoError): string {
  return [message, ...nextSteps].map((text) => (/[.!?]$/.test(text) ? text : `${text}.`)).join(' ');
}

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynoError } from '../../models/contracts/errors.ts';
import { macsOf } from '../../models/graph/cost/macs.ts';
import type { Model } from '../../models/graph/model.ts';
import { staticShape } from '../../models/graph/types.ts';
import { createHostExecutor } from '../../models/run/host-executor.ts';
import { cachedCompile, cachedVerification, htpExecutor, type HtpToolchain, openHtpToolchain, type VerifiedResult, verifyOnHtp } from '../../converters/htp/index.ts';
import { resolveSoc, resolveTarget } from '../../converters/rules/resolve-target.ts';
import { isOlder, TRIED_SDK } from '../../converters/rules/sdk-version.ts';
import { type EvidenceRequest, type GatheredEvidence, gatherEvidence } from '../../converters/tune/index.ts';

export interface EvidenceQuestion extends Pick<EvidenceRequest, 'options'> {
  /** What is rewritten, its shapes inferred; not changed. */
  readonly model: Model;
  readonly target: string;
  readonly progress: (note: string) => void;
  readonly signal: AbortSignal;
}

/** Beyond this the emulator takes minutes: a run is 2 s per billion multiply-accumulates and input. */
const MOST_MACS = 5e9;

/** Qualcomm's compiler and emulator for rewriting, where they are installed; one for all targets of a command. */
export class RewriteCompiler {
  readonly #toolchain: HtpToolchain | DynoError;
  readonly #host = createHostExecutor();

  constructor(env: NodeJS.ProcessEnv) {
    this.#toolchain = openHtpToolchain(env);
  }

  /** What the compiler decides on, or why it was not asked: rewriting goes on without. */
  async gather({ model, target, options, progress, signal }: EvidenceQuestion): Promise<GatheredEvidence | { readonly missing: string }> {
    const toolchain = this.#toolchain;
    if (toolchain instanceof DynoError) return { missing: sentences(toolchain) };
    const { selector, sdk } = resolveTarget(target);
    if (sdk !== null && isOlder(sdk, TRIED_SDK)) return { missing: `Not compiled: the compiler here is newer than SDK ${sdk.join('.')}; what fits an older one is in the recipe.` };
    const open = model.graph.inputs.filter(({ initializer, type }) => !initializer && !staticShape(type)).map(({ name }) => name);
    if (open.length > 0) return { missing: `Not compiled: HTP takes static shapes only. Give them: ${open.map((name) => `--static ${name}=SHAPE`).join(' ')}` };
    const { soc } = resolveSoc(selector.hardware);
    const folder = mkdtempSync(join(tmpdir(), 'dyno-evidence-'));
    const compile = async (modelPath: string) => (await cachedCompile(toolchain, { modelPath, soc, signal })).report;
    try {
      return await gatherEvidence({ proto: model.toProto(), options, compile, executor: this.#host, folder, progress });
    } catch (error) {
      if (!(error instanceof DynoError) || signal.aborted) throw error;
      return { missing: `Not compiled: ${sentences(error)}` };
    }
  }

  /** Whether the emulator computes what ONNX Runtime does, or why that was not looked at. */
  async verify(modelPath: string, model: Model, target: string, signal: AbortSignal): Promise<VerifiedResult | { readonly missing: string }> {
    const toolchain = this.#toolchain;
    if (toolchain instanceof DynoError) return { missing: sentences(toolchain) };
    const macs = [...model.graph.nodes()].reduce((sum, node) => sum + (macsOf(node) ?? 0), 0);
    if (macs > MOST_MACS) return { missing: 'Outputs were not compared in the emulator: it would take minutes (dyno compile compares them).' };
    const { soc } = resolveSoc(resolveTarget(target).selector.hardware);
    try {
      const verify = () => verifyOnHtp({ modelPath, emulator: htpExecutor(toolchain, soc), host: this.#host, signal });
      return await cachedVerification(toolchain, { modelPath, soc, signal }, verify);
    } catch (error) {
      if (!(error instanceof DynoError) || signal.aborted) throw error;
      return { missing: `Not emulated: ${sentences(error)}` };
    }
  }

  async close(): Promise<void> {
    await this.#host.close();
    if (!(this.#toolchain instanceof DynoError)) await this.#toolchain.close();
  }
}

function sentences({ message, nextSteps }: DynoError): string {
  return [message, ...nextSteps].join(' ');
}

import { DynoError, UserError } from '../../models/contracts/errors.ts';
import { parseTarget } from '../../models/contracts/selectors.ts';
import type { NamedArrays } from '../../models/contracts/executor.ts';
import type { Model } from '../../models/graph/model.ts';
import { parseStaticShape } from '../../models/graph/static.ts';
import { createHostExecutor } from '../../models/run/host-executor.ts';
import {
  type Artifact,
  cachedCompile,
  type CompileReport,
  compileToFolder,
  htpExecutor,
  type HtpOptions,
  type HtpVerification,
  type LeastTraffic,
  leastTraffic,
  openHtpToolchain,
  verifyOnHtp,
  writeReproducers,
} from '../../converters/htp/index.ts';
import { resolveSoc } from '../../converters/rules/resolve-target.ts';
import { openModel } from './open-model.ts';

export interface CompileJob {
  readonly path: string;
  readonly target: string;
  readonly shapes: readonly string[];
  readonly options: HtpOptions;
  /** Folder for what can be shipped; null keeps nothing. */
  readonly out: string | null;
  readonly verify: boolean;
  /** The user's own inputs, compared besides seeded ones. */
  readonly feeds: (model: Model) => Promise<readonly NamedArrays[]>;
  /** Folder for one-node models that show wrong results. */
  readonly reproducer: string | null;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

export interface CompileOutcome {
  readonly report: CompileReport;
  readonly note: string | null;
  readonly limit: LeastTraffic | null;
  readonly artifacts: readonly Artifact[];
  readonly verification: HtpVerification | null;
  /** Folders of one-node models that show wrong results. */
  readonly reproducers: readonly string[];
}

/** Compiles a model for one chip, keeps what can be shipped and compares what it computes. Throws UserError where the compiler is not here. */
export async function compileModel(job: CompileJob): Promise<CompileOutcome> {
  const selector = parseTarget(job.target);
  if (selector.kind !== 'htp') throw new UserError(`${job.target} has no compiler here.`, ['Compile for an htp target: --target htp:SM8550.']);
  const { soc, note } = resolveSoc(selector.hardware);
  const toolchain = openHtpToolchain(job.env);
  if (toolchain instanceof DynoError) throw toolchain;
  const host = createHostExecutor();
  const { model, close } = openModel(job.path, job.shapes);
  try {
    const shapes = new Map(job.shapes.map(parseStaticShape));
    const request = { modelPath: job.path, soc, static: shapes, options: job.options, signal: job.signal };
    const made = job.out === null ? { report: (await cachedCompile(toolchain, request)).report, artifacts: [] } : await compileToFolder(toolchain, request, job.out);
    const emulator = htpExecutor(toolchain, soc, job.options);
    const verifies = job.verify && made.report.failure === null && made.report.htpGraphs > 0;
    const verification = verifies ? await verifyOnHtp({ modelPath: job.path, emulator, host, static: shapes, feeds: await job.feeds(model), signal: job.signal }) : null;
    const wrong = verification?.reproducers ?? [];
    const reproducers = job.reproducer !== null && wrong.length > 0 ? await writeReproducers(wrong, job.reproducer, made.report) : [];
    return { report: made.report, artifacts: made.artifacts, note, limit: leastTraffic(model), verification, reproducers };
  } finally {
    close();
    await host.close();
    await toolchain.close();
  }
}

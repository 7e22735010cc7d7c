import { DynoError, UserError } from '../../models/contracts/errors.ts';
import { parseTarget } from '../../models/contracts/selectors.ts';
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
  writeReproducer,
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
  /** Folder for a one-node model that shows a wrong result. */
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
  readonly reproducer: string | null;
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
    const verification = job.verify && made.report.htpGraphs > 0 ? await verifyOnHtp({ modelPath: job.path, emulator, host, static: shapes, signal: job.signal }) : null;
    const about = { chip: soc.chip, qairt: made.report.build, packages: made.report.packages, options: made.report.options };
    const reproducer = verification?.reproducer ? job.reproducer : null;
    if (verification?.reproducer && reproducer !== null) await writeReproducer(verification.reproducer, reproducer, about);
    return { report: made.report, artifacts: made.artifacts, note, limit: leastTraffic(model), verification, reproducer };
  } finally {
    close();
    await host.close();
    await toolchain.close();
  }
}

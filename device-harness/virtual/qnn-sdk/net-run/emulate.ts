import { htpExecutor, type HtpToolchain, isOneGraph, openHtpToolchain, savedContext } from '../../../../converters/htp/index.ts';
import type { HtpSoc } from '../../../../converters/rules/htp-socs.ts';
import { cacheFolder } from '../../../../converters/toolchain/index.ts';
import { ExternalError } from '../../../../models/contracts/errors.ts';
import type { NamedArrays } from '../../../../models/contracts/executor.ts';
import { ToolFailure } from '../tools/documented-tool.ts';

const LIMIT_MS = 1_800_000;

/** Runs a saved context in Qualcomm's emulator of a chip. Throws ToolFailure where it does not run, and where the emulator is not installed. */
export function runContext(modelPath: string, feeds: readonly NamedArrays[], soc: HtpSoc, environment: NodeJS.ProcessEnv): Promise<NamedArrays[]> {
  return withToolchain(environment, (toolchain) => htpExecutor(toolchain, soc).run(modelPath, feeds, { timeoutMs: LIMIT_MS }));
}

/**
 * Compiles a model for a chip, as a phone prepares a graph, and runs it in the emulator. Conversions at its face stay outside, as with the real
 * provider. Throws ToolFailure in QNN's words for a model that is not one graph.
 */
export function prepareAndRun(modelPath: string, feeds: readonly NamedArrays[], soc: HtpSoc, environment: NodeJS.ProcessEnv): Promise<NamedArrays[]> {
  return withToolchain(environment, async (toolchain) => {
    const shapes = new Map([...(feeds[0] ?? [])].map(([name, { dims }]) => [name, dims] as const));
    const { report, context } = await savedContext(toolchain, { modelPath, soc, static: shapes }, cacheFolder(environment));
    if (report.failure) throw new ToolFailure(`${report.failure.message}\nGraph Finalize failure`);
    const refused = report.nodes.find(({ unit }) => unit === 'cpu');
    if (!context || !isOneGraph(report)) throw new ToolFailure(`QnnBackend_validateOpConfig failed 3110\nFailed to validate op ${refused?.label ?? '?'} with error 0xc26\nGraph Prepare failure`);
    return htpExecutor(toolchain, soc).run(context.modelPath, feeds, { timeoutMs: LIMIT_MS });
  });
}

/** Libraries on the phone are of stand-ins: Qualcomm's own must not find them. */
async function withToolchain<T>({ LD_LIBRARY_PATH: _libraries, ADSP_LIBRARY_PATH: _skels, ...environment }: NodeJS.ProcessEnv, work: (toolchain: HtpToolchain) => Promise<T>): Promise<T> {
  const toolchain = openHtpToolchain(environment);
  if (toolchain instanceof Error) throw new ToolFailure(`${toolchain.message} ${toolchain.nextSteps.join(' ')}\nDevice Creation failure`);
  try {
    return await work(toolchain);
  } catch (error) {
    if (error instanceof ExternalError) throw new ToolFailure(`${error.message}\nGraph Execute failure`);
    throw error;
  } finally {
    await toolchain.close();
  }
}

import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { type Executor, ExternalError, type NamedArrays, type RunOptions, UserError } from '../../models/contracts/index.ts';
import { bindInputShapes, macsOf, Model, type StaticShapes, staticShape } from '../../models/graph/index.ts';
import { readModel } from '../../models/onnx/index.ts';
import type { HtpSoc } from '../rules/index.ts';
import { htpExecutor } from './emulator.ts';
import type { HtpOptions } from './provider-options.ts';
import { type SavedContext, savedContext } from './saved-context.ts';
import { emulationLimitMs } from './time-limit.ts';
import type { HtpToolchain } from './toolchain.ts';

export interface ContextExecutorOptions {
  readonly compiler?: HtpOptions;
  /** Processes that run feeds side by side; two, or one where there is one core. */
  readonly processes?: number;
  /** Folder of saved contexts; the cache unless told. */
  readonly cache?: string;
}

/** An emulator that says which versions its outputs depend on, once it compiled something. */
export interface ContextExecutor extends Executor {
  readonly tools: Readonly<Record<string, string>>;
}

/** Feeds that one process runs before the next takes its place: loading costs about as much as one small tile. */
const FEEDS_A_PROCESS = 8;

/**
 * The emulator running what would be shipped: a model is compiled once, its context binary saved by content, and every run loads that binary in
 * fresh processes, several side by side. Sizes that the model leaves open are those of the feeds, which are all alike. Values inside of the
 * graph are not to be had from a context: `fetch` is refused. Outputs are `emulated`; throws as `htpExecutor` does.
 */
export function contextExecutor(toolchain: HtpToolchain, soc: HtpSoc, options: ContextExecutorOptions = {}): ContextExecutor {
  const emulator = htpExecutor(toolchain, soc, options.compiler);
  const processes = options.processes ?? Math.min(2, availableParallelism());
  const prepared = new Map<string, Promise<Prepared>>();
  const prepare = (modelPath: string, feed: NamedArrays, signal: AbortSignal | undefined): Promise<Prepared> => {
    const key = JSON.stringify([modelPath, [...feed].map(([name, { dims }]) => [name, dims])]);
    const known = prepared.get(key) ?? saved(toolchain, soc, options, modelPath, feed, signal);
    prepared.set(key, known);
    known.catch(() => prepared.delete(key));
    return known;
  };
  let build: string | null = null;
  return {
    id: emulator.id,
    get tools() {
      return { ...toolchain.packages, ...(build === null ? {} : { qairt: build }) };
    },
    run: async (modelPath, feeds, runOptions = {}) => {
      if (runOptions.fetch?.length) throw new UserError('A saved context gives its outputs only.', ['Run the model itself in the emulator.']);
      const [first] = feeds;
      if (!first) return [];
      const { context, macs, qairt } = await prepare(modelPath, first, runOptions.signal);
      build = qairt;
      return inProcesses(feeds, processes, runOptions, (part) =>
        emulator.run(context.modelPath, part, { timeoutMs: emulationLimitMs(0, macs, part.length), ...runOptions }));
    },
    close: () => emulator.close(),
  };
}

interface Prepared {
  readonly context: SavedContext;
  readonly macs: number;
  readonly qairt: string | null;
}

async function saved(
  toolchain: HtpToolchain, soc: HtpSoc, { compiler, cache }: ContextExecutorOptions, modelPath: string, feed: NamedArrays, signal: AbortSignal | undefined,
): Promise<Prepared> {
  const { open, macs } = sized(modelPath, feed);
  const request = { modelPath, soc, static: open, ...(compiler ? { options: compiler } : {}), ...(signal ? { signal } : {}) };
  const { report, context } = await savedContext(toolchain, request, cache);
  if (context) return { context, macs, qairt: report.build };
  if (report.failure) throw new ExternalError(`${basename(modelPath)} does not compile for ${soc.chip}: ${report.failure.message}`, 'onnxruntime-qnn', report.failure.name, report.failure.advice);
  throw new UserError(`HTP takes no node of ${basename(modelPath)}: there is nothing to emulate.`, ['dyno check says why: dyno check MODEL --target htp:CHIP']);
}

/** Sizes that the file leaves open, as the feed has them, and the work of one inference. */
function sized(modelPath: string, feed: NamedArrays): { open: StaticShapes; macs: number } {
  const onnx = readModel(modelPath);
  try {
    const model = new Model(onnx.proto);
    const inputs = model.graph.inputs.filter(({ initializer, type }) => !initializer && !staticShape(type));
    const open = new Map(inputs.flatMap(({ name }) => (feed.has(name) ? [[name, (feed.get(name) as { dims: readonly number[] }).dims] as const] : [])));
    bindInputShapes(model, open);
    return { open, macs: [...model.graph.nodes()].reduce((sum, node) => sum + (macsOf(node) ?? 0), 0) };
  } finally {
    onnx.close();
  }
}

/** Feeds in parts, at most `processes` parts at work at a time; outputs in the order of the feeds. The first failure ends it. */
async function inProcesses(
  feeds: readonly NamedArrays[], processes: number, { onFeeds }: RunOptions, run: (part: readonly NamedArrays[]) => Promise<NamedArrays[]>,
): Promise<NamedArrays[]> {
  const size = Math.max(1, Math.min(FEEDS_A_PROCESS, Math.ceil(feeds.length / processes)));
  const parts = Array.from({ length: Math.ceil(feeds.length / size) }, (_, i) => feeds.slice(i * size, (i + 1) * size));
  const results: NamedArrays[][] = [];
  let [next, done] = [0, 0];
  const lane = async (): Promise<void> => {
    while (next < parts.length) {
      const place = next++;
      const part = parts[place] as readonly NamedArrays[];
      results[place] = await run(part).catch((error: unknown) => {
        next = parts.length;
        throw error;
      });
      done += part.length;
      onFeeds?.(done);
    }
  };
  await Promise.all(Array.from({ length: Math.min(processes, parts.length) }, lane));
  return results.flat();
}

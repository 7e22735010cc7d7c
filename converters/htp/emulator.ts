import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type Executor, ExternalError, type NamedArrays, type RunOptions, UserError } from '../../models/contracts/index.ts';
import { readNpy, writeNpy } from '../../models/run/index.ts';
import type { HtpSoc } from '../rules/index.ts';
import { adviceFor } from './failure.ts';
import { type Assignment, isHtp } from './map-nodes.ts';
import { type PreparedModel, prepareModel } from './prepare-model.ts';
import { type HtpOptions, providerOptions } from './provider-options.ts';
import { emulationLimitMs } from './time-limit.ts';
import type { HtpToolchain } from './toolchain.ts';

interface Ran {
  readonly assignment: readonly Assignment[];
  readonly results: readonly Readonly<Record<string, string>>[];
}

/**
 * Qualcomm's emulator of the chip's arithmetic as an executor: outputs are `emulated`. A `…_ctx.onnx` beside its saved context binary runs as
 * it was saved. How long it takes says nothing about a phone. Nodes that HTP refuses run on the CPU, as they would on the phone.
 * `run` throws ExternalError when the model fails to compile or run, or when nothing at all was taken by HTP.
 */
export function htpExecutor(toolchain: HtpToolchain, soc: HtpSoc, options: HtpOptions = {}): Executor {
  const provider = providerOptions(soc, options);
  const id = `emulator:${soc.chip}`;
  return {
    id,
    run: async (modelPath, feeds, runOptions = {}) => {
      const folder = await mkdtemp(join(tmpdir(), 'dyno-emulate-'));
      let prepared: PreparedModel | null = null;
      try {
        prepared = isContext(modelPath) ? null : await prepareModel(modelPath, { fetch: runOptions.fetch ?? [] });
        const args = { model: prepared?.path ?? modelPath, provider, feeds: await writeFeeds(feeds, folder), outputs: folder };
        const timeoutMs = runOptions.timeoutMs ?? emulationLimitMs(prepared?.names.length ?? 1000, prepared?.macs ?? 1e9, feeds.length);
        const { value } = await toolchain.worker.run<Ran>('htp.run', args, { what: `run of ${basename(modelPath)} on ${id}`, timeoutMs, ...signalOf(runOptions) });
        assertTaken(value, modelPath);
        return value.results.map(readOutputs);
      } catch (error) {
        throw explained(error);
      } finally {
        await prepared?.release();
        await rm(folder, { recursive: true, force: true });
      }
    },
    close: () => toolchain.close(),
  };
}

/** A model that holds a compiled graph is run as it is. */
function isContext(path: string): boolean {
  return path.endsWith('_ctx.onnx');
}

function signalOf({ signal }: RunOptions): { signal?: AbortSignal } {
  return signal ? { signal } : {};
}

async function writeFeeds(feeds: readonly NamedArrays[], folder: string): Promise<Record<string, string>[]> {
  const inputs = join(folder, 'in');
  await mkdir(inputs);
  return feeds.map((feed, number) => Object.fromEntries([...feed].map(([name, array], index) => {
    const path = join(inputs, `${number}-${index}.npy`);
    writeNpy(path, array);
    return [name, path];
  })));
}

function readOutputs(files: Readonly<Record<string, string>>): NamedArrays {
  return new Map(Object.entries(files).map(([name, path]) => [name, readNpy(path)]));
}

/** ONNX Runtime runs everything on the CPU where the provider did not start: that would be no emulation. */
function assertTaken({ assignment }: Ran, modelPath: string): void {
  if (assignment.some(({ provider, nodes }) => isHtp(provider) && nodes.length > 0)) return;
  throw new UserError(`HTP takes no node of ${basename(modelPath)}: there is nothing to emulate.`, ['dyno check says why: dyno check MODEL --target htp:CHIP']);
}

function explained(error: unknown): unknown {
  if (!(error instanceof ExternalError)) return error;
  const advice = adviceFor(`${error.message}\n${error.output}`);
  return advice.length === 0 ? error : new ExternalError(error.message, error.command, error.output, advice, { cause: error });
}

import { DynoError, UserError } from '../../models/contracts/errors.ts';
import type { Executor } from '../../models/contracts/executor.ts';
import { formatSelector, parseDevice } from '../../models/contracts/selectors.ts';
import { createHostExecutor } from '../../models/run/host-executor.ts';
import { type ContextExecutor, contextExecutor, htpExecutor, type HtpToolchain, openHtpToolchain } from '../../converters/htp/index.ts';
import { openOpenVino, openVinoDeviceId, openVinoExecutor, type OpenVinoToolchain } from '../../converters/openvino/index.ts';
import { resolveSoc } from '../../converters/rules/resolve-target.ts';

/** One emulated chip: its saved contexts, and the model itself where values inside of it are wanted. */
export interface Emulator {
  readonly contexts: ContextExecutor;
  readonly whole: Executor;
}

/** Another runtime on this machine. */
export interface OtherRuntime {
  readonly executor: Executor;
  /** Versions that its values hold for. */
  readonly tools: Readonly<Record<string, string>>;
}

export interface QualityExecutors {
  /** ONNX Runtime, in any case: it is what emulators are compared with. */
  readonly host: Executor;
  /** Whether the host itself was asked for. */
  readonly withHost: boolean;
  readonly emulators: readonly Emulator[];
  readonly runtimes: readonly OtherRuntime[];
  /** How chips were chosen where a selector left them open. */
  readonly notes: readonly string[];
  /** Why an emulator or a runtime that was asked for is not there; null where all are. */
  readonly missing: DynoError | null;
  close(): Promise<void>;
}

/**
 * Opens what computes outputs: `host`, `emulator:CHIP` by part name, marketing name or Hexagon version, `openvino[:DEVICE]`. Throws UserError for
 * selectors of another kind and for chips without HTP; where the emulator or OpenVINO is not installed that is only said.
 */
export function openQualityExecutors(on: readonly string[], env: NodeJS.ProcessEnv): QualityExecutors {
  const { withHost, chosen, openvino } = checkExecutors(on);
  const socs = [...new Map(chosen.map(({ soc }) => [soc.chip, soc])).values()];
  const toolchain: HtpToolchain | DynoError | null = socs.length > 0 ? openHtpToolchain(env) : null;
  const usable = toolchain instanceof DynoError ? null : toolchain;
  const found: OpenVinoToolchain | DynoError | null = openvino.length > 0 ? openOpenVino(env) : null;
  const runtime = found instanceof DynoError ? null : found;
  const host = createHostExecutor();
  return {
    host,
    withHost,
    emulators: usable ? socs.map((soc) => ({ contexts: contextExecutor(usable, soc), whole: htpExecutor(usable, soc) })) : [],
    runtimes: runtime ? openvino.map((device) => ({ executor: openVinoExecutor(runtime, device), tools: { openvino: runtime.version } })) : [],
    notes: chosen.flatMap(({ note }) => note ?? []),
    missing: [toolchain, found].find((one) => one instanceof DynoError) ?? null,
    close: async () => {
      await host.close();
      await usable?.close();
      await runtime?.close();
    },
  };
}

/** The executor that a selector stands for, as records name it: `emulator:v73` is a chip, `openvino` its CPU. */
export function executorId(text: string): string {
  const { kind, id } = parseDevice(text);
  if (kind === 'emulator') return `emulator:${resolveSoc(id).soc.chip}`;
  return kind === 'openvino' ? `openvino:${openVinoDeviceId(id)}` : text;
}

/** Reads the selectors. Throws UserError as `openQualityExecutors` does. */
export function checkExecutors(on: readonly string[]): { withHost: boolean; chosen: ReturnType<typeof resolveSoc>[]; openvino: readonly string[] } {
  const selectors = on.map(parseDevice);
  const foreign = selectors.find(({ kind }) => kind !== 'host' && kind !== 'emulator' && kind !== 'openvino');
  if (foreign) throw new UserError(`This dyno cannot compute quality on ${formatSelector(foreign)} yet.`, ['Use --on host, emulator:SM8550 or openvino, or several with commas between.']);
  return {
    withHost: selectors.some(({ kind }) => kind === 'host'),
    chosen: selectors.flatMap(({ kind, id }) => (kind === 'emulator' ? [resolveSoc(id)] : [])),
    openvino: [...new Set(selectors.flatMap(({ kind, id }) => (kind === 'openvino' ? [openVinoDeviceId(id)] : [])))],
  };
}

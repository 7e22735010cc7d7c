import { DynoError, UserError } from '../../models/contracts/errors.ts';
import type { Executor } from '../../models/contracts/executor.ts';
import { formatSelector, parseDevice } from '../../models/contracts/selectors.ts';
import { createHostExecutor } from '../../models/run/host-executor.ts';
import { type ContextExecutor, contextExecutor, htpExecutor, type HtpToolchain, openHtpToolchain } from '../../converters/htp/index.ts';
import { resolveSoc } from '../../converters/rules/resolve-target.ts';

/** One emulated chip: its saved contexts, and the model itself where values inside of it are wanted. */
export interface Emulator {
  readonly contexts: ContextExecutor;
  readonly whole: Executor;
}

export interface QualityExecutors {
  /** ONNX Runtime, in any case: it is what emulators are compared with. */
  readonly host: Executor;
  /** Whether the host itself was asked for. */
  readonly withHost: boolean;
  readonly emulators: readonly Emulator[];
  /** How chips were chosen where a selector left them open. */
  readonly notes: readonly string[];
  /** Why emulators that were asked for are not there; null where all are. */
  readonly missing: DynoError | null;
  close(): Promise<void>;
}

/**
 * Opens what computes outputs: `host`, `emulator:CHIP` by part name, marketing name or Hexagon version. Throws UserError for selectors of
 * another kind and for chips without HTP; where the emulator is not installed that is only said.
 */
export function openQualityExecutors(on: readonly string[], env: NodeJS.ProcessEnv): QualityExecutors {
  const { withHost, chosen } = checkExecutors(on);
  const socs = [...new Map(chosen.map(({ soc }) => [soc.chip, soc])).values()];
  const toolchain: HtpToolchain | DynoError | null = socs.length > 0 ? openHtpToolchain(env) : null;
  const usable = toolchain instanceof DynoError ? null : toolchain;
  const host = createHostExecutor();
  return {
    host,
    withHost,
    emulators: usable ? socs.map((soc) => ({ contexts: contextExecutor(usable, soc), whole: htpExecutor(usable, soc) })) : [],
    notes: chosen.flatMap(({ note }) => note ?? []),
    missing: toolchain instanceof DynoError ? toolchain : null,
    close: async () => {
      await host.close();
      await usable?.close();
    },
  };
}

/** Reads the selectors. Throws UserError as `openQualityExecutors` does. */
export function checkExecutors(on: readonly string[]): { withHost: boolean; chosen: ReturnType<typeof resolveSoc>[] } {
  const selectors = on.map(parseDevice);
  const foreign = selectors.find(({ kind }) => kind !== 'host' && kind !== 'emulator');
  if (foreign) throw new UserError(`This dyno cannot compute quality on ${formatSelector(foreign)} yet.`, ['Use --on host or --on emulator:SM8550, or both with a comma between.']);
  return {
    withHost: selectors.some(({ kind }) => kind === 'host'),
    chosen: selectors.flatMap(({ kind, id }) => (kind === 'emulator' ? [resolveSoc(id)] : [])),
  };
}

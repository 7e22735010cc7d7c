import { readFileSync } from 'node:fs';
import { UserError } from '../../models/contracts/errors.ts';
import { contextExecutor, openHtpToolchain } from '../../converters/htp/index.ts';
import { resolveSoc } from '../../converters/rules/resolve-target.ts';
import { createHostExecutor, type HostSession } from '../../models/run/host-executor.ts';
import type { Lane } from '../../reports/photo/run-tiles.ts';

/** Processes that run a model on tiles. */
export interface Lanes {
  readonly lanes: readonly Lane[];
  /** Milliseconds until the model could be run, process included. */
  readonly loadMs: number;
  /** What a reader should know of them; null where there is nothing. */
  readonly note: string | null;
  /** Peak memory of all of them; null where the system does not tell. */
  peakBytes(): number | null;
  close(): Promise<void>;
}

export interface LaneRequest {
  readonly path: string;
  readonly batch: number;
  readonly signal: AbortSignal;
}

/** ONNX Runtime in `jobs` processes of as many threads each. */
export async function openHostLanes({ path, batch, jobs, threads, signal }: LaneRequest & { readonly jobs: number; readonly threads: number }): Promise<Lanes> {
  const executors = Array.from({ length: jobs }, () => createHostExecutor({ threads }));
  const close = async (): Promise<void> => {
    await Promise.all(executors.map((executor) => executor.close()));
  };
  try {
    const started = performance.now();
    const sessions = await Promise.all(executors.map((executor) => executor.open(path, { optimization: 'all', signal })));
    const loadMs = performance.now() - started;
    return { lanes: sessions.map((session) => hostLane(session, batch, signal)), loadMs, note: null, peakBytes: () => sumOf(executors.map(({ pid }) => peakOf(pid))), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A model loaded in a process of ONNX Runtime. */
export function hostLane(session: HostSession, batch: number, signal: AbortSignal): Lane {
  return { atOnce: batch, run: (feeds) => Promise.all(feeds.map((feed) => session.run(feed, { signal }))) };
}

/** Tiles that an emulator is given at once: it shares them among its processes. */
const EMULATED_AT_ONCE = 16;

/** An emulated chip, from a saved context. Throws where it is not installed. What it takes is the emulation's time and no chip's. */
export function openEmulatorLanes({ path, batch, signal }: LaneRequest, chip: string, env: NodeJS.ProcessEnv): Lanes {
  const { soc, note } = resolveSoc(chip);
  const toolchain = openHtpToolchain(env);
  if (toolchain instanceof UserError) throw toolchain;
  const executor = contextExecutor(toolchain, soc);
  const close = async (): Promise<void> => {
    await executor.close();
    await toolchain.close();
  };
  return { note, loadMs: 0, lanes: [{ atOnce: EMULATED_AT_ONCE * batch, run: (feeds) => executor.run(path, feeds, { signal }) }], peakBytes: () => null, close };
}

/** High-water mark of a process's memory, as Linux keeps it; null where there is none. */
export function peakOf(pid: number | null): number | null {
  if (pid === null) return null;
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  } catch {
    return null;
  }
}

function sumOf(parts: readonly (number | null)[]): number | null {
  return parts.reduce<number | null>((sum, part) => (sum === null || part === null ? null : sum + part), 0);
}

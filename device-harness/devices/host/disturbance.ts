import type { Readiness } from '../device.ts';
import { idleLoad } from './idle-load.ts';
import { formatThermal, type HostThermal, readThermal } from './thermal.ts';

/** Share of the machine that others may use, 0…1, before a block counts as disturbed. */
export const FOREIGN_LOAD_LIMIT = 0.15;

const LOOK_MS = 150;

/** Whether this machine is quiet enough for a block. */
export async function hostReadiness(limit: number, signal?: AbortSignal): Promise<Readiness> {
  const load = await idleLoad(LOOK_MS, signal);
  const busy = load !== null && load > limit;
  return { ready: !busy, thermal: formatThermal(readThermal()), reason: busy ? `other processes use ${percent(load)} of the CPU` : null };
}

/** What disturbed a block on this machine, in words; null where nothing did. `foreignLoad` is null where the system does not tell. */
export function hostDisturbance(foreignLoad: number | null, limit: number, before: HostThermal, after: HostThermal): string | null {
  const found = [
    foreignLoad !== null && foreignLoad > limit ? `other processes used ${percent(foreignLoad)} of the CPU` : null,
    (after.throttled ?? 0) > (before.throttled ?? 0) ? 'the processor throttled' : null,
  ].filter((text) => text !== null);
  return found.length > 0 ? found.join('; ') : null;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { loadFolder } from './load-mark.ts';
import type { PhoneState } from './phone-state.ts';

/** Degrees Celsius of a phone at rest, by sensor. */
export const AT_REST: PhoneState['temperatures'] = { CPU: 34, GPU: 33, battery: 29, skin: 31, NPU: 33 };

/** How much of the NPU's warming reaches each sensor. */
const WARMING: Readonly<Record<string, number>> = { NPU: 1, CPU: 0.6, GPU: 0.4, skin: 0.35, battery: 0.15 };

/** Skin temperatures from which Android's thermal status is 1, 2, … */
const STATUS_FROM = [41, 44, 47, 50, 53, 56] as const;

/** Temperatures and thermal status after so many seconds with this share of load; the same state where the phone has no heat of its own. */
export function warmed(state: PhoneState, seconds: number, load: number): PhoneState {
  if (!state.heat || seconds <= 0) return state;
  const { perSecond, cooling } = state.heat;
  const kept = Math.exp(-cooling * seconds);
  const temperatures = Object.fromEntries(Object.entries(state.temperatures).map(([name, celsius]) => {
    const rest = AT_REST[name] ?? celsius;
    const gained = load * perSecond * (WARMING[name] ?? 0) * seconds;
    return [name, Math.round((rest + (celsius - rest) * kept + gained) * 100) / 100];
  }));
  const skin = temperatures['skin'] ?? 0;
  return { ...state, temperatures, thermalStatus: STATUS_FROM.filter((from) => skin >= from).length, battery: { ...state.battery, celsius: temperatures['battery'] ?? state.battery.celsius } };
}

/** Programs that keep the phone busy now; marks of those that were killed are taken away. */
export function programsAtWork(folder: string): number {
  return names(loadFolder(folder)).filter((pid) => {
    if (isAlive(Number(pid))) return true;
    rmSync(join(loadFolder(folder), pid), { force: true });
    return false;
  }).length;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface HostThermal {
  /** Hottest processor sensor in °C. */
  readonly celsius: number | null;
  /** How often the processor has throttled since boot. */
  readonly throttled: number | null;
  /** Mean of the cores' present clocks in MHz. */
  readonly megahertz: number | null;
}

/** What Linux says under `/sys` about heat and clocks; nulls where it does not, and on other systems. `root` is for tests. */
export function readThermal(root = '/sys'): HostThermal {
  return { celsius: hottest(root), throttled: throttleCount(root), megahertz: meanClock(root) };
}

/** `61 °C, 2900 MHz`; null where nothing is known. */
export function formatThermal({ celsius, megahertz, throttled }: HostThermal): string | null {
  const parts = [
    celsius === null ? null : `${Math.round(celsius)} °C`,
    megahertz === null ? null : `${Math.round(megahertz)} MHz`,
    throttled ? `${throttled} throttlings since boot` : null,
  ].filter((part) => part !== null);
  return parts.length ? parts.join(', ') : null;
}

function hottest(root: string): number | null {
  const zones = entries(join(root, 'class/thermal'), /^thermal_zone\d+$/);
  const cpu = zones.filter((zone) => /x86_pkg_temp|cpu|soc|coretemp/i.test(readText(join(zone, 'type')) ?? ''));
  return maximum(cpu.map((zone) => readNumber(join(zone, 'temp'))), 1000);
}

function throttleCount(root: string): number | null {
  const cores = entries(join(root, 'devices/system/cpu'), /^cpu\d+$/);
  return maximum(cores.map((core) => readNumber(join(core, 'thermal_throttle/package_throttle_count'))), 1);
}

function meanClock(root: string): number | null {
  const clocks = entries(join(root, 'devices/system/cpu'), /^cpu\d+$/)
    .map((core) => readNumber(join(core, 'cpufreq/scaling_cur_freq')))
    .filter((clock) => clock !== null);
  return clocks.length ? clocks.reduce((a, b) => a + b, 0) / clocks.length / 1000 : null;
}

function maximum(values: readonly (number | null)[], per: number): number | null {
  const known = values.filter((value) => value !== null);
  return known.length ? Math.max(...known) / per : null;
}

function entries(folder: string, name: RegExp): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((entry) => name.test(entry)).map((entry) => join(folder, entry));
}

function readNumber(file: string): number | null {
  const text = readText(file);
  const value = Number(text);
  return text === null || text === '' || !Number.isFinite(value) ? null : value;
}

/** A sensor may exist and still refuse to be read. */
function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return null;
  }
}

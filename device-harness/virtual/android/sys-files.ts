import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { PhoneState } from './phone-state.ts';
import { replaceFile } from './replace-file.ts';

/** Numbers that the kernel has for chips, beside those of QNN (`/sys/devices/soc0/soc_id`). */
const KERNEL_IDS: Readonly<Record<string, number>> = { SM8350: 415, SM8450: 457, SM8475: 530, SM8550: 519, SM8650: 557, SM8750: 618, SM8845: 685, SM8850: 660 };

/** Clusters of cores with the clocks that they have, kHz. */
const CLUSTERS = [
  { first: 0, cores: [0, 1, 2, 3], clocks: [364_800, 1_017_600, 1_766_400, 2_265_600] },
  { first: 4, cores: [4, 5, 6, 7], clocks: [499_200, 1_555_200, 2_649_600, 3_302_400] },
] as const;

/** Zone types by the sensor that they follow; temperatures there are in thousandths of a degree. */
const ZONES = [['cpu-0-0-0', 'CPU'], ['gpuss-0', 'GPU'], ['nsphvx-0', 'NPU'], ['nsphmx-0', 'NPU'], ['battery', 'battery'], ['skin-msm-therm', 'skin']] as const;

/** Milliseconds at each clock, by cluster: what `time_in_state` counts, in tens. */
export type ClockTimes = readonly (readonly number[])[];

export function noClockTimes(): ClockTimes {
  return CLUSTERS.map(({ clocks }) => clocks.map(() => 0));
}

/** Time that went by at rest, at the lowest clock, or under load, at the highest. */
export function clocked(times: ClockTimes, milliseconds: number, load: number): ClockTimes {
  return times.map((cluster) => cluster.map((spent, i) => spent + (i === clockIndex(cluster.length, load) ? milliseconds : 0)));
}

/** Files below `/sys` that do not change. */
export function writeFixedFiles(root: string, chip: string): void {
  const put = writer(root);
  put('sys/devices/soc0/soc_id', String(KERNEL_IDS[/^[A-Z]+\d+/.exec(chip)?.[0] ?? ''] ?? 0));
  put('sys/devices/soc0/machine', chip);
  for (const { first, cores, clocks } of CLUSTERS) {
    const policy = `sys/devices/system/cpu/cpufreq/policy${first}`;
    put(`${policy}/scaling_governor`, 'walt');
    put(`${policy}/scaling_min_freq`, String(clocks[0]));
    put(`${policy}/scaling_max_freq`, String(clocks.at(-1)));
    put(`${policy}/scaling_available_governors`, 'walt conservative powersave performance schedutil');
    for (const core of cores) {
      const link = join(root, `sys/devices/system/cpu/cpu${core}/cpufreq`);
      mkdirSync(dirname(link), { recursive: true });
      if (!existsSync(link)) symlinkSync(`../cpufreq/policy${first}`, link);
    }
  }
  for (const [i, [type]] of ZONES.entries()) put(`sys/class/thermal/thermal_zone${i}/type`, type);
}

/** Files below `/sys` that follow the phone's state: zones, clocks, current and voltage of the battery. */
export function writeChangingFiles(root: string, { temperatures, battery }: PhoneState, times: ClockTimes, load: number): void {
  const put = writer(root);
  for (const [i, [, sensor]] of ZONES.entries()) put(`sys/class/thermal/thermal_zone${i}/temp`, String(Math.round((temperatures[sensor] ?? 0) * 1000)));
  for (const [i, { first, clocks }] of CLUSTERS.entries()) {
    const policy = `sys/devices/system/cpu/cpufreq/policy${first}`;
    put(`${policy}/scaling_cur_freq`, String(clocks[clockIndex(clocks.length, load)]));
    put(`${policy}/stats/time_in_state`, clocks.map((clock, k) => `${clock} ${Math.round((times[i]?.[k] ?? 0) / 10)}`).join('\n'));
  }
  const supply = 'sys/class/power_supply/battery';
  put(`${supply}/current_now`, String(currentMicroamperes(battery.plugged, load)));
  put(`${supply}/voltage_now`, String(Math.round(3_700_000 + 5000 * battery.level - 45_000 * load)));
  put(`${supply}/capacity`, String(battery.level));
  put(`${supply}/temp`, String(Math.round(battery.celsius * 10)));
  put(`${supply}/status`, battery.plugged ? 'Charging' : 'Discharging');
}

const RESTING_UA = 210_000;
const WORKING_UA = 1_450_000;
const CHARGING_UA = 900_000;

/** Current into the battery, as Android counts it: negative while it is drained. Noise of one percent, as a gauge has. */
function currentMicroamperes(plugged: boolean, load: number): number {
  const drained = RESTING_UA + load * WORKING_UA;
  const noise = 1 + 0.01 * Math.sin(performance.now());
  return Math.round(((plugged ? CHARGING_UA : 0) - drained) * noise);
}

function clockIndex(count: number, load: number): number {
  return load > 0 ? count - 1 : 0;
}

function writer(root: string): (path: string, text: string) => void {
  return (path, text) => {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    replaceFile(file, `${text}\n`);
  };
}

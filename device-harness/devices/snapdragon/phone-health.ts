import type { PhoneLink } from './phone-link.ts';

/** How warm and how charged a phone is. Null where it does not tell: never the same as fine. */
export interface PhoneHealth {
  /** Android's thermal status, 0 (none) to 6 (shutdown). */
  readonly thermalStatus: number | null;
  /** Degrees Celsius by sensor, as the hardware layer has them now. */
  readonly temperatures: Readonly<Record<string, number>>;
  readonly batteryLevel: number | null;
  readonly batteryCelsius: number | null;
  readonly plugged: boolean | null;
  readonly screenOn: boolean | null;
  /** Clock policies of the CPU's cores, e.g. `walt`. */
  readonly governor: string | null;
}

const MARK = '==dyno==';

/** One command, three services and the clock policies. */
export const HEALTH_COMMAND = ['dumpsys thermalservice', 'dumpsys battery', "dumpsys power | grep -E 'mWakefulness=|Display Power: state='", 'cat /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor 2>/dev/null | sort -u'].join(`; echo ${MARK}; `);

export async function readPhoneHealth(link: PhoneLink, signal?: AbortSignal): Promise<PhoneHealth> {
  const { output } = await link.shell(HEALTH_COMMAND, signal ? { signal } : {});
  return healthOf(output);
}

/** Reads what the command prints. */
export function healthOf(output: string): PhoneHealth {
  const [thermal = '', battery = '', power = '', governors = ''] = output.split(MARK);
  return parseHealth(thermal, battery, power, governors);
}

/** Reads the texts of `dumpsys thermalservice`, `battery` and `power`, and the names of governors. Temperatures are those of the HAL block: the cached ones may be old. */
function parseHealth(thermal: string, battery: string, power: string, governors = ''): PhoneHealth {
  const hal = thermal.split(/Current temperatures from HAL:/)[1] ?? '';
  const temperatures = [...hal.matchAll(/Temperature\{mValue=(-?[\d.]+), mType=\d+, mName=([^,]+), mStatus=\d+\}/g)].map(([, value, name]) => [name as string, Number(value)] as const);
  const tenths = numberAfter(battery, /^\s*temperature: (-?\d+)/m);
  const powered = [...battery.matchAll(/^\s*(?:AC|USB|Wireless) powered: (true|false)/gm)].map(([, value]) => value === 'true');
  const awake = /mWakefulness=(\w+)/.exec(power)?.[1] ?? /Display Power: state=(\w+)/.exec(power)?.[1];
  return {
    thermalStatus: numberAfter(thermal, /Thermal Status: (\d+)/), temperatures: Object.fromEntries(temperatures), batteryLevel: numberAfter(battery, /^\s*level: (\d+)/m),
    batteryCelsius: tenths === null ? null : tenths / 10, plugged: powered.length === 0 ? null : powered.some(Boolean), screenOn: awake === undefined ? null : /^(?:Awake|ON)$/.test(awake),
    governor: governors.trim().split(/\s+/).join('+') || null,
  };
}

const LEAST_BATTERY = 20;
const WARMER_BY = 3;

/** Why a block would be disturbed now; null where nothing speaks against it. `start` is the state that the run began in. */
export function whyNotReady(now: PhoneHealth, start: PhoneHealth): string | null {
  if ((now.thermalStatus ?? 0) > 0) return `the phone is hot (thermal status ${now.thermalStatus})`;
  const [skin, before] = [now.temperatures['skin'], start.temperatures['skin']];
  if (skin !== undefined && before !== undefined && skin > before + WARMER_BY) return `its skin has ${skin} °C, ${(skin - before).toFixed(1)} more than at the start`;
  if (now.batteryLevel !== null && now.batteryLevel < LEAST_BATTERY && now.plugged !== true) return `its battery is at ${now.batteryLevel} %`;
  return null;
}

/** What changed so much between two looks at a phone that what was timed in between is disturbed; null where nothing did. */
export function disturbanceBetween(before: PhoneHealth, after: PhoneHealth): string | null {
  const changed = <K extends 'plugged' | 'screenOn' | 'governor'>(key: K): boolean => before[key] !== null && after[key] !== null && before[key] !== after[key];
  const reasons = [
    (after.thermalStatus ?? 0) > 0 || (after.thermalStatus ?? 0) !== (before.thermalStatus ?? 0) ? `thermal status ${before.thermalStatus ?? '?'} before and ${after.thermalStatus ?? '?'} after` : null,
    changed('plugged') ? `the charger was ${after.plugged ? 'plugged in' : 'pulled'}` : null,
    changed('screenOn') ? `the screen was switched ${after.screenOn ? 'on' : 'off'}` : null,
    changed('governor') ? `the clock policy changed from ${before.governor} to ${after.governor}` : null,
  ].filter((reason) => reason !== null);
  return reasons.length > 0 ? reasons.join('; ') : null;
}

/** For records: `status 0, skin 31.2 °C, battery 29 °C, charge 80 %`. */
export function healthText({ thermalStatus, temperatures, batteryCelsius, batteryLevel }: PhoneHealth): string | null {
  const parts = [
    thermalStatus === null ? null : `status ${thermalStatus}`,
    temperatures['skin'] === undefined ? null : `skin ${temperatures['skin']} °C`,
    batteryCelsius === null ? null : `battery ${batteryCelsius} °C`,
    batteryLevel === null ? null : `charge ${batteryLevel} %`,
  ].filter((part) => part !== null);
  return parts.length > 0 ? parts.join(', ') : null;
}

function numberAfter(text: string, pattern: RegExp): number | null {
  const found = pattern.exec(text)?.[1];
  return found === undefined ? null : Number(found);
}

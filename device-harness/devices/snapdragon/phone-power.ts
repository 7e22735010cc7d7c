import type { PhoneLink } from './phone-link.ts';

const BATTERY = '/sys/class/power_supply/battery';

/**
 * Watts that the battery gives now, from its fuel gauge; null where the phone does not let it be read. Drivers disagree about the sign of the current, and
 * some count in milliamperes: below 10,000 a value of a running phone can only be that.
 */
export async function readPower(link: PhoneLink, signal?: AbortSignal): Promise<number | null> {
  const { output } = await link.shell(`cat ${BATTERY}/current_now ${BATTERY}/voltage_now 2>/dev/null`, signal ? { signal } : {});
  return parsePower(output);
}

export function parsePower(text: string): number | null {
  const [current, voltage] = text.trim().split(/\s+/).map(Number);
  if (!Number.isFinite(current) || !Number.isFinite(voltage) || text.trim() === '') return null;
  const amperes = Math.abs(current as number) / (Math.abs(current as number) < 10_000 ? 1e3 : 1e6);
  const volts = (voltage as number) / ((voltage as number) < 100_000 ? 1e3 : 1e6);
  return amperes * volts;
}

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a phone is and how it is, as its commands report it. */
export interface PhoneState {
  /** `ro.soc.model`, `ro.product.model`, … */
  readonly properties: Readonly<Record<string, string>>;
  /** Android's thermal status, 0 (none) to 6 (shutdown). */
  readonly thermalStatus: number;
  /** Degrees Celsius by sensor name. */
  readonly temperatures: Readonly<Record<string, number>>;
  readonly battery: { readonly level: number; readonly celsius: number; readonly plugged: boolean };
  readonly screenOn: boolean;
  /** Bytes left on the data partition. */
  readonly freeBytes: number;
}

const SENSOR_TYPES: Readonly<Record<string, number>> = { CPU: 0, GPU: 1, battery: 2, skin: 3, NPU: 9 };

/** Writes a state where the phone's commands read it, in the words of the real ones. */
export function writeState(folder: string, state: PhoneState): void {
  for (const name of ['properties', 'dumpsys']) mkdirSync(join(folder, name), { recursive: true });
  for (const [name, value] of Object.entries(state.properties)) writeFileSync(join(folder, 'properties', name), `${value}\n`);
  writeFileSync(join(folder, 'dumpsys', 'thermalservice'), thermalText(state));
  writeFileSync(join(folder, 'dumpsys', 'battery'), batteryText(state));
  writeFileSync(join(folder, 'dumpsys', 'power'), `POWER MANAGER (dumpsys power)\n  mWakefulness=${state.screenOn ? 'Awake' : 'Asleep'}\nDisplay Power: state=${state.screenOn ? 'ON' : 'OFF'}\n`);
  writeFileSync(join(folder, 'free-kib'), `${Math.floor(state.freeBytes / 1024)}\n`);
  writeFileSync(join(folder, 'state.json'), JSON.stringify(state));
}

export function readState(folder: string): PhoneState {
  return JSON.parse(readFileSync(join(folder, 'state.json'), 'utf8')) as PhoneState;
}

function thermalText({ thermalStatus, temperatures }: PhoneState): string {
  const lines = Object.entries(temperatures).map(([name, celsius]) => `\tTemperature{mValue=${celsius}, mType=${SENSOR_TYPES[name] ?? 0}, mName=${name}, mStatus=${thermalStatus}}`);
  return [
    'IsStatusOverride: false', 'ThermalEventListeners:', '\tcallbacks: 1', `Thermal Status: ${thermalStatus}`, 'Cached temperatures:', ...lines, 'HAL Ready: true',
    'HAL connection:', '\tThermalHAL 2.0 connected: yes', 'Current temperatures from HAL:', ...lines, '',
  ].join('\n');
}

function batteryText({ battery: { level, celsius, plugged } }: PhoneState): string {
  return [
    'Current Battery Service state:', `  AC powered: false`, `  USB powered: ${plugged}`, '  Wireless powered: false', `  status: ${plugged ? 2 : 3}`, '  health: 2',
    '  present: true', `  level: ${level}`, '  scale: 100', `  voltage: 4100`, `  temperature: ${Math.round(celsius * 10)}`, '  technology: Li-ion', '',
  ].join('\n');
}

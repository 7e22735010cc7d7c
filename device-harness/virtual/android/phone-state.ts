import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { QnnBackend } from '../../../converters/qnn/artifact.ts';
import { replaceFile } from './replace-file.ts';

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
  readonly speed?: PhoneSpeed;
  readonly heat?: PhoneHeat;
  readonly link?: PhoneLinkState;
  readonly faults?: PhoneFaults;
}

/** How long inferences take; by their multiply-accumulates where nothing is scripted. */
interface PhoneSpeed {
  /** Microseconds of one inference by back end, in turn. */
  readonly scripted?: Readonly<Partial<Record<QnnBackend, readonly number[]>>>;
  /** Real seconds that a simulated second takes; 1 unless told, 0 for no waiting at all. */
  readonly scale?: number;
  /** Of the noise. */
  readonly seed?: number;
}

/** Warming up by work and cooling down at rest; a phone without it keeps the temperatures that it was told. */
interface PhoneHeat {
  /** Degrees that a second of load adds to the NPU; the other sensors follow with less. */
  readonly perSecond: number;
  /** Share of the difference to the temperatures of a phone at rest that is lost in a second. */
  readonly cooling: number;
}

interface PhoneLinkState {
  /** Bytes that the link carries in a second; as fast as it goes where null. */
  readonly bytesPerSecond?: number | null;
  /** Bytes that still arrive before the cable is pulled; counts down. */
  readonly bytesUntilUnplugged?: number | null;
}

/** What goes wrong on it. */
interface PhoneFaults {
  /** What qnn-net-run does instead of its work: prints success and writes nothing, ends by a signal, never ends, or says an error and ends. */
  readonly tool?: 'silent' | 'crash' | 'hang' | { readonly says: string; readonly code?: number };
  /** No program without a signature may run on the DSP. */
  readonly unsignedDomainRefused?: boolean;
  /** Bytes of outputs that a run can write before the disk is full. */
  readonly outputBytes?: number;
}

const SENSOR_TYPES: Readonly<Record<string, number>> = { CPU: 0, GPU: 1, battery: 2, skin: 3, NPU: 9 };

/** Writes a state where the phone's commands read it, in the words of the real ones. */
export function writeState(folder: string, state: PhoneState): void {
  for (const name of ['properties', 'dumpsys']) mkdirSync(join(folder, name), { recursive: true });
  for (const [name, value] of Object.entries(state.properties)) replaceFile(join(folder, 'properties', name), `${value}\n`);
  replaceFile(join(folder, 'dumpsys', 'thermalservice'), thermalText(state));
  replaceFile(join(folder, 'dumpsys', 'battery'), batteryText(state));
  replaceFile(join(folder, 'dumpsys', 'power'), `POWER MANAGER (dumpsys power)\n  mWakefulness=${state.screenOn ? 'Awake' : 'Asleep'}\nDisplay Power: state=${state.screenOn ? 'ON' : 'OFF'}\n`);
  replaceFile(join(folder, 'free-kib'), `${Math.floor(state.freeBytes / 1024)}\n`);
  replaceFile(join(folder, 'state.json'), JSON.stringify(state));
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

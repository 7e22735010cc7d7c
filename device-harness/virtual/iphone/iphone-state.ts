import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** How a virtual iphone is, and how its owner left it. */
export interface IphoneState {
  /** The code is asked for: services answer, apps do not start. */
  readonly locked: boolean;
  /** The owner pressed "Trust" on this computer. */
  readonly trusted: boolean;
  readonly developerMode: boolean;
  readonly lowPowerMode: boolean;
  /** ProcessInfo.ThermalState: 0 nominal, 1 fair, 2 serious, 3 critical. */
  readonly thermalState: 0 | 1 | 2 | 3;
  readonly battery: { readonly level: number; readonly charging: boolean };
  /** Bytes left for apps; what is written is taken from it. */
  readonly freeBytes: number;
  /** Whether WebDriverAgent runs; it does not where it was never signed for this phone. */
  readonly webDriverAgent: boolean;
  /** Version of the runner app; null where it is not installed. */
  readonly runner: string | null;
  /** What the stand-in runner is to do wrong. */
  readonly faults: RunnerFaults;
}

/** Faults of the stand-in runner, by the id of a model. */
interface RunnerFaults {
  /** Models that end the process when they are loaded. */
  readonly crashOn: readonly string[];
  /** Models that the Neural Engine's compiler refuses: they run on the CPU there, and take as long. */
  readonly refusedByAne: readonly string[];
  /** Models that throw an error when they are loaded. */
  readonly failOn: readonly string[];
  /** Becomes one thermal state hotter after so many measured parts, up to critical; null where it stays as it is. */
  readonly heatsUpAfter: number | null;
  /** Stops to work without ending. */
  readonly hangs: boolean;
}

export const HEALTHY: Omit<IphoneState, 'runner'> = {
  locked: false, trusted: true, developerMode: true, lowPowerMode: false, thermalState: 0, battery: { level: 80, charging: true }, freeBytes: 64e9, webDriverAgent: true,
  faults: { crashOn: [], refusedByAne: [], failOn: [], heatsUpAfter: null, hangs: false },
};

export function readState(folder: string): IphoneState {
  return JSON.parse(readFileSync(file(folder), 'utf8')) as IphoneState;
}

/** Replaces the state at once: the runner's process reads it too. */
export function writeState(folder: string, state: IphoneState): void {
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true });
  const temporary = `${file(folder)}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify(state));
  renameSync(temporary, file(folder));
}

export function changeState(folder: string, change: Partial<IphoneState>): void {
  writeState(folder, { ...readState(folder), ...change });
}

function file(folder: string): string {
  return join(folder, 'state.json');
}

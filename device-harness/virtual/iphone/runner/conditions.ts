import type { z } from 'zod';
import type { conditionsSchema } from '../../../runner/contract/results.ts';
import type { Thermal } from '../../../runner/index.ts';
import { changeState, type IphoneState, readState } from '../iphone-state.ts';

const STATES = ['nominal', 'fair', 'serious', 'critical'] as const;

export function thermalOf({ thermalState }: IphoneState): Exclude<Thermal, 'unknown'> {
  return STATES[thermalState];
}

/** Whether one state is hotter than another; an unknown one is as hot as can be. */
export function isHotter(a: Thermal, b: Thermal): boolean {
  return rank(a) > rank(b);
}

function rank(state: Thermal): number {
  return state === 'unknown' ? STATES.length : STATES.indexOf(state);
}

/** Watches the phone's state during one step. */
export class Conditions {
  readonly #phone: string;
  readonly #before: IphoneState;
  readonly #waited: { readonly cooled: boolean; readonly waitedMs: number };
  #worst: Thermal;
  #lowPower: boolean;

  constructor(phone: string, waited: { readonly cooled: boolean; readonly waitedMs: number }) {
    this.#phone = phone;
    this.#before = readState(phone);
    this.#waited = waited;
    this.#worst = thermalOf(this.#before);
    this.#lowPower = this.#before.lowPowerMode;
  }

  /** Looks at the phone; its thermal state. */
  look(): Thermal {
    const state = readState(this.#phone);
    const now = thermalOf(state);
    if (isHotter(now, this.#worst)) this.#worst = now;
    this.#lowPower ||= state.lowPowerMode;
    return now;
  }

  /** The phone becomes one state hotter, where it is told to after so many timed parts. */
  heat(timedParts: number): void {
    const state = readState(this.#phone);
    const { heatsUpAfter } = state.faults;
    if (heatsUpAfter === null || timedParts % heatsUpAfter !== 0 || state.thermalState === 3) return;
    changeState(this.#phone, { thermalState: (state.thermalState + 1) as IphoneState['thermalState'] });
  }

  result(): z.infer<typeof conditionsSchema> {
    const after = this.look();
    return {
      thermalBefore: thermalOf(this.#before), thermalAfter: after, thermalWorst: this.#worst, ...this.#waited, lowPowerMode: this.#lowPower,
      batteryBefore: this.#before.battery.level / 100, batteryAfter: readState(this.#phone).battery.level / 100,
    };
  }
}

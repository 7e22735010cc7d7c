import type { Unit } from '../../../runner/index.ts';

/** What the process of a virtual phone's runner is told when it is launched. */
export interface RunnerStart {
  /** Folder of the phone, with its state. */
  readonly phone: string;
  readonly documents: string;
  readonly caches: string;
  readonly args: readonly string[];
  readonly version: string;
  readonly productType: string;
  readonly system: string;
  /** Null for the default. */
  readonly speed: SpeedModel | null;
}

/** Times that a virtual phone reports. They are made up: `simulated`. */
export interface SpeedModel {
  /** Milliseconds of one prediction by id of the model and unit; what is not here follows from multiply-accumulates. */
  readonly scripted?: Readonly<Record<string, Partial<Readonly<Record<Unit, number>>>>>;
  /** Share of the reported time that passes here while it is reported: 0 for none. */
  readonly passes: number;
}

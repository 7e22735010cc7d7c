import type { Device, Variant } from '../../device-harness/index.ts';
import type { Emit } from '../../models/contracts/events.ts';
import type { NamedArrays } from '../../models/contracts/executor.ts';
import type { DeviceRecord, OutputComparison } from '../../models/contracts/records.ts';
import type { Config } from '../config/config.ts';
import type { ModelRef } from './model-refs.ts';

/** A device that is ready, with what is particular to it. */
export interface OpenedDevice {
  readonly device: Device;
  readonly record: DeviceRecord;
  /** Units that it is measured on where nobody names any. */
  readonly ownUnits: readonly string[];
  /** Whether what was made for a target is worth measuring here; `null` is the model as it came. */
  takes(target: string | null): boolean;
  /** A model in the form that it takes. Throws DynoError where there is none. */
  variant(ref: ModelRef): Promise<Variant>;
  /** Its outputs against references of this machine; null where the device is this machine. */
  readonly verify: ((variant: Variant, unit: string, outputs: NamedArrays) => Promise<OutputComparison[]>) | null;
  close(): Promise<void>;
}

export interface OpenRequest {
  readonly settings: Config['bench'];
  readonly phone: Config['phone'];
  readonly farms: Config['farms'];
  /** How packages for iPhones are made of models. */
  readonly coreml: Config['convert']['coreml'];
  readonly seed: number;
  /** For logs, homes of servers, and phones that are none. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

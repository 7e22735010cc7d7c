import { createHash } from 'node:crypto';
import { UserError } from '../../models/contracts/errors.ts';
import type { QnnArtifact } from '../../converters/qnn/artifact.ts';
import type { PerfMode } from '../devices/snapdragon/htp-settings.ts';
import type { BlockSpec } from '../devices/device.ts';
import type { TimedPart, WarmUpRule } from '../method/block-rules.ts';

/** What a bundle asks a phone elsewhere to do. It comes back with the results. */
export interface PackPlan {
  readonly format: 1;
  readonly dyno: string;
  readonly createdAt: string;
  /** Selector of the chip that it was made for, e.g. `htp:SM8650`. */
  readonly target: string;
  readonly chip: string;
  readonly perf: PerfMode;
  /** Version of the SDK whose programs are in the bundle. */
  readonly sdk: string | null;
  readonly warmUp: WarmUpRule;
  readonly timed: TimedPart;
  readonly seed: number;
  /** Seconds that a warm phone may rest before one block. */
  readonly restSeconds: number;
  readonly models: readonly PackedModel[];
  readonly blocks: readonly BlockSpec[];
}

export interface PackedModel {
  /** Id of the variant. */
  readonly id: string;
  /** Where the ONNX model lies on the machine that packed; outputs are compared with it. */
  readonly path: string;
  readonly sha256: string;
  /** Sizes of the inputs, in the model's words, and the hash of what they hold. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly feedSha256: string;
  /** By unit: what runs there, the folder on the phone, and its arguments. */
  readonly units: Readonly<Record<string, PackedUnit>>;
}

export interface PackedUnit {
  readonly artifact: QnnArtifact;
  readonly folder: string;
  readonly args: readonly string[];
}

/** A plan with the hash of all that it says: results name it. */
export interface SealedPlan {
  readonly id: string;
  readonly plan: PackPlan;
}

export function sealPlan(plan: PackPlan): SealedPlan {
  return { id: planHash(plan), plan };
}

/** Throws UserError for a text that is no plan, for one of another format, and for one that was changed. */
export function readSealedPlan(text: string, where: string): SealedPlan {
  let sealed: SealedPlan;
  try {
    sealed = JSON.parse(text) as SealedPlan;
  } catch (error) {
    throw new UserError(`The plan in ${where} cannot be read.`, ['Take the results as run.sh wrote them.'], { cause: error });
  }
  if (sealed.plan?.format !== 1) throw new UserError(`The plan in ${where} is of a format that this dyno does not know.`, ['Read it with the dyno that packed it.']);
  if (sealed.id !== planHash(sealed.plan)) throw new UserError(`The plan in ${where} was changed after it was packed.`, ['Take the results as run.sh wrote them.']);
  return sealed;
}

/** Hash of all that a plan says. Key order survives JSON, so that the text is the same there and back. */
export function planHash(plan: object): string {
  return createHash('sha256').update(JSON.stringify(plan)).digest('hex');
}

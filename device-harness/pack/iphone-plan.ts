import { UserError } from '../../models/contracts/errors.ts';
import type { TimedPart, WarmUpRule } from '../method/block-rules.ts';
import type { BlockSpec } from '../devices/device.ts';
import { type PackedModel, planHash } from './plan.ts';

/** What a bundle asks an iPhone elsewhere to do, in the words of this machine. It travels beside the batch and comes back with the results. */
export interface IphonePlan {
  readonly format: 'iphone-1';
  readonly dyno: string;
  readonly createdAt: string;
  /** As it was named, e.g. `ane:A15`. */
  readonly target: string;
  /** Chip that the target means; null where it names none. */
  readonly chip: string | null;
  /** SHA-256 of `batch.json`. */
  readonly batchSha256: string;
  readonly seed: number;
  /** Side of inputs that a model leaves open. */
  readonly size: number;
  readonly warmUp: WarmUpRule;
  readonly timed: TimedPart;
  readonly models: readonly PackedPackage[];
  readonly blocks: readonly BlockSpec[];
  /** Position in `blocks` by the id of a step. */
  readonly steps: Readonly<Record<string, number>>;
}

/** A model, and the package that was made of it. */
export interface PackedPackage extends Pick<PackedModel, 'id' | 'path' | 'sha256' | 'inputs' | 'feedSha256'> {
  /** What the batch calls it. */
  readonly batchId: string;
  /** Name in the model by name of the package's feature, where they differ. */
  readonly names: Readonly<Record<string, string>>;
  /** Multiply-accumulates by first output of an operation of the package; computed. */
  readonly macs: Readonly<Record<string, number>>;
  /** It came as a package: there is no other model to compare outputs with. */
  readonly asPackage: boolean;
}

export interface SealedIphonePlan {
  readonly id: string;
  readonly plan: IphonePlan;
}

export function sealIphonePlan(plan: IphonePlan): SealedIphonePlan {
  return { id: planHash(plan), plan };
}

/** Throws UserError for a text that is no plan for iPhones, and for one that was changed. */
export function readIphonePlan(text: string, where: string): SealedIphonePlan {
  let sealed: Partial<SealedIphonePlan> | null;
  try {
    sealed = JSON.parse(text) as SealedIphonePlan | null;
  } catch (error) {
    throw new UserError(`The plan in ${where} cannot be read.`, ['Take the results as the app wrote them.'], { cause: error });
  }
  const plan = sealed?.plan;
  if (plan?.format !== 'iphone-1') throw new UserError(`The plan in ${where} is of a format that this dyno does not know.`, ['Read it with the dyno that packed it.']);
  if (sealed?.id !== planHash(plan)) throw new UserError(`The plan in ${where} was changed after it was packed.`, ['Take the results as the app wrote them.']);
  return { id: sealed.id, plan };
}

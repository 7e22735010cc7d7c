import type { InputContract } from '../../models/contracts/input-contract.ts';
import type { Model } from '../../models/graph/index.ts';

/** A model, read: what its inputs look like. */
export interface KnownModel {
  readonly model: Model;
  readonly contract: InputContract;
}

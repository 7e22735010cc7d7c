import type { Exactness, Executor, FaceChange, InputContract, RewriteLog } from '../../models/contracts/index.ts';
import type { Model } from '../../models/graph/index.ts';
import type { WriteOptions } from '../../models/onnx/index.ts';
import type { TargetProfile } from '../rules/target-profile.ts';
import type { Origin } from './lineage.ts';
import type { Precision, Rewrite } from './rewrite.ts';
import type { VerifyLevel } from './verify/feeds.ts';

export interface RewriteOptions {
  readonly target: TargetProfile;
  readonly precision: Precision;
  /** Only these rewrites, whether the recipe has them or not; ids in full or without their folder. */
  readonly only?: readonly string[];
  readonly skip?: readonly string[];
  /** These besides the recipe's. */
  readonly also?: readonly string[];
  /** Exactness classes and face changes beyond `bit`, `exact`, `same`. */
  readonly allow?: readonly (Exactness | FaceChange)[];
  /** Version of ai.onnx that the result may use; left out, the model's own. */
  readonly opset?: number;
  /** Leave the model as it is and only say what would happen. */
  readonly dryRun?: boolean;
  /** `quick`: every patch and the whole model on one input; `full`: on several, and several sizes. Default `quick` where there is an executor. */
  readonly verify?: VerifyLevel;
  readonly executor?: Executor;
  /** Contracts of graph inputs by name. */
  readonly contracts?: ReadonlyMap<string, InputContract>;
  readonly seed?: number;
  /** How models are written for the runtime, e.g. where their external data lies. */
  readonly write?: WriteOptions;
  /** Rewrites to choose from; default: all of the catalog. */
  readonly catalog?: ReadonlyMap<string, Rewrite>;
  readonly progress?: (note: string) => void;
  readonly signal?: AbortSignal;
}

export interface RewriteResult {
  /** The rewritten model; with `dryRun` the one that was given, untouched. Do not go on using the given one otherwise. */
  readonly model: Model;
  readonly log: RewriteLog;
  /** What could not be verified, and why; empty when all was, or nothing was asked. */
  readonly notes: readonly string[];
  /** What each tensor of the rewritten model was before, by its name; what an encodings file beside the model follows. */
  readonly origins: ReadonlyMap<string, Origin>;
}

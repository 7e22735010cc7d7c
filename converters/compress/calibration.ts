import type { Executor, NamedArrays } from '../../models/contracts/index.ts';
import type { WriteOptions } from '../../models/onnx/index.ts';

/** Inputs that steps may look at: what heads give, what compensated layers see. */
export interface CompressionCalibration {
  /** Runs drafts of the model. */
  readonly executor: Executor;
  readonly feeds: readonly NamedArrays[];
  /** Where drafts lie while they run. */
  readonly folder: string;
  /** Where weights come from that are not in memory. */
  readonly write?: WriteOptions;
}

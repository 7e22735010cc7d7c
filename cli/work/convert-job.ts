import type { NamedArrays } from '../../models/contracts/executor.ts';
import type { Model } from '../../models/graph/index.ts';
import type { HostExecutor } from '../../models/run/host-executor.ts';
import type { FlexibleShapes } from '../../converters/coreml/flexible.ts';
import type { ImageRequest } from '../../converters/coreml/images.ts';
import type { ConvertOptions } from '../../converters/coreml/options.ts';
import type { FaceRequest } from '../../converters/faces/index.ts';
import type { Config } from '../config/config.ts';
import type { ModelRef } from './model-refs.ts';

/** One conversion to Core ML. */
export interface ConvertJob {
  readonly ref: ModelRef;
  readonly out: string;
  readonly options: ConvertOptions;
  readonly settings: Config['rewrite'];
  /** `NAME=1x3x128x128`, for inputs that are open. */
  readonly shapes: readonly string[];
  /** Sizes that open inputs may take; empty for none. */
  readonly flexible: FlexibleShapes;
  readonly faces: readonly FaceRequest[];
  /** Inputs and outputs that become images; null for none. */
  readonly images: ImageRequest | null;
  /** False: the model is lowered as it is. */
  readonly rewrite: boolean;
  readonly seed: number;
  /** Proves rewrites, faces and the package; null proves nothing. */
  readonly host: HostExecutor | null;
  /** The user's own inputs, compared besides seeded ones. */
  readonly feeds: (model: Model) => Promise<readonly NamedArrays[]>;
  readonly progress: (note: string) => void;
  readonly signal: AbortSignal;
}

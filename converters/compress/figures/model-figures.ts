import { type Model, modelCost } from '../../../models/graph/index.ts';
import { activationPeak } from './activation-peak.ts';
import { bytesMoved } from './bytes-moved.ts';
import { compressedSize } from './compressed-size.ts';
import { trueSparsity } from './sparsity.ts';

/** What a model is before or after compression, computed; bytes. Null where dimensions are open. */
export interface ModelFigures {
  readonly parameters: number;
  readonly macs: number | null;
  /** As a file, external data included. */
  readonly bytes: number;
  /** `CompressedSize.deflated` and `entropy`. */
  readonly deflatedBytes: number;
  readonly entropyBytes: number;
  /** Share of exact zeros among weights. */
  readonly sparsity: number;
  readonly activationPeakBytes: number | null;
  /** `BytesMoved.least` and `everyNode`. */
  readonly leastMovedBytes: number | null;
  readonly movedBytes: number | null;
}

/** All figures of a model at the shapes that were inferred for it. */
export async function modelFigures(model: Model): Promise<ModelFigures> {
  const { parameters, macs } = modelCost(model);
  const { bytes, deflated, entropy } = await compressedSize(model);
  const { least, everyNode } = bytesMoved(model);
  return {
    parameters, macs, bytes, deflatedBytes: deflated, entropyBytes: entropy, sparsity: trueSparsity(model).share,
    activationPeakBytes: activationPeak(model)?.bytes ?? null, leastMovedBytes: least, movedBytes: everyNode,
  };
}

import { inferShapes, Model } from '../../models/graph/index.ts';
import type { WriteOptions } from '../../models/onnx/index.ts';
import { rewriteModel } from '../rewrites/engine.ts';
import { resolveTarget } from '../rules/index.ts';

/** Rewrites that put a sum or a second layer into the kernels of a first: fewer roundings of activations, coarser grids for weights. */
const FOLDS = ['fold/skip', 'fold/parallel', 'fold/serial', 'fold/residual-before-shuffle'];

/** The model with its residuals and parallel branches folded into kernels; null where there are none to fold. */
export async function foldResiduals(model: Model, write: WriteOptions): Promise<Model | null> {
  const copy = new Model(model.toProto());
  inferShapes(copy);
  const { model: folded, log } = await rewriteModel(copy, { target: resolveTarget('host'), precision: 'fp32', only: FOLDS, verify: 'off', write });
  return log.records.some(({ outcome }) => outcome === 'fired') ? folded : null;
}

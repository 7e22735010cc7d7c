import { Model, inferShapes } from '../../models/graph/index.ts';
import type { ModelProto } from '../../models/onnx/index.ts';
import { withOpset } from '../opset/index.ts';
import { REWRITES } from '../rewrites/catalog.ts';
import { type RewriteOptions, type RewriteResult, rewriteModel } from '../rewrites/engine.ts';
import type { Rewrite } from '../rewrites/rewrite.ts';
import { isPixelUnshuffle } from './lower/pixel-unshuffle.ts';
import { type MilOpset, releaseOf } from './plan.ts';

/** The version of ai.onnx that lowering reads: older models are raised to it, newer ones left as they are. */
const LOWERED_OPSET = 18;

/** The same model in a version that lowering reads, with shapes inferred. Throws UserError for models that cannot be raised. */
export function raised(proto: ModelProto): Model {
  const present = Number((proto.opsetImport ?? []).find(({ domain }) => (domain ?? '') === '' || domain === 'ai.onnx')?.version ?? 0);
  const model = new Model(present === 0 || present >= LOWERED_OPSET ? proto : withOpset(proto, LOWERED_OPSET));
  inferShapes(model);
  return model;
}

/** Rewrites a model by the recipe of the Neural Engine, leaving what Core ML has an operation of its own for. */
export async function rewriteForCoreml(model: Model, opset: MilOpset, options: Omit<RewriteOptions, 'catalog'>): Promise<RewriteResult> {
  const result = await rewriteModel(model, { ...options, catalog: releaseOf(opset) >= 16 ? KEEPING_UNSHUFFLES : REWRITES });
  inferShapes(result.model);
  return result;
}

/** A pixel unshuffle is one operation from iOS 16 on, so that its channel order need not go into weights. */
const KEEPING_UNSHUFFLES: ReadonlyMap<string, Rewrite> = new Map([...REWRITES].map(([id, rewrite]) => [id, id === 'permute/into-weights' ? keepingUnshuffles(rewrite) : rewrite]));

function keepingUnshuffles(rewrite: Rewrite): Rewrite {
  return {
    ...rewrite,
    match: (node, context) => (isPixelUnshuffle(node) ? { kind: 'refusal', nodes: [node], reason: 'with the SpaceToDepth before it, it is pixel_unshuffle in Core ML' } : rewrite.match(node, context)),
  };
}

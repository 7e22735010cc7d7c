import { UserError } from '../../models/contracts/index.ts';
import { inferShapes, Model } from '../../models/graph/index.ts';
import type { ModelProto } from '../../models/onnx/index.ts';
import { withOpset } from '../opset/index.ts';
import { REWRITES } from '../rewrites/catalog.ts';
import { type RewriteOptions, type RewriteResult, rewriteModel } from '../rewrites/engine.ts';
import type { Rewrite } from '../rewrites/rewrite.ts';
import { isPixelUnshuffle } from './lower/pixel-unshuffle.ts';
import { type MilOpset, releaseOf } from './plan.ts';

/** Versions of ai.onnx that older models are raised to, the best first: lowering reads all from 12 on. */
const LOWERED_OPSETS = [18, 12] as const;

/**
 * The same model in a version that lowering reads, with shapes inferred. Where a node cannot be raised beyond 12 (a Softmax that flattens axes), the model
 * stays there. Throws UserError for models that cannot be raised at all.
 */
export function raised(proto: ModelProto): Model {
  const model = new Model(inLoweredOpset(proto));
  inferShapes(model);
  return model;
}

function inLoweredOpset(proto: ModelProto): ModelProto {
  const present = Number((proto.opsetImport ?? []).find(({ domain }) => (domain ?? '') === '' || domain === 'ai.onnx')?.version ?? 0);
  const [best, least] = LOWERED_OPSETS;
  if (present === 0 || present >= best) return proto;
  try {
    return withOpset(proto, best);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return present >= least ? proto : withOpset(proto, least);
  }
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

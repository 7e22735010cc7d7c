import type { Exactness, FaceChange, InputContract } from '../../models/contracts/index.ts';
import { inferShapes, Model } from '../../models/graph/index.ts';
import type { ModelProto } from '../../models/onnx/index.ts';
import type { Precision, Proposal, Refusal, Rewrite, RewriteContext } from '../../converters/rewrites/rewrite.ts';
import { resolveTarget } from '../../converters/rules/index.ts';

export interface ApplyOptions {
  readonly target?: string;
  readonly precision?: Precision;
  readonly allow?: readonly (Exactness | FaceChange)[];
  readonly contracts?: ReadonlyMap<string, InputContract>;
}

export interface Applied {
  readonly model: Model;
  readonly fired: readonly (Proposal & { readonly rewrite: string })[];
  readonly refused: readonly (Refusal & { readonly rewrite: string })[];
}

/** Applies rewrites to a fixed point without the engine: nothing is verified, so that a test's own oracle decides. */
export function applyRewrites(proto: ModelProto, rewrites: readonly Rewrite[], options: ApplyOptions = {}): Applied {
  const model = new Model(proto);
  inferShapes(model);
  const context: RewriteContext = {
    model, graph: model.graph, opset: model.opset, target: resolveTarget(options.target ?? 'host'), precision: options.precision ?? 'fp32',
    allow: new Set(options.allow ?? []), contracts: options.contracts ?? new Map(),
  };
  const fired: (Proposal & { rewrite: string })[] = [];
  let refused: (Refusal & { rewrite: string })[] = [];
  for (let again = true, rounds = 0; again; rounds++) {
    if (rounds > 500) throw new Error('no fixed point');
    again = false;
    refused = [];
    for (const rewrite of rewrites) {
      for (const node of model.graph.nodes()) {
        if (!node.isOnnx || !rewrite.opTypes.includes(node.opType)) continue;
        const result = rewrite.match(node, context);
        if (result?.kind === 'refusal') refused.push({ ...result, rewrite: rewrite.id });
        if (result?.kind !== 'proposal') continue;
        result.patch.apply();
        model.graph.sort();
        inferShapes(model);
        fired.push({ ...result, rewrite: rewrite.id });
        again = true;
      }
    }
  }
  return { model, fired, refused };
}

import type { Model } from '../../models/graph/index.ts';
import { gelu } from '../rewrites/clean/gelu.ts';
import type { RewriteContext } from '../rewrites/rewrite.ts';
import { resolveTarget } from '../rules/index.ts';
import { UNFUSED_GELU, unfusedGelu } from '../rules/patterns.ts';

/** First version of ai.onnx with Gelu. */
export const GELU_OPSET = 20;

/** True where a GELU is written out. */
export function writesOutGelu({ graph }: Model): boolean {
  return [...graph.nodes()].some((node) => node.is(...UNFUSED_GELU) && unfusedGelu(node));
}

/**
 * Puts written-out GELUs together again. Quantized piece by piece they lose the operator: HTP has a Gelu of 8 bits (equal to ONNX Runtime's
 * in the emulator, on v68 too), and no Erf at all. Needs opset 20; types must have been inferred.
 */
export function composeGelu(model: Model): number {
  const context: RewriteContext = { model, graph: model.graph, opset: model.opset, target: resolveTarget('host'), precision: 'w8a8', allow: new Set(), contracts: new Map() };
  let composed = 0;
  for (const node of [...model.graph.nodes()]) {
    if (!node.attached || !node.is(...UNFUSED_GELU)) continue;
    const result = gelu.match(node, context);
    if (result?.kind !== 'proposal') continue;
    result.patch.apply();
    composed++;
  }
  if (composed > 0) model.graph.sort();
  return composed;
}

import type { Executor, NamedArrays } from '../../../../models/contracts/index.ts';
import { Model } from '../../../../models/graph/index.ts';
import { Patch } from '../../../../models/graph/index.ts';
import type { Rewrite } from '../../../../converters/rewrites/rewrite.ts';
import { type RewriteOptions, type RewriteResult, rewriteModel } from '../../../../converters/rewrites/engine.ts';
import { resolveTarget } from '../../../../converters/rules/resolve-target.ts';
import { buildModel, type ModelSpec } from '../../../support/build-model.ts';
import { runOrtAll } from '../../../support/ort.ts';

/** ONNX Runtime in this process as an executor, counting its runs. */
export function ortExecutor(): Executor & { runs: number } {
  return {
    id: 'host',
    runs: 0,
    async run(path: string, feeds: readonly NamedArrays[]) {
      this.runs++;
      return runOrtAll(path, feeds);
    },
    async close() {},
  };
}

function catalogOf(...rewrites: readonly Rewrite[]): ReadonlyMap<string, Rewrite> {
  return new Map(rewrites.map((rewrite) => [rewrite.id, rewrite]));
}

/** Rewrites a built model with the given rewrites only. */
export function rewriteWith(spec: ModelSpec, rewrites: readonly Rewrite[], options: Partial<RewriteOptions> = {}): Promise<RewriteResult> {
  return rewriteModel(new Model(buildModel(spec)), {
    target: resolveTarget('host'),
    precision: 'fp32',
    catalog: catalogOf(...rewrites),
    only: rewrites.map(({ id }) => id),
    ...options,
  });
}

/** A rewrite for tests: replaces nodes of one op type by another op type on the same inputs. */
export function renameOp(id: string, from: string, to: string, more: Partial<Rewrite> = {}): Rewrite {
  return {
    id,
    title: `${from} to ${to}`,
    doc: '',
    opTypes: [from],
    exactness: 'bit',
    face: 'same',
    match: (node, { graph, opset }) => {
      const patch = new Patch(graph, opset);
      const output = node.output();
      if (!output) return null;
      patch.replace(output, patch.node(to, node.inputs, { like: node })).remove(node);
      return { kind: 'proposal', patch, nodes: [node], reason: `${from} is ${to}` };
    },
    ...more,
  };
}

export function opTypes({ model }: RewriteResult): string[] {
  return [...model.graph.nodes()].map((node) => node.opType);
}

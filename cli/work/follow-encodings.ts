import {
  type Coverage,
  coverageOf,
  type EncodingChange,
  type EncodingsFile,
  followEncodings,
  layoutsOf,
  type Loss,
  requireResolved,
  writeEncodings,
} from '../../converters/encodings/index.ts';
import type { RewriteResult } from '../../converters/rewrites/options.ts';
import { inferShapes } from '../../models/graph/infer/infer-shapes.ts';
import type { Model } from '../../models/graph/model.ts';

export interface RewrittenEncodings {
  /** The file, in the version that was given. */
  readonly json: object;
  readonly before: Coverage;
  readonly after: Coverage;
  readonly kept: number;
  readonly changes: readonly EncodingChange[];
  /** What that version cannot say about the rewritten model. */
  readonly losses: readonly Loss[];
}

/** Holds a file against a model before it is rewritten; what it gives carries the encodings over to the result. Throws UserError where they do not fit. */
export function encodingsFollower(model: Model, file: EncodingsFile): (result: RewriteResult) => RewrittenEncodings {
  const resolved = requireResolved(file, model.graph);
  const before = coverageOf(model.graph, file);
  return ({ model: { graph }, model: rewritten, origins }) => {
    inferShapes(rewritten);
    const { file: followed, kept, changes } = followEncodings(resolved, graph, origins);
    const { json, losses } = writeEncodings(followed, file.version, layoutsOf(graph));
    return { json, before, after: coverageOf(graph, followed), kept, changes, losses };
  };
}

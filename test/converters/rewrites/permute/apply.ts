import type { Rewrite } from '../../../../converters/rewrites/rewrite.ts';
import type { ModelProto } from '../../../../models/onnx/index.ts';
import { type Applied, applyRewrites } from '../../../support/apply-rewrites.ts';
import { toBytes } from '../../../support/build-model.ts';

/** A rewritten model with the message and file that it makes. */
export function rewriteModel(proto: ModelProto, rewrites: readonly Rewrite[]): Applied & { proto: ModelProto; bytes: Uint8Array } {
  const applied = applyRewrites(proto, rewrites);
  const after = applied.model.toProto();
  return { ...applied, proto: after, bytes: toBytes(after) };
}

export function opTypes(proto: ModelProto): string[] {
  return (proto.graph?.node ?? []).map((node) => node.opType ?? '');
}

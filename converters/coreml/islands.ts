import { isConstexpr } from './package/summary.ts';
import { readPackage } from './package/read-package.ts';

/** An operation of an fp16 package that computes in float32. */
export interface Float32Island {
  readonly value: string;
  readonly operation: string;
}

/**
 * What computes in float32 in a package that was converted to fp16: coremltools leaves operations alone whose constants fp16 cannot hold. Casts at the face
 * are none, nor is what `keep` names.
 */
export function float32Islands(path: string, keep: readonly string[]): Float32Island[] {
  const kept = new Set(keep);
  const functions = [...(readPackage(path).program?.functions.values() ?? [])];
  return functions.flatMap(({ body }) => body.operations.flatMap(({ type, outputs }) => {
    if (type === 'const' || type === 'cast' || isConstexpr(type)) return [];
    return outputs.filter(({ name, type: result }) => result.kind === 'tensor' && result.dtype === 'fp32' && !kept.has(name)).map(({ name }) => ({ value: name, operation: type }));
  }));
}

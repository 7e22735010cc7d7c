import { UserError } from '../../models/contracts/errors.ts';
import { parseTarget } from '../../models/contracts/selectors.ts';
import type { Precision } from '../../converters/rewrites/rewrite.ts';
import type { QuantizeMethod } from '../work/quantize-model.ts';

/** What a value on the precision axis asks for. */
export type PrecisionRequest =
  | { readonly kind: 'as-is' }
  /** By `applyCompression`: fp16, fp16-storage, bf16-storage, dynamic. */
  | { readonly kind: 'format'; readonly spec: string }
  | { readonly kind: 'quantize'; readonly scheme: 'w8a8' | 'w8a16' | 'w4a8' | 'w4a16' | 'w8'; readonly method: QuantizeMethod; readonly budget: number | null };

const SCHEMES = ['w8a8', 'w8a16', 'w4a8', 'w4a16', 'w8'] as const;
const METHODS = ['minmax', 'percentile', 'mse', 'auto'] as const;
const FORMATS = ['fp16', 'fp16:faces', 'fp16-storage', 'bf16-storage', 'dynamic', 'dynamic:tensor'];

/** Reads `fp32`, `fp16-storage`, `w8a8:auto`, `mixed:0.05`. Throws UserError naming the grammar. */
export function parsePrecision(text: string): PrecisionRequest {
  if (text === 'fp32') return { kind: 'as-is' };
  if (FORMATS.includes(text)) return { kind: 'format', spec: text };
  const [name, detail, ...rest] = text.split(':');
  const scheme = SCHEMES.find((one) => one === name);
  const method = METHODS.find((one) => one === (detail ?? 'minmax'));
  if (scheme && method && rest.length === 0) return { kind: 'quantize', scheme, method, budget: null };
  const budget = Number(detail);
  if (name === 'mixed' && detail && rest.length === 0 && Number.isFinite(budget) && budget >= 0) return { kind: 'quantize', scheme: 'w8a8', method: 'minmax', budget };
  throw new UserError(`"${text}" is no precision.`, [
    `Use fp32, ${FORMATS.join(', ')}; ${SCHEMES.join(', ')} with :${METHODS.join(', :')}; mixed:DB, e.g. mixed:0.05.`,
  ]);
}

/** What rules and rewrites for a target are told that a model computes in: on accelerators floats are fp16, whatever the file says. */
export function computedPrecision(request: PrecisionRequest, target: string): Precision {
  if (request.kind === 'quantize' && request.scheme !== 'w8') return request.scheme;
  const isHalf = request.kind === 'format' && (request.spec === 'fp16' || request.spec === 'fp16:faces');
  return isHalf || parseTarget(target).kind !== 'host' ? 'fp16' : 'fp32';
}

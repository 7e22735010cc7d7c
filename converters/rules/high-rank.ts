import type { Value } from '../../models/graph/index.ts';
import { rankOf } from './measure.ts';

/** Key of the connected region of values above `limit` that `value` lies in: one export of a shuffle is one cause, however many nodes it takes. */
export function highRankCause(value: Value, limit: number): string {
  let first = value;
  const seen = new Set<Value>([value]);
  const queue = [value];
  for (let at = queue.pop(); at; at = queue.pop()) {
    for (const source of at.producer?.inputs ?? []) {
      if (!source || source.initializer || seen.has(source) || (rankOf(source) ?? 0) <= limit) continue;
      seen.add(source);
      queue.push(source);
      first = source;
    }
  }
  return `rank:${first.producer?.label ?? first.name}`;
}

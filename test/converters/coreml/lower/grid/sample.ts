import { seedOf } from '../../../../../models/run/prng.ts';
import type { GridCase } from './case.ts';

/** Cases whose names fall into one of so many parts, the first of each operator, and all that must be refused, which cost no conversion. The whole grid is in test/full. */
export function sampleOf(cases: readonly GridCase[], parts: number): GridCase[] {
  const seen = new Set<string>();
  return cases.filter(({ name, refused }) => {
    const [operator = ''] = name.split(' ');
    const isFirst = !refused && !seen.has(operator);
    if (isFirst) seen.add(operator);
    return refused || isFirst || seedOf(name) % parts === 0;
  });
}

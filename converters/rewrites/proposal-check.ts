import type { Exactness } from '../../models/contracts/index.ts';
import { formatShape, type Patch, type Value } from '../../models/graph/index.ts';
import type { Proposal, Rewrite, RewriteContext } from './rewrite.ts';

/** Why the engine may not apply a proposal: not allowed, or a rank that the target does not take. Null: it may. */
export function objection(rewrite: Rewrite, proposal: Proposal, context: RewriteContext): string | null {
  const exactness = proposal.exactness ?? rewrite.exactness;
  if (NEEDS_LEAVE.has(exactness) && !context.allow.has(exactness)) return `${LEAVE[exactness]}; --allow ${exactness} runs it`;
  if (rewrite.face !== 'same' && !context.allow.has(rewrite.face))
    return `it changes the model's ${rewrite.face}; --allow ${rewrite.face} runs it`;
  return rankObjection(proposal.patch, context.target.rankLimit);
}

const NEEDS_LEAVE: ReadonlySet<Exactness> = new Set(['border', 'approximate']);
const LEAVE: Readonly<Record<Exactness, string>> = {
  bit: '',
  exact: '',
  border: 'the result differs at the padded border',
  approximate: 'the result is approximate',
};

function rankObjection(patch: Patch, limit: number): string | null {
  const before = highest([...patch.removed].flatMap((node) => [...node.inputs, ...node.outputs]));
  const after = highest(patch.added.flatMap((node) => node.outputs));
  if (!after || after.rank <= Math.max(limit, before?.rank ?? 0)) return null;
  return `the new value ${formatShape(after.value.type.shape)} has rank ${after.rank}, above the target's ${limit}`;
}

function highest(values: readonly (Value | null)[]): { value: Value; rank: number } | null {
  let found: { value: Value; rank: number } | null = null;
  for (const value of values) {
    const rank = value?.type.shape?.length ?? 0;
    if (value && rank > (found?.rank ?? -1)) found = { value, rank };
  }
  return found;
}

import { KEPT, type TriedCandidate } from './ui-state.ts';

/** The sound ways of all steps with one more; of each step only the best are kept. */
export function withCandidate(known: readonly TriedCandidate[], candidate: TriedCandidate): readonly TriedCandidate[] {
  if (candidate.reason !== null) return known;
  const own = known.filter(({ step }) => step === candidate.step);
  const worst = own.length < KEPT.candidates ? null : own.reduce((a, b) => (byBytes(a, b) > 0 ? a : b));
  if (worst && byBytes(candidate, worst) >= 0) return known;
  return [...known.filter((other) => other !== worst), candidate];
}

/** Fewest bytes first, then fewest spilled; of equals the one that was known first, as sorting keeps the order. */
export function byBytes(a: TriedCandidate, b: TriedCandidate): number {
  const figures = ({ bytes, spillBytes }: TriedCandidate): [number, number] => [bytes ?? Number.POSITIVE_INFINITY, spillBytes ?? Number.POSITIVE_INFINITY];
  const [left, right] = [figures(a), figures(b)];
  return left[0] - right[0] || left[1] - right[1];
}

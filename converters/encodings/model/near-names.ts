import { editDistance } from '../../edit-distance.ts';

/** Longer names are compared by what they have in common at their ends only. */
const LONGEST = 80;

/** Up to three names that somebody may have meant: the same but for punctuation, an end of one another, or a few letters off. */
export function nearNames(name: string, names: Iterable<string>): string[] {
  const plain = letters(name);
  const scored: { other: string; distance: number }[] = [];
  for (const other of names) {
    const distance = distanceOf(plain, letters(other));
    if (distance < Math.max(2, plain.length / 4)) scored.push({ other, distance });
  }
  return scored
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ other }) => other);
}

function distanceOf(a: string, b: string): number {
  if (a === b) return 0;
  if (a.length > 3 && b.length > 3 && (a.endsWith(b) || b.endsWith(a))) return 1;
  if (a.length > LONGEST || b.length > LONGEST || Math.abs(a.length - b.length) > Math.max(2, a.length / 4))
    return Number.POSITIVE_INFINITY;
  return editDistance(a, b);
}

function letters(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}

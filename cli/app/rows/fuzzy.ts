const BOUNDARY = /[^\p{L}\p{N}]/u;

/**
 * How well a row answers a filter; null where it does not. Each word of the filter must be found: whole anywhere, or as letters in order in the label.
 * A whole word counts most, at the start of a word more, letters that follow one another more than scattered ones. Case is ignored.
 */
export function fuzzyScore(filter: string, label: string, more: string): number | null {
  const name = label.toLowerCase();
  const all = `${name} ${more.toLowerCase()}`;
  let total = 0;
  for (const word of filter.toLowerCase().split(/\s+/).filter(Boolean)) {
    const at = all.indexOf(word);
    const score = at >= 0 ? 1000 + (startsWord(all, at) ? 100 : 0) - Math.min(90, at) : scattered(word, name);
    if (score === null) return null;
    total += score;
  }
  return total;
}

/** Letters in order: each that follows the one before, or begins a word, counts; the ways between count against it. */
function scattered(word: string, text: string): number | null {
  let score = 0;
  let from = 0;
  for (const letter of word) {
    const at = text.indexOf(letter, from);
    if (at < 0) return null;
    score += at === from && from > 0 ? 10 : startsWord(text, at) ? 8 : -Math.min(5, at - from);
    from = at + 1;
  }
  return score > 0 ? score : null;
}

function startsWord(text: string, at: number): boolean {
  return at === 0 || BOUNDARY.test(text[at - 1] as string);
}

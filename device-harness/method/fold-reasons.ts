const NUMBER = /\d+(?:\.\d+)?/;

/**
 * Texts that differ in their first number only become one with its range: "others used 12 %" and "others used 40 %" are "others used
 * 12–40 %". In order of first appearance.
 */
export function foldReasons(texts: readonly string[]): string[] {
  const groups = new Map<string, number[]>();
  for (const text of texts) {
    const value = Number(NUMBER.exec(text)?.[0] ?? Number.NaN);
    const template = text.replace(NUMBER, '#');
    groups.set(template, [...(groups.get(template) ?? []), value]);
  }
  return [...groups].map(([template, values]) => template.replace('#', range(values)));
}

function range(values: readonly number[]): string {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low === high ? String(low) : `${low}–${high}`;
}

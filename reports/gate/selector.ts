/** Text patterns with `*` and `?`, one or several of which must fit; undefined fits everything. */
export type Pattern = string | readonly string[] | undefined;

/** Whether a name fits a pattern; letter case does not count. A null name fits only where nothing is asked. */
export function fits(pattern: Pattern, name: string | null): boolean {
  if (pattern === undefined) return true;
  if (name === null) return false;
  return [pattern].flat().some((one) => toRegExp(one as string).test(name));
}

/** A pattern as a person reads it. */
export function formatPattern(pattern: Pattern): string | null {
  return pattern === undefined ? null : [pattern].flat().join(' or ');
}

function toRegExp(glob: string): RegExp {
  const source = [...glob].map((c) => (c === '*' ? '.*' : c === '?' ? '.' : c.replace(/[\\^$.|+()[\]{}]/, '\\$&'))).join('');
  return new RegExp(`^${source}$`, 'isu');
}

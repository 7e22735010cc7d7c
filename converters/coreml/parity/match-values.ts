/** A name in the letters that both worlds have: MIL takes letters, digits and `_`, and coremltools marks what it made fp16. */
export function plainName(name: string): string {
  return name.replace(/[^A-Za-z0-9_]/g, '_').replace(/^_+/, '').replace(/(_cast)?(_to)?_fp16$/, '');
}

/**
 * Values of a program that bear the names of values of the source model, in the program's order: [value of the program, value of the source].
 * A name that two values of one side share says nothing.
 */
export function matchValues(program: Iterable<string>, source: Iterable<string>): [mil: string, source: string][] {
  const sources = uniquely(source);
  const mils = uniquely(program);
  return [...mils].flatMap(([name, mil]): [string, string][] => {
    const found = sources.get(name);
    return mil !== null && found != null ? [[mil, found]] : [];
  });
}

/** Null for names that several values have. */
function uniquely(names: Iterable<string>): Map<string, string | null> {
  const found = new Map<string, string | null>();
  for (const name of names) {
    const plain = plainName(name);
    found.set(plain, found.has(plain) ? null : name);
  }
  return found;
}

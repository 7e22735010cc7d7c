/** Words of a function for each [verb, tensor name], distinct once they are joined; what no identifier may hold separates words. */
export function functionNames(ports: readonly (readonly [verb: string, tensor: string])[]): string[][] {
  const taken = new Set<string>();
  return ports.map(([verb, tensor]) => {
    const words = [verb, ...tensor.split(/[^A-Za-z0-9]+/).filter((word) => word !== '')];
    const unique = [...words];
    for (let i = 2; taken.has(unique.join('').toLowerCase()); i++) unique.splice(words.length, 1, String(i));
    taken.add(unique.join('').toLowerCase());
    return unique;
  });
}

/** `prepareInput`. */
export function camelCase(words: readonly string[]): string {
  return words.map((word, i) => (i === 0 ? word.charAt(0).toLowerCase() : word.charAt(0).toUpperCase()) + word.slice(1)).join('');
}

/** `prepare_input`. */
export function snakeCase(words: readonly string[]): string {
  return words.join('_').toLowerCase();
}

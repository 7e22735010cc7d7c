/** Line and column, from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** Where the value at a path begins in a valid JSON text; the nearest parent that is there, where the value is not. */
export function locate(json: string, path: readonly PropertyKey[]): Position {
  const scanner = new Scanner(json);
  let offset = scanner.skipBlanks(0);
  for (const key of path) {
    const next = scanner.child(offset, key);
    if (next === null) break;
    offset = next;
  }
  return positionAt(json, offset);
}

/** Walks over a JSON text that `JSON.parse` accepted. */
class Scanner {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  skipBlanks(at: number): number {
    let end = at;
    while (/\s/.test(this.#text[end] ?? '')) end++;
    return end;
  }

  /** Offset of a member's key, or of an element, within the object or array at `at`. */
  child(at: number, key: PropertyKey): number | null {
    const open = this.#text[at];
    if (open !== '{' && open !== '[') return null;
    let cursor = this.skipBlanks(at + 1);
    for (let index = 0; this.#text[cursor] !== '}' && this.#text[cursor] !== ']'; index++) {
      const start = cursor;
      let name: PropertyKey = index;
      if (open === '{') {
        const end = this.#endOfString(cursor);
        name = JSON.parse(this.#text.slice(cursor, end)) as string;
        cursor = this.skipBlanks(this.skipBlanks(end) + 1);
      }
      if (name === key) return this.#text[cursor] === '{' || this.#text[cursor] === '[' || open === '[' ? cursor : start;
      cursor = this.skipBlanks(this.#endOfValue(cursor));
      if (this.#text[cursor] === ',') cursor = this.skipBlanks(cursor + 1);
    }
    return null;
  }

  #endOfValue(at: number): number {
    const open = this.#text[at];
    if (open === '"') return this.#endOfString(at);
    let cursor = at;
    if (open !== '{' && open !== '[') {
      while (!/[,\]}\s]/.test(this.#text[cursor] ?? ',')) cursor++;
      return cursor;
    }
    for (let depth = 0; ; ) {
      const character = this.#text[cursor];
      if (character === '"') {
        cursor = this.#endOfString(cursor);
        continue;
      }
      if (character === '{' || character === '[') depth++;
      if (character === '}' || character === ']') depth--;
      cursor++;
      if (depth === 0) return cursor;
    }
  }

  #endOfString(at: number): number {
    let cursor = at + 1;
    while (this.#text[cursor] !== '"') cursor += this.#text[cursor] === '\\' ? 2 : 1;
    return cursor + 1;
  }
}

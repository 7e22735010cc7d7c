/** Line and column, from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** Where the member (its key) or the element at a path begins in a valid JSON text; the nearest parent that is there, where it is not. */
export function locate(json: string, path: readonly PropertyKey[]): Position {
  const scanner = new Scanner(json);
  let place: Place = { start: scanner.skipBlanks(0), value: scanner.skipBlanks(0) };
  for (const key of path) {
    const next = scanner.child(place.value, key);
    if (next === null) break;
    place = next;
  }
  return positionAt(json, place.start);
}

interface Place {
  /** Offset of the key, or of the element. */
  readonly start: number;
  readonly value: number;
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

  /** A member or an element of the object or array at `at`. */
  child(at: number, key: PropertyKey): Place | null {
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
      if (name === key) return { start, value: cursor };
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

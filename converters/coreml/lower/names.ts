/** Words of MIL that coremltools renames behind one's back. */
const RESERVED = new Set([
  'any', 'bool', 'program', 'func', 'tensor', 'list', 'dict', 'tuple', 'true', 'false', 'string', 'bf16', 'fp16', 'fp32', 'fp64',
  'int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64', 'state',
]);

/** A name as MIL takes it: letters, digits and `_`, no digit first, no reserved word. */
export function cleanName(name: string): string {
  const cleaned = name.replace(/^[^A-Za-z0-9_]+(?=[A-Za-z])/, '').replace(/[^A-Za-z0-9_]/g, '_');
  const started = /^[A-Za-z_]/.test(cleaned) ? cleaned : `v${cleaned}`;
  return RESERVED.has(started) ? `${started}_` : started;
}

/** Hands out names that are valid and never the same. */
export class Names {
  readonly #taken = new Set<string>();
  readonly #next = new Map<string, number>();

  /** `hint` cleaned, with a number where that is taken. */
  unique(hint: string): string {
    const base = cleanName(hint);
    let name = base;
    let number = this.#next.get(base) ?? 1;
    while (this.#taken.has(name)) name = `${base}_${++number}`;
    this.#next.set(base, number);
    this.#taken.add(name);
    return name;
  }

  /** False where the name is taken already. */
  claim(name: string): boolean {
    if (this.#taken.has(name)) return false;
    this.#taken.add(name);
    return true;
  }
}

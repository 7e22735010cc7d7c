import { UserError } from '../../../models/contracts/index.ts';

/** One encoding as it stands in a file, read field by field. What is missing or of another type is a UserError that names tensor and field. */
export class Entry {
  readonly name: string;
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #seen = new Set<string>();

  constructor(name: string, fields: unknown) {
    this.name = name;
    if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) throw this.error('is no object');
    this.#fields = fields as Record<string, unknown>;
  }

  has(field: string): boolean {
    return this.#fields[field] !== undefined && this.#fields[field] !== null;
  }

  raw(field: string): unknown {
    this.#seen.add(field);
    return this.#fields[field];
  }

  number(field: string): number {
    const value = this.raw(field);
    if (typeof value !== 'number' || !Number.isFinite(value)) throw this.error(`has ${this.#text(field)}, which should be a number`);
    return value;
  }

  integer(field: string, low: number, high: number): number {
    const value = this.number(field);
    if (!Number.isInteger(value) || value < low || value > high)
      throw this.error(`has ${field} ${value}, which should be a whole number from ${low} to ${high}`);
    return value;
  }

  /** A list of at least one number. */
  numbers(field: string): number[] {
    const value = this.raw(field);
    const list = Array.isArray(value) ? value : [];
    if (list.length === 0 || !list.every((v) => typeof v === 'number' && Number.isFinite(v))) {
      throw this.error(`has ${this.#text(field)}, which should be a list of numbers`);
    }
    return list as number[];
  }

  text(field: string): string {
    const value = this.raw(field);
    if (typeof value !== 'string') throw this.error(`has ${this.#text(field)}, which should be a text`);
    return value;
  }

  /** A boolean, also as Python's text of one. */
  flag(field: string): boolean {
    const value = this.raw(field);
    const known = typeof value === 'string' ? { true: true, false: false }[value.toLowerCase()] : value;
    if (typeof known !== 'boolean') throw this.error(`has ${this.#text(field)}, which should be true or false`);
    return known;
  }

  /** Fields that nobody asked for. */
  rest(): Record<string, unknown> {
    return Object.fromEntries(Object.entries(this.#fields).filter(([field]) => !this.#seen.has(field)));
  }

  error(what: string, nextSteps: readonly string[] = ['Export the encodings again.']): UserError {
    return new UserError(`The encoding of "${this.name}" ${what}.`, nextSteps);
  }

  #text(field: string): string {
    const value = this.#fields[field];
    return value === undefined ? `no ${field}` : `${field} ${JSON.stringify(value)?.slice(0, 60)}`;
  }
}

import { BugError } from '../../models/contracts/errors.ts';
import { hashJson } from './hash.ts';
import type { Json, Omission, Step } from './step.ts';

/** What has become of the steps of one run so far: outputs, and what was left out. */
export class StepLedger {
  readonly #steps: readonly Step[];
  readonly #outputs = new Map<string, Json>();
  readonly #hashes = new Map<string, string>();
  readonly #omitted = new Map<string, Omission>();

  /** Throws BugError where a step comes before what it needs, or two have one name. */
  constructor(steps: readonly Step[]) {
    checkOrder(steps);
    this.#steps = steps;
  }

  get outputs(): ReadonlyMap<string, Json> {
    return this.#outputs;
  }

  /** What was left out, in the order of the steps. */
  get omissions(): readonly Omission[] {
    return this.#steps.flatMap(({ id }) => this.#omitted.get(id) ?? []);
  }

  step(id: string): Step | null {
    return this.#steps.find((step) => step.id === id) ?? null;
  }

  /** The first step that is neither done nor left out. */
  next(): Step | null {
    return this.#steps.find(({ id }) => this.isOpen(id)) ?? null;
  }

  isOpen(id: string): boolean {
    return !this.#outputs.has(id) && !this.#omitted.has(id);
  }

  isOmitted(id: string): boolean {
    return this.#omitted.has(id);
  }

  /** What the step needs, cannot do without, and will not get. */
  lackOf({ needs, mayLack = [] }: Step): Omission | null {
    const lacking = needs.find((id) => this.#omitted.has(id) && !mayLack.includes(id));
    return lacking === undefined ? null : (this.#omitted.get(lacking) as Omission);
  }

  /** Hash of everything that the step's result depends on. What it has to do without counts as well. */
  hashOf({ kind, key, needs }: Step): string {
    return hashJson({ kind, key, needs: needs.map((id) => this.#hashes.get(id)) });
  }

  keep({ id }: Step, output: Json): void {
    this.#outputs.set(id, output);
    this.#hashes.set(id, hashJson(output));
  }

  omit({ id, kind, title }: Step, by: Omission['by'], reason: string): void {
    this.#omitted.set(id, { step: id, kind, title, device: null, by, reason });
  }

  /** Opens a step that was left out again, and all that was left out for it or done without it. Their ids, without its own. */
  reopen(id: string): string[] {
    this.#omitted.delete(id);
    const again = this.dependents(id).filter((other) => this.#outputs.has(other) || this.#omitted.get(other)?.by === 'need');
    for (const other of again) {
      this.#outputs.delete(other);
      this.#hashes.delete(other);
      this.#omitted.delete(other);
    }
    return again;
  }

  /** Everything that needs a step, directly or through others. */
  dependents(id: string): string[] {
    const reached = new Set([id]);
    for (const step of this.#steps) if (step.needs.some((need) => reached.has(need))) reached.add(step.id);
    reached.delete(id);
    return [...reached];
  }
}

function checkOrder(steps: readonly Step[]): void {
  const seen = new Set<string>();
  for (const { id, needs, mayLack = [] } of steps) {
    const missing = [...needs, ...mayLack].find((other) => !seen.has(other));
    if (missing !== undefined) throw new BugError(`Step ${id} needs ${missing}, which does not come before it.`);
    if (seen.has(id)) throw new BugError(`Two steps are called ${id}.`);
    seen.add(id);
  }
}

import { MilConstant } from '../package/constant.ts';
import type { MilArgument } from '../package/mil.ts';
import type { MilType } from '../package/mil-type.ts';
import type { Emitter } from './emitter.ts';
import { type Known, knownConstant, knownTensor } from './known.ts';
import { Untranslatable } from './untranslatable.ts';

interface Entry {
  readonly type: MilType;
  /** Name of the ONNX value; null for a known one that nobody has asked for as a value yet. */
  value: string | null;
  readonly known: Known | null;
}

/** What the names of a function stand for, in order of definition. */
export class Scope {
  readonly #entries = new Map<string, Entry>();
  readonly #emitter: Emitter;

  constructor(emitter: Emitter) {
    this.#emitter = emitter;
  }

  /** A name for something that is computed at run time. */
  define(name: string, type: MilType, value: string): void {
    this.#entries.set(name, { type, value, known: null });
  }

  /** A name for something that is known. */
  defineKnown(name: string, type: MilType, known: Known): void {
    this.#entries.set(name, { type, value: null, known });
  }

  type(argument: MilArgument): MilType {
    return argument instanceof MilConstant ? argument.type : this.#entry(argument).type;
  }

  known(argument: MilArgument): Known | null {
    return argument instanceof MilConstant ? knownConstant(argument) : this.#entry(argument).known;
  }

  value(argument: MilArgument): string {
    if (argument instanceof MilConstant) return this.#emitter.tensor('immediate', knownTensor(knownConstant(argument)));
    const entry = this.#entry(argument);
    if (entry.value === null && entry.known) entry.value = this.#emitter.tensor(argument, knownTensor(entry.known));
    return entry.value as string;
  }

  #entry(name: string): Entry {
    const entry = this.#entries.get(name);
    if (!entry) throw new Untranslatable(`"${name}" is not defined`);
    return entry;
  }
}

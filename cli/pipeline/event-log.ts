import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { DynoEvent } from '../../models/contracts/events.ts';

/** The events of a run as JSON lines. A run that is resumed appends; a line that a kill tore is cut off first. */
export class EventLog {
  readonly #file: number;

  constructor(path: string) {
    const whole = existsSync(path) ? readFileSync(path).lastIndexOf(0x0a) + 1 : 0;
    this.#file = openSync(path, existsSync(path) ? 'r+' : 'w');
    ftruncateSync(this.#file, whole);
    this.#position = whole;
  }

  #position: number;

  append(event: DynoEvent): void {
    const line = Buffer.from(`${JSON.stringify(event)}\n`);
    writeSync(this.#file, line, 0, line.length, this.#position);
    this.#position += line.length;
  }

  close(): void {
    closeSync(this.#file);
  }
}

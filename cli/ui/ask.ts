import { createInterface, type Interface } from 'node:readline';
import type { Io } from '../io.ts';

/** Questions at a terminal, one line each, in words that a screen reader reads as well. Enter takes what is offered. */
export class Questions {
  readonly #io: Io;
  readonly #signal: AbortSignal;
  readonly #reader: Interface;
  readonly #lines: AsyncIterator<string>;

  constructor(io: Io, signal: AbortSignal) {
    this.#io = io;
    this.#signal = signal;
    this.#reader = createInterface({ input: io.stdin, terminal: false });
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  /** What was typed; `offered` where that is nothing, or the input ends. Rejects with the signal's reason. */
  async ask(question: string, offered: string): Promise<string> {
    this.#io.stderr.write(`${question}${offered === '' ? '' : ` [${offered}]`}: `);
    const interrupted = new Promise<never>((_, reject) => {
      this.#signal.addEventListener('abort', () => reject(this.#signal.reason), { once: true });
    });
    interrupted.catch(() => undefined);
    const line = await Promise.race([this.#lines.next(), interrupted]);
    return line.done || line.value.trim() === '' ? offered : line.value.trim();
  }

  close(): void {
    this.#reader.close();
  }
}

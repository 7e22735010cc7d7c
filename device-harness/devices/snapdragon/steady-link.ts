import { setTimeout as sleep } from 'node:timers/promises';
import { LinkLostError } from '../../adb/link-lost.ts';
import type { LinkOptions, PhoneLink, ShellAnswer } from './phone-link.ts';

export interface SteadyLinkOptions {
  readonly serial: string;
  /** Reaches the phone anew: connects, and opens a session where there is one. */
  readonly open: () => Promise<PhoneLink>;
  /** How long a phone may be away before it is given up; default 2 minutes. */
  readonly patienceMs?: number;
}

const BETWEEN_MS = 1000;

/** For a phone that has stayed away once: whoever asks next is told so soon. */
const SECOND_PATIENCE_MS = 3000;
const PROBE_MS = 10_000;

/** A link that is opened again after it was lost. Its own calls fail as those of any link: whoever works decides what has to be done again. */
export class SteadyLink implements PhoneLink {
  readonly serial: string;
  readonly #open: () => Promise<PhoneLink>;
  readonly #fullPatienceMs: number;
  #patienceMs: number;
  #link: PhoneLink | null = null;
  #via = 'adb';

  constructor({ serial, open, patienceMs = 120_000 }: SteadyLinkOptions) {
    this.serial = serial;
    this.#open = open;
    this.#fullPatienceMs = patienceMs;
    this.#patienceMs = patienceMs;
  }

  get via(): string {
    return this.#via;
  }

  shell(command: string, options?: LinkOptions): Promise<ShellAnswer> {
    return this.#with((link) => link.shell(command, options));
  }

  push(local: string, remote: string, options?: LinkOptions): Promise<void> {
    return this.#with((link) => link.push(local, remote, options));
  }

  pull(remote: string, local: string, options?: LinkOptions): Promise<void> {
    return this.#with((link) => link.pull(remote, local, options));
  }

  /** Waits until the phone can be reached again. Throws LinkLostError with the last reason when it stays away. */
  async restore(signal?: AbortSignal): Promise<void> {
    const end = performance.now() + this.#patienceMs;
    for (;;) {
      signal?.throwIfAborted();
      try {
        await this.#forget();
        const { code } = await this.shell('true', { timeoutMs: PROBE_MS, ...(signal ? { signal } : {}) });
        if (code === 0) {
          this.#patienceMs = this.#fullPatienceMs;
          return;
        }
      } catch (error) {
        signal?.throwIfAborted();
        if (performance.now() >= end) {
          const why = error instanceof Error ? error.message : String(error);
          const waited = Math.round(this.#patienceMs / 1000);
          this.#patienceMs = Math.min(this.#patienceMs, SECOND_PATIENCE_MS);
          throw new LinkLostError(`${this.serial} did not come back within ${waited} s: ${why}`, this.#via, '', ['Plug the phone in again, unlock it, then go on with --resume.']);
        }
      }
      await sleep(Math.min(BETWEEN_MS, Math.max(0, end - performance.now())), undefined, signal ? { signal } : {});
    }
  }

  close(): Promise<void> {
    return this.#forget();
  }

  /** What broke is not used again: the next call opens anew. */
  async #with<T>(work: (link: PhoneLink) => Promise<T>): Promise<T> {
    try {
      this.#link ??= await this.#open();
      this.#via = this.#link.via;
      return await work(this.#link);
    } catch (error) {
      if (error instanceof LinkLostError) await this.#forget();
      throw error;
    }
  }

  /** A session that is gone cannot be ended in order. */
  async #forget(): Promise<void> {
    const link = this.#link;
    this.#link = null;
    await link?.close().catch(() => undefined);
  }
}

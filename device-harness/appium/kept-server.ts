import { ExternalError } from '../../models/contracts/errors.ts';
import type { AppiumServer } from './appium-server.ts';

/** Server starts of one run: more of them mean that it cannot live here. */
const MOST_STARTS = 12;

/** One Appium server for several phones, started when it is needed and again when it is gone. */
export class KeptServer {
  readonly #launch: () => Promise<AppiumServer>;
  readonly #advice: string;
  #server: Promise<AppiumServer> | null = null;
  #starts = 0;

  /** `advice` is the next step where it ends again and again. */
  constructor(launch: () => Promise<AppiumServer>, advice: string) {
    this.#launch = launch;
    this.#advice = advice;
  }

  /** Process of the server; null while there is none. */
  async pid(): Promise<number | null> {
    return (await this.#server?.catch(() => null))?.pid ?? null;
  }

  /** Phones that lose the server at the same time start one together. Throws ExternalError where it does not stay. */
  async running(): Promise<AppiumServer> {
    const current = this.#server;
    const server = await current?.catch(() => null);
    if (server?.pid) return server;
    if (this.#server === current) this.#server = this.#start();
    return this.#server as Promise<AppiumServer>;
  }

  async close(): Promise<void> {
    const server = await this.#server?.catch(() => null);
    this.#server = null;
    await server?.stop();
  }

  async #start(): Promise<AppiumServer> {
    if (++this.#starts > MOST_STARTS) throw new ExternalError(`Appium ended ${MOST_STARTS} times.`, 'appium', '', [this.#advice]);
    return this.#launch();
  }
}

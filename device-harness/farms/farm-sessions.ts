import { setTimeout as sleep } from 'node:timers/promises';
import { ExternalError, UserError } from '../../models/contracts/errors.ts';
import type { DriverPackages } from '../appium/driver-packages.ts';
import { openSession, type PhoneSession } from '../appium/session.ts';
import type { Farm } from './farm.ts';
import { accessTo, type FarmAccess } from './farm-access.ts';
import { keptAwake } from './heartbeat.ts';

export interface FarmSessionsOptions {
  readonly farm: Farm;
  readonly packages: DriverPackages;
  readonly environment: NodeJS.ProcessEnv;
  /** Hears that the farm has no free phone. */
  readonly note: (code: string, text: string, hint: string | null) => void;
  /** A command that costs the phone next to nothing. */
  readonly beat: (session: PhoneSession) => Promise<unknown>;
  readonly signal?: AbortSignal;
  /** Between two requests while there is no free phone; default 10 s. */
  readonly againMs?: number;
}

const AGAIN_MS = 10_000;

/** What farms say while every phone is taken: Selenium Grid, appium-device-farm, and clouds whose parallel sessions are used up. */
const NO_PHONE =
  /new session request timed out|unable to find provider|no (?:free |matching |suitable )?device|device[^.]{0,40}\b(?:busy|in use|not available|unavailable)|all parallel tests|parallel (?:test |session )?limit|queue|concurrency|too many requests|\b429\b/i;

/** Sessions on one phone of a farm. The phone is the farm's choice the first time; after a session is lost, only the same one will do. */
export class FarmSessions {
  readonly #options: FarmSessionsOptions;
  readonly #access: FarmAccess;
  #phone: string | null = null;
  #stranger: UserError | null = null;

  constructor(options: FarmSessionsOptions) {
    this.#options = options;
    this.#access = accessTo(options.farm, options.environment);
  }

  /** Serial or udid of the phone; null before the first session, and where the farm does not tell. */
  get phone(): string | null {
    return this.#phone;
  }

  /**
   * Opens a session with these capabilities below the farm's own, and keeps it from falling asleep. Waits while no phone is free. Throws UserError for
   * credentials that are refused and for another phone than before, ExternalError with what the farm says.
   */
  async open(capabilities: Readonly<Record<string, unknown>>): Promise<PhoneSession> {
    if (this.#stranger) throw this.#stranger;
    const { farm, beat } = this.#options;
    const pinned = this.#phone === null ? {} : { 'appium:udid': this.#phone };
    const app = farm.app === null ? {} : { 'appium:app': farm.app };
    const session = await this.#queue({ ...capabilities, ...pinned, ...app, ...this.#access.capabilities });
    await this.#recognise(session);
    const hiding = hidden(session, this.#access);
    return farm.flags.idleLimitSeconds === null ? hiding : keptAwake(hiding, beat, farm.flags.idleLimitSeconds);
  }

  async #queue(capabilities: Readonly<Record<string, unknown>>): Promise<PhoneSession> {
    const { farm, packages, note, signal, againMs = AGAIN_MS } = this.#options;
    const deadline = performance.now() + farm.queueSeconds * 1000;
    for (let attempt = 0; ; attempt++) {
      signal?.throwIfAborted();
      try {
        return await openSession(packages, this.#access.endpoint, capabilities);
      } catch (error) {
        const failure = this.#failure(this.#access.hide(error));
        if (!(failure instanceof ExternalError) || !NO_PHONE.test(failure.message)) throw failure;
        if (performance.now() + againMs > deadline) {
          throw new ExternalError(`farm:${farm.name} had no free phone for ${farm.queueSeconds} s: ${failure.message}`, 'session', failure.output, [`Later, or wait longer: farms.${farm.name}.queueSeconds.`]);
        }
        if (attempt === 0) note('farm-queue', `farm:${farm.name} has no free phone: it is asked again for up to ${farm.queueSeconds} s.`, null);
      }
      await sleep(againMs, undefined, signal ? { signal } : {});
    }
  }

  #failure(error: unknown): unknown {
    const { name, user, key } = this.#options.farm;
    if (!(error instanceof ExternalError)) return error;
    const { message, output } = error;
    if (/unauthori[sz]ed|\b401\b|authentication|invalid (?:username|credentials)|access denied|\b403\b/i.test(message)) {
      const named = [user, key].filter((variable) => variable !== null);
      return new UserError(`farm:${name} refuses the credentials.`, [named.length > 0 ? `Check the environment variables ${named.join(' and ')}.` : `Name the variables that hold them: farms.${name}.user and .key.`]);
    }
    if (!/ENOTFOUND|ECONNREFUSED|EAI_AGAIN|failed to fetch|fetch failed|certificate/i.test(message)) return error;
    const { hostname, port } = this.#access.endpoint;
    return new ExternalError(`farm:${name} cannot be reached at ${hostname}:${port}.`, 'session', output, [`Check farms.${name}.url, and that the farm is up.`]);
  }

  /** Models and results lie on one phone: measuring goes on there or not at all. */
  async #recognise(session: PhoneSession): Promise<void> {
    const told = ['deviceUDID', 'appium:deviceUDID', 'udid', 'appium:udid'].map((key) => session.capabilities[key]).find((value) => typeof value === 'string' && value !== '');
    const phone = typeof told === 'string' ? told : null;
    if (this.#phone !== null && phone !== this.#phone) {
      await session.close().catch(() => undefined);
      const { name } = this.#options.farm;
      this.#stranger = new UserError(`farm:${name} gave ${phone ?? 'a phone that does not say which it is'} in place of ${this.#phone}, which it gave before.`, [
        `Start anew, or name one phone in farms.${name}.capabilities (appium:udid, or the vendor's word for it).`,
      ]);
      throw this.#stranger;
    }
    this.#phone = phone;
  }
}

function hidden(session: PhoneSession, { hide }: FarmAccess): PhoneSession {
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw hide(error);
    }
  };
  return {
    id: session.id,
    capabilities: session.capabilities,
    execute: (command, args) => guarded(() => session.execute(command, args)),
    pushFile: (path, bytes) => guarded(() => session.pushFile(path, bytes)),
    pullFile: (path) => guarded(() => session.pullFile(path)),
    close: () => guarded(() => session.close()),
  };
}

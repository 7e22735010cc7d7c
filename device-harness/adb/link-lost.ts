import { setTimeout as sleep } from 'node:timers/promises';
import { ExternalError } from '../../models/contracts/errors.ts';

/** The way to a phone is gone: unplugged, offline, or what lies between broke. The phone may come back, and what was done has to be done again. */
export class LinkLostError extends ExternalError {}

const ATTEMPTS = 6;
const BETWEEN_MS = 1000;

/** Does what may be done again: an adb server that is just being started, or was just ended, answers the next time. */
export async function retryLost<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof LinkLostError) || attempt === ATTEMPTS) throw error;
      await sleep(BETWEEN_MS, undefined, signal ? { signal } : {});
    }
  }
}

import type { PhoneSession } from '../appium/session.ts';
import { lockPhone } from '../devices/snapdragon/phone-lock.ts';
import type { Farm } from './farm.ts';
import type { FarmSessions } from './farm-sessions.ts';

export interface FarmEntry {
  readonly session: PhoneSession;
  /** Gives the phone back to other processes. */
  readonly unlock: () => void;
}

/**
 * Opens the first session on a phone of a farm, and takes the phone for this process. Appium ends a session when another one is opened on the same phone: one that
 * the capabilities name is taken before. Throws UserError where another process has it.
 */
export async function enterFarm(farm: Farm, sessions: FarmSessions, capabilities: Readonly<Record<string, unknown>>, selector: string, environment: NodeJS.ProcessEnv): Promise<FarmEntry> {
  const lock = (phone: string): (() => void) => lockPhone(`farm:${farm.name} ${phone}`, environment);
  const named = farm.capabilities['appium:udid'];
  const early = typeof named === 'string' ? lock(named) : null;
  let session: PhoneSession | null = null;
  try {
    session = await sessions.open(capabilities);
    return { session, unlock: early ?? lock(sessions.phone ?? selector) };
  } catch (error) {
    await session?.close().catch(() => undefined);
    early?.();
    throw error;
  }
}

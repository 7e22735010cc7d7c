import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { cacheFolder } from '../../../converters/toolchain/environment.ts';
import { type LockOwner, lockOwner, tryLock } from '../../../converters/toolchain/file-lock.ts';
import { UserError } from '../../../models/contracts/errors.ts';

/** Takes a phone for this process: two that measure on it at once would disturb one another. Throws UserError that names who has it. Returns what gives it back, once. */
export function lockPhone(serial: string, environment: NodeJS.ProcessEnv): () => void {
  const path = lockFile(serial, environment);
  mkdirSync(dirname(path), { recursive: true });
  const attempt = tryLock(path);
  if ('release' in attempt) {
    let held = true;
    return () => {
      if (held) attempt.release();
      held = false;
    };
  }
  throw new UserError(`${serial} is in use by ${nameOf(attempt.owner)}.`, ['Wait until that run has ended, or measure on another phone: --on android:SERIAL.']);
}

/** Who measures on a phone, `process 4711`; null where nobody does. */
export function phoneOwner(serial: string, environment: NodeJS.ProcessEnv): string | null {
  const owner = lockOwner(lockFile(serial, environment));
  return owner && nameOf(owner);
}

function lockFile(serial: string, environment: NodeJS.ProcessEnv): string {
  return join(cacheFolder(environment), 'phones', `${serial.replace(/[^A-Za-z0-9._-]/g, '_')}.lock`);
}

function nameOf(owner: LockOwner | null): string {
  return owner === null ? 'another dyno' : `process ${owner.pid}${owner.host === hostname() ? '' : ` on ${owner.host}`}`;
}

import { hostname } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../models/contracts/errors.ts';
import { type LockOwner, tryLock } from '../../converters/toolchain/file-lock.ts';

/**
 * Takes a folder for this process, so that two runs never write into it at once; the function gives it back. What a killed process left
 * behind is taken over. Throws UserError while another one lives.
 */
export function lockFolder(folder: string): () => void {
  const attempt = tryLock(join(folder, 'lock'));
  if ('owner' in attempt) throw inUse(folder, attempt.owner);
  return attempt.release;
}

function inUse(folder: string, owner: LockOwner | null): UserError {
  const who = owner ? `process ${owner.pid}${owner.host === hostname() ? '' : ` on ${owner.host}`}` : 'another process';
  return new UserError(`${folder} is in use by ${who}.`, [
    'Wait for it, or stop it.',
    `Where it no longer exists, remove ${join(folder, 'lock')}.`,
  ]);
}

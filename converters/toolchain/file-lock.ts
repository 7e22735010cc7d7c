import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';

export interface LockOwner {
  readonly pid: number;
  readonly host: string;
}

/** What came of an attempt: the lock with the function that gives it back, or whose it is (null where that cannot be read). */
export type LockAttempt = { readonly release: () => void } | { readonly owner: LockOwner | null };

/** Takes the lock file `path` for this process, unless another one that lives has it. What a killed process left behind is taken over. */
export function tryLock(path: string): LockAttempt {
  const mine = JSON.stringify({ pid: process.pid, host: hostname() } satisfies LockOwner);
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      writeFileSync(path, mine, { flag: 'wx' });
      return { release: () => rmSync(path, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const content = read(path);
    const owner = ownerOf(content);
    if (content !== null && owner && lives(owner)) return { owner };
    removeStale(path, content);
  }
  return { owner: ownerOf(read(path)) };
}

/** The living process that has the lock; null where none has it. */
export function lockOwner(path: string): LockOwner | null {
  const owner = ownerOf(read(path));
  return owner !== null && lives(owner) ? owner : null;
}

/** Whether a process that lives has the lock. */
export function isLocked(path: string): boolean {
  return lockOwner(path) !== null;
}

/** Moved aside first: of two processes that find the same stale lock, one succeeds. */
function removeStale(path: string, content: string | null): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (read(aside) === content) rmSync(aside, { force: true });
  else renameSync(aside, path);
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

/** Null for a torn lock. */
function ownerOf(content: string | null): LockOwner | null {
  try {
    return JSON.parse(content ?? '') as LockOwner;
  } catch {
    return null;
  }
}

/** A process of another machine counts as living: nobody here can tell. */
function lives({ pid, host }: LockOwner): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

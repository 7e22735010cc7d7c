import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../models/contracts/errors.ts';

interface Owner {
  readonly pid: number;
  readonly host: string;
}

/**
 * Takes a folder for this process, so that two runs never write into it at once; the function gives it back. What a killed process left
 * behind is taken over. Throws UserError while another one lives.
 */
export function lockFolder(folder: string): () => void {
  const path = join(folder, 'lock');
  const mine = JSON.stringify({ pid: process.pid, host: hostname() } satisfies Owner);
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      writeFileSync(path, mine, { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const theirs = read(path);
    if (theirs !== null && lives(theirs)) throw inUse(folder, theirs);
    removeStale(path, theirs);
  }
  throw inUse(folder, read(path) ?? '{}');
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

/** A process of another machine counts as living: nobody here can tell. An unreadable lock is a torn one. */
function lives(content: string): boolean {
  let owner: Owner;
  try {
    owner = JSON.parse(content) as Owner;
  } catch {
    return false;
  }
  if (owner.host !== hostname()) return true;
  try {
    process.kill(owner.pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function inUse(folder: string, content: string): UserError {
  const { pid, host } = JSON.parse(content) as Partial<Owner>;
  const who = pid === undefined ? 'another process' : `process ${pid}${host === hostname() ? '' : ` on ${host}`}`;
  return new UserError(`${folder} is in use by ${who}.`, [
    'Wait for it, or stop it.',
    `Where it no longer exists, remove ${join(folder, 'lock')}.`,
  ]);
}

import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../contracts/errors.ts';
import { fileError } from './file-error.ts';

/**
 * A file that is written under a temporary name beside its target and takes the target's place only when it is whole. Goes when it is
 * discarded, when the process exits or is interrupted; what a killed process left is swept up by the next one that writes the same target.
 */
export class TempFile {
  /** Where the file will be; a symbolic link has been followed. */
  readonly target: string;
  readonly path: string;
  readonly descriptor: number;
  /** True when the file shares the blocks of `original` (reflink) and so has its content already. */
  readonly cloned: boolean;
  #open = true;

  /** Throws UserError where the folder does not exist or must not be written to. `original`: a file to clone where the file system can. */
  constructor(target: string, original?: string) {
    this.target = followLink(target);
    sweep(this.target);
    this.path = join(dirname(this.target), `${prefix(this.target)}${process.pid}-${++count}.tmp`);
    try {
      refuseOther(this.target);
      this.cloned = original !== undefined && clone(original, this.path);
      this.descriptor = openSync(this.path, this.cloned ? 'r+' : 'wx+');
    } catch (error) {
      throw fileError(error, target);
    }
    guard(this);
  }

  close(): void {
    if (this.#open) closeSync(this.descriptor);
    this.#open = false;
  }

  /** Puts the file in its place, with the permissions of the file that was there. */
  commit(): void {
    this.close();
    try {
      const old = statSync(this.target, { throwIfNoEntry: false });
      if (old) chmodSync(this.path, old.mode & 0o7777);
      renameSync(this.path, this.target);
    } catch (error) {
      throw fileError(error, this.target);
    }
    live.delete(this);
    if (live.size === 0) unguard();
  }

  /** Takes the file away, unless it is in its place already. */
  discard(): void {
    this.close();
    if (!live.delete(this)) return;
    remove(this.path);
    if (live.size === 0) unguard();
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const live = new Set<TempFile>();
let count = 0;

function guard(file: TempFile): void {
  if (live.size === 0) {
    process.on('exit', removeAll);
    for (const signal of SIGNALS) process.on(signal, interrupted);
  }
  live.add(file);
}

function unguard(): void {
  process.off('exit', removeAll);
  for (const signal of SIGNALS) process.off(signal, interrupted);
}

/** Cleans up; where nobody else listens, ends the process as the signal would have. */
function interrupted(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  removeAll();
  unguard();
  process.kill(process.pid, signal);
}

function removeAll(): void {
  for (const file of live) remove(file.path);
}

const prefix = (target: string): string => `.${basename(target)}.dyno-`;

function sweep(target: string): void {
  const start = prefix(target);
  let names: string[];
  try {
    names = readdirSync(dirname(target));
  } catch {
    return;
  }
  for (const name of names) {
    const pid = name.startsWith(start) ? /^(\d+)-\d+\.tmp$/.exec(name.slice(start.length))?.[1] : undefined;
    if (pid !== undefined && !isAlive(Number(pid))) remove(join(dirname(target), name));
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Only a regular file may be replaced: a renamed file would take the place of a folder's or a device's own entry. */
function refuseOther(target: string): void {
  const there = statSync(target, { throwIfNoEntry: false });
  if (there?.isDirectory()) throw Object.assign(new Error('it is a folder'), { code: 'EISDIR' });
  if (there && !there.isFile()) throw new UserError(`${target} is a device or a pipe, where a file is to be written.`, ['Give the name of a file.']);
}

/** A failed attempt leaves nothing behind. */
function clone(original: string, path: string): boolean {
  try {
    copyFileSync(original, path, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch {
    return false;
  }
}

function followLink(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Gone already.
  }
}

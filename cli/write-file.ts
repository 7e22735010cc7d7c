import { mkdirSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { UserError } from '../models/contracts/errors.ts';
import { fileError } from '../models/onnx/file-error.ts';

/**
 * Writes a file under a temporary name beside its place and renames it, so that nobody ever sees half of it. Makes its folder. A link is
 * followed; what is no regular file (`/dev/stdout`, `/dev/null`, a named pipe) is written into and never replaced. Throws UserError.
 */
export function writeFileSafely(path: string, content: string | Uint8Array, cwd = process.cwd()): void {
  const target = resolve(cwd, path);
  try {
    mkdirSync(dirname(target), { recursive: true });
    if (isReplaceable(target)) replace(statSync(target, { throwIfNoEntry: false }) ? realpathSync(target) : target, content);
    else writeFileSync(target, content);
  } catch (error) {
    throw new UserError(
      `Cannot write ${path}: ${reason(error as NodeJS.ErrnoException)}.`,
      ['Check the folder, its permissions and the space on its disk.'],
      { cause: error },
    );
  }
}

/** Makes the folder of a file that is written elsewhere. Throws UserError. */
export function makeFolderOf(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    throw fileError(error, path);
  }
}

/** Throws UserError where `out` is the file that is read: what a command makes never takes the place of what it was made from. */
export function refuseOverwriting(model: string, out: string): void {
  const [from, to] = [model, out].map((path) => statSync(path, { throwIfNoEntry: false }));
  if (!from || !to || from.ino !== to.ino || from.dev !== to.dev) return;
  throw new UserError(`${out} is the model that is read; it is not written over.`, ['Give another name with -o.']);
}

function isReplaceable(target: string): boolean {
  const there = statSync(target, { throwIfNoEntry: false });
  return !target.startsWith('/dev/') && (there === undefined || there.isFile());
}

function replace(target: string, content: string | Uint8Array): void {
  const temporary = `${target}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, content);
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'it must not be written to', EPERM: 'it must not be written to', EROFS: 'the file system is read-only', EISDIR: 'it is a folder',
  ENOSPC: 'no space is left', EDQUOT: 'no space is left', ENOTDIR: 'part of its path is no folder', EEXIST: 'part of its path is no folder',
};

function reason({ code, message }: NodeJS.ErrnoException): string {
  return code === undefined ? message : (REASONS[code] ?? code);
}

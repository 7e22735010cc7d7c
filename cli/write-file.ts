import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { UserError } from '../models/contracts/errors.ts';

/** Writes a file under a temporary name beside its place and renames it, so that nobody ever sees half of it. Makes its folder. */
export function writeFileSafely(path: string, content: string | Uint8Array, cwd = process.cwd()): void {
  const target = resolve(cwd, path);
  const temporary = `${target}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(temporary, content);
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new UserError(
      `Cannot write ${path}: ${(error as NodeJS.ErrnoException).code ?? (error as Error).message}.`,
      ['Check the folder and its permissions.'],
      { cause: error },
    );
  }
}

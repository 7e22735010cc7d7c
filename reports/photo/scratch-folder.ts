import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../../models/contracts/errors.ts';

/** A hidden folder beside a file that is being made, for what is too large for memory. What a killed process left goes with the next one for the same file. */
export interface ScratchFolder {
  readonly path: string;
  remove(): void;
}

export function scratchFolder(target: string): ScratchFolder {
  const start = `.${basename(target)}.dyno-photo-`;
  const path = join(dirname(target), `${start}${process.pid}`);
  try {
    for (const name of readdirSync(dirname(target))) {
      const pid = name.startsWith(start) ? Number(name.slice(start.length)) : Number.NaN;
      if (pid === process.pid || (Number.isInteger(pid) && !isAlive(pid))) rmSync(join(dirname(target), name), { recursive: true, force: true });
    }
    mkdirSync(path);
  } catch (error) {
    throw new UserError(`${dirname(target)} cannot be written to: ${(error as NodeJS.ErrnoException).code ?? (error as Error).message}.`, ['Name another place with -o FILE.'], { cause: error });
  }
  const remove = (): void => {
    process.off('exit', remove);
    rmSync(path, { recursive: true, force: true });
  };
  process.on('exit', remove);
  return { path, remove };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { UserError } from '../../models/contracts/index.ts';
import { type Baseline, parseBaseline } from './baseline.ts';

/** Reads a baseline file. Throws UserError where it is missing or damaged. */
export async function readBaseline(path: string): Promise<Baseline> {
  const json = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`Cannot read the baseline ${path}: ${error.code ?? error.message}.`, ['Write one with dyno gate --update.'], {
      cause: error,
    });
  });
  return parseBaseline(json, path);
}

/** Writes a baseline beside its place and renames it: a reader never sees half a file. */
export async function writeBaseline(path: string, baseline: Baseline): Promise<void> {
  const target = resolve(path);
  const temporary = `${target}.${process.pid}.tmp`;
  try {
    await mkdir(dirname(target), { recursive: true });
    await refuseOther(target);
    await writeFile(temporary, `${JSON.stringify(baseline, null, 1)}\n`, { flag: 'wx' });
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw new UserError(
      `Cannot write the baseline ${path}: ${(error as NodeJS.ErrnoException).code ?? (error as Error).message}.`,
      ['Check the folder and its permissions.'],
      { cause: error },
    );
  }
}

/** What is no regular file (a folder, `/dev/null`) is not replaced. */
async function refuseOther(target: string): Promise<void> {
  const there = await stat(target).catch(() => null);
  if (there && !there.isFile()) throw new Error('it is no file');
}

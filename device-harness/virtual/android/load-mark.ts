import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Folder of the phone in which programs at work leave their process ids. */
export function loadFolder(folder: string): string {
  return join(folder, 'load');
}

/** Says that this process keeps the phone busy while it works: it warms up and draws current. */
export async function underLoad<T>(folder: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(loadFolder(folder), { recursive: true });
  const mark = join(loadFolder(folder), String(process.pid));
  writeFileSync(mark, '');
  try {
    return await work();
  } finally {
    rmSync(mark, { force: true });
  }
}

import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout that the running test belongs to. */
export const repoRoot = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

export const fixture = (...path: string[]): string => join(repoRoot, 'test/fixtures', ...path);

/**
 * A file of the read-only data beside the checkout (`../shared/data/…`), or null where this machine does not have it: skip the test then.
 */
export function sharedData(path: string): string | null {
  const full = resolve(repoRoot, '../shared/data', path);
  return existsSync(full) ? full : null;
}

import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { UserError } from '../../models/contracts/errors.ts';

export const CONFIG_NAMES = ['ts', 'mts', 'js', 'mjs', 'json'].map((extension) => `dyno.config.${extension}`);

/**
 * The config file for a folder: the nearest one upward, no further than the root of the git repository. `given` names one instead.
 * Null where there is none. Throws UserError for a given file that is missing, and where two lie side by side.
 */
export function findConfig(cwd: string, given?: string): string | null {
  if (given !== undefined) {
    const path = resolve(cwd, given);
    if (!existsSync(path)) throw new UserError(`There is no config file ${given}.`, ['Write one with dyno init, or leave --config out.']);
    return path;
  }
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const found = CONFIG_NAMES.map((name) => join(folder, name)).filter((path) => existsSync(path));
    if (found.length > 1)
      throw new UserError(`Two config files lie side by side: ${found.join(', ')}.`, ['Remove one, or name one with --config.']);
    if (found[0] !== undefined) return found[0];
    if (existsSync(join(folder, '.git')) || dirname(folder) === folder) return null;
  }
}

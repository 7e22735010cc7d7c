import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { UserError } from '../../models/contracts/errors.ts';
import type { Config } from '../config/config.ts';
import { loadFileAs } from '../config/load-file.ts';
import { type SweepFile, sweepSchema } from './sweep-file.ts';
import { absoluteSweep } from './sweep-paths.ts';

const NAMES = ['ts', 'mts', 'js', 'mjs', 'json'].map((extension) => `sweep.${extension}`);

/** The config that is meant: the one named, `sweep.*` here, or `sweep` of the project's config. Paths become absolute. Throws UserError. */
export async function loadSweep(given: string | undefined, config: Config, cwd: string): Promise<SweepFile> {
  const here = NAMES.map((name) => join(cwd, name)).filter((path) => existsSync(path));
  if (given === undefined && here.length > 1) throw new UserError(`Two configs lie side by side: ${here.join(', ')}.`, ['Name one: dyno sweep FILE.']);
  const path = given === undefined ? here[0] : resolve(cwd, given);
  if (path === undefined) {
    if (config.sweep) return config.sweep;
    throw new UserError('There is no table to make: no config was named, there is no sweep.json here, and dyno.config.* has no "sweep".', [
      'Name one: dyno sweep table.json', 'How it is written: docs/sweep.md',
    ]);
  }
  if (!existsSync(path)) throw new UserError(`There is no config ${given}.`, ['Check the path.']);
  const file = await loadFileAs(path, sweepSchema, 'Add "$schema": "./node_modules/npu-dyno/cli/sweep/sweep.schema.json" for help in the editor; docs/sweep.md lists all keys.');
  return absoluteSweep(file, dirname(path));
}

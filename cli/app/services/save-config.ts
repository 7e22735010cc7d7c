import { existsSync, readFileSync } from 'node:fs';
import { dirname, extname, resolve } from 'node:path';
import { UserError } from '../../../models/contracts/errors.ts';
import { shownPath } from '../../work/model-refs.ts';
import { writeFileSafely } from '../../write-file.ts';
import { configOf } from '../state/choices.ts';
import type { AppState } from '../state/state.ts';

const SCHEMA = './node_modules/npu-dyno/cli/config/schema.json';

type Json = Record<string, unknown>;

/** The file that choices are saved in: the config in force where that is JSON, else one here. What is a program (`dyno.config.ts`) is left alone. */
export function saveTargetOf(file: string | null, cwd: string): AppState['saveTarget'] {
  if (file === null) return { name: 'dyno.config.json', exists: false };
  if (extname(file) === '.json') return { name: shownPath(file, cwd), exists: true };
  return { name: 'dyno.app.json', exists: existsSync(resolve(cwd, 'dyno.app.json')) };
}

/** Writes the choices into the target; what a file that is there says beyond them stays, other models included. */
export function saveConfig(state: AppState): string {
  const { name } = state.saveTarget;
  const path = resolve(state.cwd, name);
  const before = existsSync(path) ? readJson(path) : {};
  const { $schema = SCHEMA, ...rest } = overlaid(before, configOf(state, dirname(path)));
  writeFileSafely(path, `${JSON.stringify({ $schema, ...rest }, null, 2)}\n`);
  return name;
}

/** Members of objects one by one, all else as a whole. */
function overlaid(under: Json, over: Json): Json {
  const merged = Object.entries(over).map(([key, value]): [string, unknown] => [key, isJson(value) && isJson(under[key]) ? overlaid(under[key], value) : value]);
  return { ...under, ...Object.fromEntries(merged) };
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readJson(path: string): Json {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Json;
  } catch (error) {
    throw new UserError(`${path} cannot be read: ${(error as Error).message}`, ['Mend it, or remove it.'], { cause: error });
  }
}

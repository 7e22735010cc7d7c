import { lstatSync, readFileSync, realpathSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { UserError } from '../../../models/contracts/index.ts';

/** The model file that a package's Manifest.json names. Throws UserError for a manifest that is missing or damaged, or leaves the package. */
export function rootModel(folder: string): string {
  const path = join(folder, 'Manifest.json');
  const { itemInfoEntries: items, rootModelIdentifier: root } = parse(path);
  const item = typeof root === 'string' && isObject(items) && Object.hasOwn(items, root) ? items[root] : null;
  const relative = isObject(item) ? item['path'] : null;
  if (typeof relative !== 'string' || relative === '') throw new UserError(`${path} names no model.`, STEPS);
  return inside(folder, join('Data', relative));
}

/** The place of a file below a folder, links resolved. Throws UserError where it is missing or leaves the folder. */
export function inside(folder: string, relative: string): string {
  const outside = new UserError(`${folder} refers to ${relative}, which is outside of it.`, ['Use a package that holds its own files.']);
  const home = realpathSync(folder);
  const wanted = resolve(home, relative);
  if (wanted !== home && !wanted.startsWith(home + sep)) throw outside;
  let real: string;
  try {
    real = realpathSync(wanted);
  } catch (error) {
    throw new UserError(`${join(folder, relative)} is missing.`, STEPS, { cause: error });
  }
  if (real !== home && !real.startsWith(home + sep)) throw outside;
  if (!lstatSync(real).isFile()) throw new UserError(`${join(folder, relative)} is no file.`, STEPS);
  return real;
}

const STEPS = ['Copy the package whole: a folder with Manifest.json and Data.'];

function parse(path: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UserError(`${path} cannot be read (${(error as Error).message}).`, STEPS, { cause: error });
  }
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch (error) {
    throw new UserError(`${path} is no JSON (${(error as Error).message}).`, STEPS, { cause: error });
  }
  throw new UserError(`${path} holds no object.`, STEPS);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

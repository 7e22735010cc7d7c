import { existsSync } from 'node:fs';
import { basename, relative, resolve } from 'node:path';
import { UserError } from '../../models/contracts/errors.ts';
import type { Config, ModelEntry } from '../config/config.ts';

/** A model that somebody named: by its name in the config, or by its file. */
export interface ModelRef extends ModelEntry {
  readonly id: string;
}

/** The models that arguments name; all of the config where none is given. Throws UserError where there are none. */
export function modelRefs(args: readonly string[], config: Config, cwd: string): ModelRef[] {
  const known = Object.entries(config.models).map(([id, entry]): ModelRef => ({ ...entry, id }));
  if (args.length === 0 && known.length === 0) {
    throw new UserError('Which model? None was given, and there is no config that names one.', [
      'Give an ONNX file: dyno check model.onnx',
      'Or write a config: dyno init',
    ]);
  }
  const refs = args.length === 0 ? known : args.map((arg) => modelRef(arg, config, cwd));
  return refs.map((ref, i) => (refs.findIndex(({ id }) => id === ref.id) === i ? ref : { ...ref, id: `${ref.id}-${i + 1}` }));
}

/** The one model that an argument names. */
export function modelRef(arg: string, config: Config, cwd: string): ModelRef {
  const entry = Object.hasOwn(config.models, arg) ? config.models[arg] : undefined;
  if (entry) return { ...entry, id: arg };
  const path = resolve(cwd, arg);
  if (!existsSync(path)) {
    const names = Object.keys(config.models);
    throw new UserError(
      `There is no file ${arg}${names.length > 0 ? ', and no model of that name in the config' : ''}.`,
      names.length > 0 ? [`Models of the config: ${names.join(', ')}.`] : ['Check the path.'],
    );
  }
  const configured = Object.values(config.models).find((other) => other.path === path);
  return { ...configured, id: basename(path).replace(/\.onnx$/i, ''), path };
}

/** A path as a person at `cwd` would type it. */
export function shownPath(path: string, cwd: string): string {
  const near = relative(cwd, path);
  return near === '' || near.startsWith('..') ? path : near;
}

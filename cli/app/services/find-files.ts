import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isCoreMlPath } from '../../../converters/coreml/package/core-ml-path.ts';
import { UserError } from '../../../models/contracts/errors.ts';
import { NETWORKS } from '../../../models/zoo/index.ts';
import type { Config } from '../../config/config.ts';
import { packageRoot } from '../../package-root.ts';
import { shownPath } from '../../work/model-refs.ts';
import type { FoundFiles, FoundModel, FoundPictures } from '../state/found.ts';
import { readPlans } from './list-runs.ts';
import type { Tell } from './services.ts';
import { walk } from '../../work/walk.ts';

/** Runs whose models count as used before. */
const RECENT = 20;

/** Models of the config, of past runs, of this package and from `cwd` down, and folders with pictures. What is known at once is told before the search. */
export async function findFiles(config: Config, cwd: string, tell: Tell<FoundFiles>, signal: AbortSignal): Promise<FoundFiles> {
  const known = { before: configured(config, cwd), after: [...bundled(), ...networks(cwd)], pictures: namedPictures(config, cwd) };
  tell({ models: once([...known.before, ...known.after]), pictures: known.pictures, truncated: false }, 'looking around');
  const { models, pictures, truncated } = await walk(cwd, signal);
  const here = models.map(({ path, kind, bytes, modified }): FoundModel => ({ id: shownPath(path, cwd), path, kind, origin: 'here', bytes, modified, note: null }));
  const folders = pictures.map(({ path, count }): FoundPictures => ({ path, shown: shownPath(path, cwd), count, note: null })).sort((a, b) => b.count - a.count);
  return { models: once([...known.before, ...here, ...recent(config, cwd), ...known.after]), pictures: once([...known.pictures, ...folders]), truncated };
}

/** The model at a path that somebody typed. Throws UserError where there is none. */
export function modelAt(typed: string, cwd: string): FoundModel {
  const path = resolve(cwd, typed.trim());
  if (!/\.(onnx|mlpackage)$/i.test(path)) throw new UserError(`${typed} is no .onnx file and no .mlpackage.`);
  if (!existsSync(path)) throw new UserError(`There is no ${typed}.`);
  return onDisk(path, shownPath(path, cwd), 'typed');
}

/** Each path once: the first that has it. */
function once<T extends { readonly path: string }>(list: readonly T[]): T[] {
  const seen = new Set<string>();
  return list.filter(({ path }) => !seen.has(path) && seen.add(path));
}

function configured({ models }: Config, cwd: string): FoundModel[] {
  return Object.entries(models).map(([id, { path }]) => ({ ...onDisk(path, id, 'config'), note: existsSync(path) ? shownPath(path, cwd) : `missing: ${shownPath(path, cwd)}` }));
}

function bundled(): FoundModel[] {
  const folder = join(packageRoot(), 'models/zoo/weights');
  return readdirSync(folder).filter((name) => name.endsWith('.onnx') && !name.includes('dynamic')).map((name) => onDisk(join(folder, name), join(folder, name), 'bundled'));
}

/** Networks that the zoo generates; each is written when it is needed. */
function networks(cwd: string): FoundModel[] {
  return NETWORKS.map(({ name, scales, title }) => {
    const named = `${name}-x${scales[0]}`;
    return { id: `zoo:${named}`, path: join(cwd, '.dyno', 'zoo', `${named}.onnx`), kind: 'network', origin: 'zoo', bytes: null, modified: null, note: title };
  });
}

function recent({ runs }: Config, cwd: string): FoundModel[] {
  const paths = readPlans(runs, RECENT).flatMap(({ models }) => models.map(({ path }) => path));
  return paths.filter((path) => existsSync(path)).map((path) => onDisk(path, shownPath(path, cwd), 'recent'));
}

function onDisk(path: string, id: string, origin: FoundModel['origin']): FoundModel {
  const kind = isCoreMlPath(path) ? 'package' : 'onnx';
  const there = statSync(path, { throwIfNoEntry: false });
  return { id, path, kind, origin, bytes: kind === 'package' ? null : (there?.size ?? null), modified: there?.mtimeMs ?? null, note: null };
}

function namedPictures({ images }: Config, cwd: string): FoundPictures[] {
  const configured = typeof images === 'string' ? images : images?.hr;
  const named: [string, string][] = [...(configured === undefined ? [] : [[configured, 'of the config'] as [string, string]]), [join(packageRoot(), 'models/zoo/samples'), 'come with dyno']];
  return named.filter(([path]) => existsSync(path)).map(([path, note]) => ({ path, shown: shownPath(path, cwd), count: readdirSync(path).filter((name) => !name.startsWith('.')).length, note }));
}

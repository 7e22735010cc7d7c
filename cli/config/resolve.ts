import { dirname, resolve } from 'node:path';
import { UserError } from '../../models/contracts/errors.ts';
import { withFileFrom } from '../../reports/quality/protocol.ts';
import { absoluteSweep } from '../sweep/sweep-paths.ts';
import type { SweepFile } from '../sweep/sweep-file.ts';
import type { Config } from './config.ts';
import { DEFAULTS } from './defaults.ts';
import { findConfig } from './find-file.ts';
import { formatPath, loadConfigFile } from './load-file.ts';
import { SETTINGS } from './settings.ts';

/** The settings in force, and where each came from. */
export interface Resolved {
  readonly config: Config;
  /** Null where no config file was found. */
  readonly file: string | null;
  /** By path (`bench.units`): `default`, the file, `DYNO_…` or the flag. */
  readonly origins: ReadonlyMap<string, string>;
}

export interface ResolveRequest {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Options as commander parsed them; only those given. */
  readonly flags: Readonly<Record<string, unknown>>;
}

type Tree = Record<string, unknown>;

/** Merges flags over the environment over the config file over the defaults. Throws UserError naming the place that does not fit. */
export async function resolveConfig({ cwd, env, flags }: ResolveRequest): Promise<Resolved> {
  const given = flags['config'] ?? (env['DYNO_CONFIG'] || undefined);
  const file = findConfig(cwd, given as string | undefined);
  const tree = structuredClone(DEFAULTS) as unknown as Tree;
  const origins = new Map<string, string>();
  for (const path of leaves(tree)) origins.set(path.join('.'), 'default');
  if (file !== null) overlay(tree, absolute((await loadConfigFile(file)) as Tree, dirname(file)), file, origins);
  const outside = fromOutside(cwd, env, flags);
  forgetUnits(tree, outside, origins);
  forgetDatasets(tree, outside, origins);
  forgetDegradations(tree, outside);
  for (const { path, value, origin } of outside) {
    put(tree, path, value);
    origins.set(path.join('.'), origin);
  }
  if (outside.some(({ fits }) => !fits)) await validate(tree, origins);
  const config = withDeviceList(tree as unknown as Config);
  return { config: { ...config, runs: resolve(file === null ? cwd : dirname(file), config.runs) }, file, origins };
}

/** Units of the config file belong to its devices: others, named outside of it, are measured on their own. */
function forgetUnits(tree: Tree, outside: readonly Outside[], origins: Map<string, string>): void {
  const at = (path: string): Outside | undefined => outside.find((one) => one.path.join('.') === path);
  const on = at('bench.on');
  const bench = tree['bench'] as Tree;
  const kinds = (value: unknown): string => [value].flat().map((text) => String(text).split(':')[0]).sort().join();
  if (!on || at('bench.units') || kinds(on.value) === kinds(bench['on'])) return;
  bench['units'] = DEFAULTS.bench.units;
  origins.set('bench.units', 'default');
}

/** Pictures named outside of the config file are scored in place of its data sets. */
function forgetDatasets(tree: Tree, outside: readonly Outside[], origins: Map<string, string>): void {
  if (!outside.some(({ path }) => path.join('.') === 'images')) return;
  (tree['quality'] as Tree)['datasets'] = DEFAULTS.quality.datasets;
  origins.set('quality.datasets', 'default');
}

/** A degradation named outside of the config file goes before those of its data sets. */
function forgetDegradations(tree: Tree, outside: readonly Outside[]): void {
  if (!outside.some(({ path }) => path.join('.') === 'quality.degrade')) return;
  const quality = tree['quality'] as Tree;
  quality['datasets'] = Object.fromEntries(Object.entries(quality['datasets'] as Record<string, Tree>).map(([name, { degrade: _, ...set }]) => [name, set]));
}

/** A single device may be written without brackets; `none` is none. */
function withDeviceList(config: Config): Config {
  const { on } = config.bench as { readonly on: string | readonly string[] };
  const devices = [on].flat() as string[];
  return { ...config, bench: { ...config.bench, on: devices.length === 1 && devices[0] === 'none' ? [] : devices } };
}

interface Outside {
  readonly path: readonly string[];
  readonly value: unknown;
  readonly origin: string;
  /** It fits the schema for sure. */
  readonly fits: boolean;
}

/** What flags and environment say, in the config's own form. A flag without a value (`--no-verify`) is the command's own and no setting. */
function fromOutside(cwd: string, env: NodeJS.ProcessEnv, flags: Readonly<Record<string, unknown>>): Outside[] {
  return SETTINGS.flatMap(({ path, flag, option, env: variable, read, fits }) => {
    const given = flag === null ? undefined : flags[flag];
    const typed = typeof given === 'boolean' ? undefined : given; // `--no-verify` switches something else off than the setting of that name
    const text = typed ?? (variable === null ? undefined : env[variable] || undefined);
    if (text === undefined) return [];
    const value = typeof text === 'string' ? read(text) : text;
    const origin = typed === undefined ? (variable as string) : (option as string);
    if (path.join('.') === 'quality.metrics') return [{ path, value: (value as string[]).map((metric) => metricFrom(metric, cwd)), origin, fits: false }];
    return [{ path, value: isPath(path) && typeof value === 'string' && !isCommit(path, value) ? resolve(cwd, value) : value, origin, fits: fits === 'always' || (fits === 'flag' && typed !== undefined) }];
  });
}

/** `git:main` as a base is no file. */
function isCommit(path: readonly string[], value: unknown): boolean {
  return path.join('.') === 'base' && typeof value === 'string' && value.startsWith('git:');
}

function isPath(path: readonly string[]): boolean {
  return ['images', 'base', 'runs', 'phone.sdk'].includes(path.join('.'));
}

/** Paths of a config file are relative to it. */
function absolute(file: Tree, folder: string): Tree {
  const at = (path: unknown): unknown => (typeof path === 'string' ? resolve(folder, path) : path);
  const each = (value: unknown, change: (item: unknown) => unknown): Tree =>
    Object.fromEntries(Object.entries(value as Tree).map(([key, item]) => [key, change(item)]));
  const { $schema: _, ...rest } = file;
  return {
    ...rest,
    ...(rest['models']
      ? {
          models: each(rest['models'], (entry) =>
            typeof entry === 'string' ? { path: at(entry) } : { ...(entry as Tree), path: at((entry as Tree)['path']) },
          ),
        }
      : {}),
    ...(rest['images'] ? { images: typeof rest['images'] === 'string' ? at(rest['images']) : each(rest['images'], at) } : {}),
    ...(rest['base'] && !isCommit(['base'], rest['base']) ? { base: at(rest['base']) } : {}),
    ...(rest['outputs'] ? { outputs: each(rest['outputs'], at) } : {}),
    ...(rest['quality'] ? { quality: absoluteQuality(rest['quality'] as Tree, folder) } : {}),
    ...(rest['runs'] ? { runs: at(rest['runs']) } : {}),
    ...(rest['sweep'] ? { sweep: absoluteSweep(rest['sweep'] as SweepFile, folder) } : {}),
    ...(rest['phone'] ? { phone: { ...(rest['phone'] as Tree), ...((rest['phone'] as Tree)['sdk'] ? { sdk: at((rest['phone'] as Tree)['sdk']) } : {}) } } : {}),
  };
}

/** Folders of data sets and files of metrics, which are relative to the config as well. A data set may be a folder alone. */
function absoluteQuality(quality: Tree, folder: string): Tree {
  const at = (path: unknown): string => resolve(folder, path as string);
  const { datasets, metrics } = quality as { readonly datasets?: Readonly<Record<string, string | Tree>>; readonly metrics?: readonly string[] };
  return {
    ...quality,
    ...(metrics ? { metrics: metrics.map((metric) => metricFrom(metric, folder)) } : {}),
    ...(datasets ? {
      datasets: Object.fromEntries(Object.entries(datasets).map(([name, set]) => [name, typeof set === 'string' ? { hr: at(set) } : { ...set, hr: at(set['hr']), ...(set['lr'] ? { lr: at(set['lr']) } : {}), ...(typeof set['tags'] === 'string' ? { tags: at(set['tags']) } : {}) }])),
    } : {}),
  };
}

function metricFrom(metric: string, folder: string): string {
  return withFileFrom(metric, (file) => resolve(folder, file));
}

/** Values whose members belong together: they are taken over whole. */
const WHOLE = new Set(['models', 'gate', 'outputs', 'images', 'farms', 'sweep', 'quality.datasets']);

function isWhole(path: readonly string[]): boolean {
  return WHOLE.has(path[0] as string) || WHOLE.has(path.join('.'));
}

function overlay(tree: Tree, over: Tree, origin: string, origins: Map<string, string>, prefix: readonly string[] = []): void {
  for (const [key, value] of Object.entries(over)) {
    const path = [...prefix, key];
    if (isTree(value) && !isWhole(path)) overlay(tree[key] as Tree, value, origin, origins, path);
    else {
      tree[key] = value;
      origins.set(path.join('.'), origin);
    }
  }
}

function leaves(tree: Tree, prefix: readonly string[] = []): string[][] {
  return Object.entries(tree).flatMap(([key, value]) => {
    const path = [...prefix, key];
    return isTree(value) && !isWhole(path) ? leaves(value, path) : [path];
  });
}

function put(tree: Tree, path: readonly string[], value: unknown): void {
  const [key, ...rest] = path as [string, ...string[]];
  if (rest.length === 0) tree[key] = value;
  else put(tree[key] as Tree, rest, value);
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Holds values from flags and environment against the schema that the file was held against. */
async function validate(tree: Tree, origins: ReadonlyMap<string, string>): Promise<void> {
  const { configSchema } = await import('./schema.ts');
  const { images, ...rest } = tree;
  const result = configSchema.safeParse(images === null ? rest : tree);
  if (result.success) return;
  const lines = result.error.issues.map((issue) => {
    const origin = originOf(issue.path, origins);
    return `${origin && origin !== 'default' ? origin : formatPath(issue.path)}: ${issue.message.replace(', received NaN', '')}`;
  });
  throw new UserError(`A setting does not fit:\n${[...new Set(lines)].map((line) => `  ${line}`).join('\n')}`, [
    'dyno help COMMAND lists the values; dyno config --print shows what is in force.',
  ]);
}

function originOf(path: readonly PropertyKey[], origins: ReadonlyMap<string, string>): string | undefined {
  for (let length = path.length; length > 0; length--) {
    const origin = origins.get(path.slice(0, length).join('.'));
    if (origin !== undefined) return origin;
  }
  return undefined;
}

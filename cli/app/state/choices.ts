import { basename, relative } from 'node:path';
import { resolveTarget } from '../../../converters/rules/resolve-target.ts';
import type { Config } from '../../config/config.ts';
import { DEFAULTS } from '../../config/defaults.ts';
import { commandLine } from '../../work/command-line.ts';
import { shownPath } from '../../work/model-refs.ts';
import type { FoundModel } from './found.ts';
import type { AppState, Choices } from './state.ts';

/** What is chosen before anybody chose: what the config says, or the defaults. */
export function startingChoices(config: Config): Choices {
  const { scheme } = config.quantize;
  return {
    models: Object.keys(config.models),
    targets: [...new Set(config.targets.map((text) => resolveTarget(text).label))],
    precision: 'fp16',
    devices: config.bench.on, units: config.bench.units,
    pictures: typeof config.images === 'string' ? config.images : (config.images?.hr ?? null),
    profile: config.bench.profile, allow: config.rewrite.allow, skip: config.rewrite.skip,
    ...(scheme !== DEFAULTS.quantize.scheme && scheme !== 'w8' ? { precision: scheme } : {}),
  };
}

/** The chosen models that are found, in the order of choosing. */
export function chosenModels({ choices, loads }: Pick<AppState, 'choices' | 'loads'>): FoundModel[] {
  const found = new Map((loads.files?.value?.models ?? []).map((model) => [model.id, model]));
  return choices.models.flatMap((id) => found.get(id) ?? []);
}

/** Those of the chosen models that a run takes: Core ML packages are checked and timed by other commands. */
export function runnableModels(state: Pick<AppState, 'choices' | 'loads'>): FoundModel[] {
  return chosenModels(state).filter(({ kind }) => kind !== 'package');
}

/** Flags of `dyno run`, by the names of its parsed options; left out is what the settings in force say anyway. */
export function runFlags({ choices, config, cwd }: Pick<AppState, 'choices' | 'config' | 'cwd'>): Record<string, string> {
  const before = startingChoices(config);
  const list = (name: string, now: readonly string[], then: readonly string[]): Record<string, string> => (now.join() === then.join() ? {} : { [name]: now.join(',') });
  return {
    ...list('target', choices.targets, before.targets),
    ...(choices.precision === before.precision || choices.precision === 'fp16' ? {} : { scheme: choices.precision }),
    ...list('on', choices.devices, before.devices),
    ...list('unit', choices.units, before.units),
    ...(choices.profile === before.profile ? {} : { profile: choices.profile }),
    ...(choices.pictures === before.pictures || choices.pictures === null ? {} : { data: shownPath(choices.pictures, cwd) }),
    ...list('allow', choices.allow, before.allow),
    ...list('skip', choices.skip, before.skip),
  };
}

/** Names or paths of the models as `dyno run` takes them; none where they are those of the config. */
export function runArguments(state: AppState): string[] {
  const models = runnableModels(state);
  const configured = Object.keys(state.config.models);
  if (models.length > 0 && models.map(({ id }) => id).join() === configured.join()) return [];
  return models.map(({ kind, id, path }) => (kind === 'network' ? shownPath(path, state.cwd) : id));
}

/** Whether the settings in force say already what was chosen. */
export function isConfigured(state: AppState): boolean {
  return runArguments(state).length === 0 && Object.keys(runFlags(state)).length === 0 && state.saveTarget.exists;
}

/** What to type, or to put into a CI job, to have the same: networks are written first. */
export function equivalentCommands(state: AppState): string[] {
  const models = runnableModels(state);
  const made = models.filter(({ kind }) => kind === 'network').map(({ id, path }) => makeCommand(id, shownPath(path, state.cwd)));
  if (state.savedTo !== null) return [...made, commandLine('run', savedArguments(state), basename(state.savedTo).startsWith('dyno.config.') ? {} : { config: state.savedTo })];
  return [...made, commandLine('run', runArguments(state), runFlags(state))];
}

/** Names in the saved config; none where it holds no other models. */
function savedArguments(state: AppState): string[] {
  const chosen = state.choices.models;
  return Object.keys(state.config.models).every((id) => chosen.includes(id)) ? [] : Object.keys(modelEntries(state, state.cwd));
}

/** `zoo:sesr-m5-x2` as the command that writes it. */
function makeCommand(id: string, out: string): string {
  const { network, scale } = parseNetwork(id);
  return commandLine('zoo', ['make', network], { scale, out });
}

/** Name and scale in `zoo:NAME-xSCALE`. */
export function parseNetwork(id: string): { network: string; scale: string } {
  const [, network = '', scale = ''] = /^zoo:(.+)-x([\d.]+)$/.exec(id) ?? [];
  return { network, scale };
}

/** What a config file says of the choices; paths relative to its folder. */
export function configOf(state: AppState, folder: string): Record<string, unknown> {
  const { choices, config } = state;
  return {
    models: modelEntries(state, folder),
    targets: choices.targets,
    ...(choices.pictures === null || isPair(config.images, choices.pictures) ? {} : { images: relativePath(folder, choices.pictures) }),
    ...(choices.allow.length + choices.skip.length > 0 ? { rewrite: { ...(choices.allow.length > 0 ? { allow: choices.allow } : {}), ...(choices.skip.length > 0 ? { skip: choices.skip } : {}) } } : {}),
    ...(choices.precision === 'fp16' ? {} : { quantize: { scheme: choices.precision } }),
    bench: { on: choices.devices, ...(choices.units.length > 0 ? { units: choices.units } : {}), profile: choices.profile },
  };
}

/** Models by the names that a config gives them. */
function modelEntries(state: AppState, folder: string): Record<string, unknown> {
  const entries = runnableModels(state).map(({ id, path, kind }): [string, unknown] => {
    const known = Object.hasOwn(state.config.models, id) ? state.config.models[id] : undefined;
    const shown = relativePath(folder, path);
    return known ? [id, known.input ? { path: shown, input: known.input } : shown] : [nameOf(kind === 'network' ? id.slice('zoo:'.length) : path), shown];
  });
  return Object.fromEntries(unique(entries));
}

function relativePath(folder: string, path: string): string {
  return relative(folder, path).split('\\').join('/') || '.';
}

/** A pair of folders stays as the config has it. */
function isPair(images: Config['images'], pictures: string): boolean {
  return typeof images === 'object' && images?.hr === pictures;
}

function nameOf(path: string): string {
  return (path.split(/[\\/]/).at(-1) ?? path).replace(/\.onnx$/i, '');
}

/** Two files of one name in different folders are told apart by a number. */
function unique(entries: readonly [string, unknown][]): [string, unknown][] {
  return entries.map(([name, value], i) => [entries.findIndex(([other]) => other === name) === i ? name : `${name}-${i + 1}`, value]);
}

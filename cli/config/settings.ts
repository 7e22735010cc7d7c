import { UserError } from '../../models/contracts/errors.ts';

/** One setting that a flag or an environment variable can give. */
export interface Setting {
  /** Place in the config. */
  readonly path: readonly [string, ...string[]];
  /** Name of the parsed option in commander's result. */
  readonly flag: string | null;
  /** As typed, for messages. */
  readonly option: string | null;
  readonly env: string | null;
  readonly read: (text: string) => unknown;
  /**
   * What needs no schema, which costs as much to load as all else of a small command: any text fits (`always`), or commander has compared the
   * flag with its choices (`flag`).
   */
  readonly fits?: 'always' | 'flag';
}

const list = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
const text = (value: string): string => value;

/** A list that names something: an empty one would quietly mean nothing, or all. */
export const named = (option: string) => (value: string): string[] => {
  const items = list(value);
  if (items.length === 0) throw new UserError(`${option} names nothing.`, ['Leave it out, or give a list with commas between.']);
  return items;
};

/** Every setting that can come from outside of the config file. */
export const SETTINGS: readonly Setting[] = [
  { path: ['targets'], flag: 'target', option: '--target', env: 'DYNO_TARGETS', read: named('--target'), fits: 'always' },
  { path: ['images'], flag: 'data', option: '--data', env: 'DYNO_IMAGES', read: text },
  { path: ['seed'], flag: 'seed', option: '--seed', env: 'DYNO_SEED', read: Number },
  { path: ['rewrite', 'only'], flag: 'only', option: '--only', env: null, read: named('--only'), fits: 'always' },
  { path: ['rewrite', 'skip'], flag: 'skip', option: '--skip', env: null, read: list, fits: 'always' },
  { path: ['rewrite', 'allow'], flag: 'allow', option: '--allow', env: 'DYNO_ALLOW', read: list },
  { path: ['rewrite', 'verify'], flag: 'verify', option: '--verify', env: 'DYNO_VERIFY', read: text, fits: 'flag' },
  { path: ['rewrite', 'opset'], flag: 'opset', option: '--opset', env: null, read: Number },
  { path: ['quantize', 'scheme'], flag: 'scheme', option: '--scheme', env: 'DYNO_SCHEME', read: text },
  { path: ['quantize', 'methods'], flag: 'method', option: '--method', env: 'DYNO_METHODS', read: list },
  { path: ['quantize', 'percentile'], flag: 'percentile', option: '--percentile', env: null, read: Number },
  { path: ['bench', 'on'], flag: 'on', option: '--on', env: 'DYNO_DEVICE', read: named('--on'), fits: 'always' },
  { path: ['bench', 'units'], flag: 'unit', option: '--unit', env: 'DYNO_UNITS', read: list },
  { path: ['bench', 'profile'], flag: 'profile', option: '--profile', env: 'DYNO_PROFILE', read: text },
  { path: ['bench', 'rounds'], flag: 'rounds', option: '--rounds', env: 'DYNO_ROUNDS', read: (value) => readRounds(value) },
  { path: ['bench', 'size'], flag: 'size', option: '--size', env: null, read: Number },
  { path: ['bench', 'wait'], flag: 'wait', option: '--wait', env: 'DYNO_WAIT', read: Number },
  { path: ['bench', 'mode'], flag: 'mode', option: '--mode', env: null, read: text },
  { path: ['bench', 'fps'], flag: 'fps', option: '--fps', env: null, read: Number },
  { path: ['bench', 'seconds'], flag: 'seconds', option: '--seconds', env: null, read: Number },
  { path: ['phone', 'sdk'], flag: 'sdk', option: '--sdk', env: null, read: text, fits: 'always' },
  { path: ['phone', 'chip'], flag: 'chip', option: '--chip', env: null, read: text, fits: 'always' },
  { path: ['phone', 'perf'], flag: 'perf', option: '--perf', env: null, read: text },
  { path: ['phone', 'link'], flag: 'link', option: '--link', env: 'DYNO_LINK', read: text },
  { path: ['phone', 'chain'], flag: 'chain', option: '--chain', env: null, read: text },
  { path: ['quality', 'on'], flag: null, option: null, env: 'DYNO_QUALITY_ON', read: named('DYNO_QUALITY_ON'), fits: 'always' },
  { path: ['quality', 'tile'], flag: 'tile', option: '--tile', env: null, read: Number },
  { path: ['quality', 'use'], flag: 'dataset', option: '--dataset', env: 'DYNO_DATASETS', read: named('--dataset'), fits: 'always' },
  { path: ['quality', 'degrade'], flag: 'degrade', option: '--degrade', env: null, read: text, fits: 'always' },
  { path: ['quality', 'baselines'], flag: 'baseline', option: '--baseline', env: null, read: list, fits: 'always' },
  { path: ['quality', 'metrics'], flag: 'metric', option: '--metric', env: 'DYNO_METRICS', read: list },
  { path: ['base'], flag: 'base', option: '--base', env: 'DYNO_BASE', read: text },
  { path: ['runs'], flag: 'runs', option: '--runs', env: 'DYNO_RUNS', read: text },
];

/** `5` for exactly five rounds, `5-12` for as many as are needed. */
function readRounds(value: string): number[] {
  const [least, most] = value.split(/-|\.\./).map(Number);
  return [least ?? Number.NaN, most ?? least ?? Number.NaN];
}

import { join } from 'node:path';
import type { Precision } from '../../converters/rewrites/rewrite.ts';
import type { TuneResult } from '../../converters/tune/index.ts';
import type { Config } from '../config/config.ts';

/** Flags of `dyno tune` that a variant depends on, as typed. */
export interface VariantFlags {
  readonly precision: Precision;
  readonly static?: readonly string[];
  readonly outputRange?: string;
  readonly vtcm?: string;
}

/** What a tuning was asked with. */
export interface TuneCommandLine {
  /** As a person at the shell would type it. */
  readonly model: string;
  readonly target: string;
  readonly id: string;
  /** `-o`, and the folder that it came to for this target. */
  readonly out: string | null;
  readonly folder: string | null;
  readonly options: VariantFlags;
  /** The config file that further settings come from; null where there is none. */
  readonly file: string | null;
  readonly config: Pick<Config, 'rewrite' | 'images' | 'quantize' | 'bench' | 'seed'>;
}

/** Commands that make the chosen variant again without a search, and compile what was written. */
export function reproduceCommands({ model, target, out, folder, options, config, file, id }: TuneCommandLine, { winner }: TuneResult): string[] {
  const { images } = config;
  const words = [
    'dyno tune', quoted(model), ...(file === null ? [] : [`--config ${quoted(file)}`]), `--target ${quoted(target)}`, `--precision ${options.precision}`, ...(options.static ? [`--static ${options.static.map(quoted).join(' ')}`] : []),
    ...(typeof images === 'string' ? [`--data ${quoted(images)}`] : []), ...(options.outputRange ? [`--output-range ${options.outputRange}`] : []),
    ...(options.vtcm ? [`--vtcm ${options.vtcm}`] : []), ...(config.rewrite.allow.length > 0 ? [`--allow ${config.rewrite.allow.join(',')}`] : []), `--method ${config.quantize.methods[0] ?? 'minmax'}`, `--size ${config.bench.size}`, `--seed ${config.seed}`,
    `--candidate ${quoted(winner.name)}`, ...(out === null ? [] : [`-o ${quoted(out)}`]),
  ];
  const { compiler } = winner.candidate;
  const compile = [
    'dyno compile', folder === null ? '' : quoted(join(folder, `${id}.onnx`)), `--target ${quoted(target)}`,
    ...(compiler.optimization === undefined ? [] : [`-O ${compiler.optimization}`]), ...(options.vtcm ? [`--vtcm ${options.vtcm}`] : []),
  ];
  return [words.join(' '), ...(folder === null || compiler.spillFillBuffer ? [] : [compile.join(' ')])];
}

/** The chosen model as a config names it, with the contract of its new input. */
export function configSnippet({ id, target, folder }: TuneCommandLine, { variant }: TuneResult): object {
  const [contract] = [...variant.contracts.values()];
  const path = join(folder ?? '.', `${id}.onnx`);
  return { models: { [`${id}-tuned`]: contract ? { path, input: contract } : path }, targets: [target] };
}

function quoted(word: string): string {
  return /^[A-Za-z0-9_./:=,+@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

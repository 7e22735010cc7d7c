import { type Arguments, type Flag, parseArguments, UsageMistake, oneValue } from '../tools/arguments.ts';

const PROFILES = [
  'low_balanced', 'balanced', 'default', 'high_performance', 'sustained_high_performance', 'burst', 'low_power_saver', 'power_saver', 'high_power_saver', 'extreme_power_saver',
  'system_settings',
] as const;

type PerfProfile = (typeof PROFILES)[number];

const one = (name: string, more: Partial<Flag> = {}): Flag => ({ names: [`--${name}`], values: 1, ...more });
const bare = (name: string): Flag => ({ names: [`--${name}`], values: 0 });

/** As documented for qnn-net-run (QNN tools documentation, 2.25). */
export const NET_RUN_FLAGS: readonly Flag[] = [
  one('model'), one('retrieve_context'), one('dlc_path'), one('backend', { required: true }), one('input_list', { required: true }), one('model_prefix'), bare('debug'), one('output_dir'),
  bare('use_native_output_files'), bare('use_native_input_files'), one('native_input_tensor_names'), one('op_packages'), one('profiling_level', { choices: ['basic', 'detailed', 'client', 'backend'] }),
  one('profiling_option', { choices: ['optrace'] }), one('perf_profile', { choices: PROFILES }), one('config_file'), one('log_level', { choices: ['error', 'warn', 'info', 'debug', 'verbose'] }),
  bare('shared_buffer'), bare('synchronous'), one('num_inferences'), one('duration'), one('keep_num_outputs'), one('batch_multiplier'), one('timeout'), one('retrieve_context_timeout'),
  one('max_input_cache_tensor_sets'), one('max_input_cache_size_mb'), one('set_output_tensors'), bare('use_mmap'), bare('validate_binary'), one('platform_options'),
  one('graph_profiling_start_delay'), one('graph_profiling_num_executions'), one('io_tensor_mem_handle_type', { choices: ['ion', 'dma_buf'] }),
];

/** A command line of qnn-net-run. */
export interface NetRunOptions {
  readonly source: { readonly form: 'context-binary' | 'dlc' | 'model-library'; readonly path: string };
  /** As it was written: it is looked for as the dynamic linker looks. */
  readonly backend: string;
  readonly inputList: string;
  readonly outputDir: string;
  /** Whether the raw file of an input is in the tensor's own type. */
  readonly isNative: (input: string) => boolean;
  readonly nativeOutputs: boolean;
  readonly profiling: { readonly level: 'basic' | 'detailed'; readonly optrace: boolean; readonly delaySeconds: number; readonly executions: number } | null;
  readonly perfProfile: PerfProfile;
  readonly configFile: string | null;
  readonly logLevel: string | null;
  /** How often: so many inferences, so many seconds, or the list once. */
  readonly repeat: { readonly inferences: number } | { readonly seconds: number } | null;
  readonly keepOutputs: number;
  readonly sharedBuffer: boolean;
}

/** Reads and checks a command line. Throws UsageMistake. */
export function readOptions(words: readonly string[], version: string): NetRunOptions {
  const args = parseArguments(NET_RUN_FLAGS, version, words);
  const text = (name: string): string | null => oneValue(args, `--${name}`);
  for (const [first, second] of [['num_inferences', 'duration'], ['model', 'retrieve_context'], ['dlc_path', 'retrieve_context'], ['retrieve_context', 'debug'], ['retrieve_context', 'set_output_tensors']] as const) {
    if (args.has(`--${first}`) && args.has(`--${second}`)) throw new UsageMistake(`--${first} and --${second} are mutually exclusive`);
  }
  const beyond = BEYOND.find((name) => args.has(`--${name}`));
  if (beyond !== undefined) throw new UsageMistake(`--${beyond} is more than this stand-in does`);
  const level = text('profiling_level');
  const optrace = text('profiling_option') === 'optrace';
  if (optrace && level !== 'detailed') throw new UsageMistake('--profiling_option optrace needs --profiling_level detailed');
  const [inferences, seconds] = [positive(args, 'num_inferences'), positive(args, 'duration')];
  return {
    source: sourceOf(text), backend: text('backend') as string, inputList: text('input_list') as string, outputDir: text('output_dir') ?? './output',
    isNative: nativeInputs(args, text('native_input_tensor_names')), nativeOutputs: args.has('--use_native_output_files'), perfProfile: (text('perf_profile') ?? 'default') as PerfProfile,
    profiling: level === null ? null : { level: level === 'detailed' ? 'detailed' : 'basic', optrace, delaySeconds: positive(args, 'graph_profiling_start_delay') ?? 0, executions: positive(args, 'graph_profiling_num_executions') ?? Infinity },
    configFile: text('config_file'), logLevel: text('log_level'), repeat: inferences !== null ? { inferences } : seconds !== null ? { seconds } : null,
    keepOutputs: positive(args, 'keep_num_outputs') ?? Infinity, sharedBuffer: args.has('--shared_buffer'),
  };
}

/** Documented, and not stood in for: better refused than passed over. */
const BEYOND = ['debug', 'set_output_tensors', 'op_packages', 'batch_multiplier', 'platform_options'] as const;

/** `g0:t0,t1;g1:t2`, or all of them. */
function nativeInputs(args: Arguments, names: string | null): (input: string) => boolean {
  if (args.has('--use_native_input_files')) return () => true;
  const named = new Set((names ?? '').split(';').flatMap((part) => part.slice(part.indexOf(':') + 1).split(',')));
  return (input) => named.has(input);
}

/** Library through which a DLC is loaded. */
export const DLC_LIBRARY = 'libQnnModelDlc.so';

function sourceOf(text: (name: string) => string | null): NetRunOptions['source'] {
  const [model, context, dlc] = [text('model'), text('retrieve_context'), text('dlc_path')];
  if (context !== null) return { form: 'context-binary', path: single(context, 'retrieve_context') };
  if (dlc !== null) {
    if (model !== null && model.split('/').at(-1) !== DLC_LIBRARY) throw new UsageMistake(`--dlc_path needs --model ${DLC_LIBRARY}`);
    return { form: 'dlc', path: single(dlc, 'dlc_path') };
  }
  if (model !== null) return { form: 'model-library', path: single(model, 'model') };
  throw new UsageMistake('one of --model, --retrieve_context, --dlc_path is required');
}

function single(value: string, flag: string): string {
  if (value.includes(',')) throw new UsageMistake(`this stand-in runs one file of --${flag}; ${value.split(',').length} were named`);
  return value;
}

function positive(args: Arguments, name: string): number | null {
  const text = oneValue(args, `--${name}`);
  if (text === null) return null;
  const value = Number(text);
  const least = name === 'duration' || name === 'num_inferences' ? Number.MIN_VALUE : 0;
  if (!(value >= least) || (name !== 'duration' && !Number.isInteger(value))) throw new UsageMistake(`--${name}: ${text} is no number that it takes`);
  return value;
}

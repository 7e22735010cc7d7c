import { UserError } from '../../models/contracts/errors.ts';
import type { QnnChain, QnnForm, QnnPrecision } from '../../converters/qnn/chain-request.ts';
import type { QnnSdk } from '../../converters/qnn/sdk.ts';
import type { Config } from '../config/config.ts';

/** `dyno convert --to qnn`, as typed. */
export interface QnnFlags {
  readonly out?: string;
  readonly precision: QnnPrecision;
  readonly form: QnnForm;
  readonly chain?: QnnChain;
  readonly static?: readonly string[];
  readonly shapes?: readonly string[];
  readonly inputs?: readonly string[];
  readonly data?: string;
  readonly encodings?: string;
  readonly preserveIo?: boolean;
  readonly printCommands?: boolean;
  readonly keepWorkdir?: string;
  readonly python?: string;
  readonly timeLimit: string;
}

/** Flags that say something of a Core ML package, by commander's names. */
const COREML_ONLY: Readonly<Record<string, string>> = {
  keepFp32: '--keep-fp32', weights: '--weights', weightsAbove: '--weights-above', ioDtype: '--io-dtype', functions: '--functions', imageOutput: '--image-output', outputRange: '--output-range', rename: '--rename', linearAs: '--linear-as',
  cutAt: '--cut-at', cutFrom: '--cut-from', hoistInput: '--hoist-input', embedNorm: '--embed-norm', face: '--face', adapter: '--adapter', author: '--author', license: '--license', modelVersion: '--model-version', description: '--description',
};

/** Flags that say something of the SDK's tools. */
const QNN_ONLY: Readonly<Record<string, string>> = {
  chain: '--chain', encodings: '--encodings', preserveIo: '--preserve-io', printCommands: '--print-commands', keepWorkdir: '--keep-workdir', python: '--python', sdk: '--sdk',
};

/** Throws UserError for flags of the other format. */
export function refuseForeignFlags(all: object, to: 'coreml' | 'qnn'): void {
  const flags = all as Readonly<Record<string, unknown>>;
  const [foreign, other] = to === 'qnn' ? [COREML_ONLY, 'coreml'] : [QNN_ONLY, 'qnn'];
  const found = Object.entries(foreign).filter(([key]) => flags[key] !== undefined).map(([, flag]) => flag);
  if (found.length > 0) throw new UserError(`${found.join(', ')}: only with --to ${other}.`, [to === 'qnn' ? 'Change the model first (dyno rewrite), then convert it.' : 'Leave it out, or convert --to qnn.']);
  if (to === 'coreml' && /^w/.test(String(flags['precision']))) throw new UserError(`--precision ${String(flags['precision'])}: only with --to qnn.`, ['Core ML packages take QDQ models (dyno quantize), or --weights int8.']);
}

/** The chain that is asked for; else the newer one where the SDK has it and it makes the form. */
export function chainOf({ chain, form }: QnnFlags, { phone }: Config, sdk: QnnSdk): QnnChain {
  const said = chain ?? (phone.chain === 'compiler' ? null : phone.chain);
  if (said !== null) return said;
  return form !== 'model-library' && sdk.tools.includes('qairt-converter') ? 'qairt' : 'qnn';
}

/** Minutes a call of a tool may take, as milliseconds. */
export function timeLimitMs(text: string): number {
  const minutes = Number(text);
  if (minutes > 0 && Number.isFinite(minutes)) return minutes * 60_000;
  throw new UserError(`--time-limit ${text} is no number of minutes.`, ['Write --time-limit 60.']);
}

import { UserError } from '../../models/contracts/index.ts';

/** One transform of a model, as `parseCompression` reads it. */
export type CompressionStep =
  /** Weights and arithmetic in float16; `faces`: inputs and outputs too. */
  | { readonly kind: 'fp16'; readonly faces: boolean }
  /** Weights stored in 16 bits, a Cast to float32 behind each; arithmetic as before. */
  | { readonly kind: 'storage'; readonly dtype: 'float16' | 'bfloat16' }
  /** Weights int8, activations quantized while the model runs. */
  | { readonly kind: 'dynamic'; readonly perChannel: boolean }
  /** The smallest weights become zero: of the whole model, or of each layer. */
  | { readonly kind: 'magnitude'; readonly share: number; readonly scope: 'global' | 'layer' }
  /** Hidden channels and units go; `compensated`: those that stay take over what they gave. */
  | { readonly kind: 'neurons'; readonly share: number; readonly compensated: boolean }
  /** Attention heads go. */
  | { readonly kind: 'heads'; readonly share: number; readonly compensated: boolean };

/** What may stand in a spec, for help and completion. */
export const COMPRESSIONS: readonly { readonly form: string; readonly title: string }[] = [
  { form: 'fp16', title: 'weights and arithmetic float16; fp16:faces converts inputs and outputs too' },
  { form: 'fp16-storage', title: 'weights stored as float16, computed in float32' },
  { form: 'bf16-storage', title: 'weights stored as bfloat16, computed in float32' },
  { form: 'dynamic', title: 'int8 weights per output channel, activations quantized while running; dynamic:tensor takes one scale for each weight' },
  { form: 'magnitude:SHARE', title: 'the smallest weights of the model become zero; magnitude:SHARE:layer takes the share of each layer' },
  { form: 'neurons:SHARE', title: 'hidden channels and units go; neurons:SHARE:compensated refits the layers behind them to calibration inputs' },
  { form: 'heads:SHARE', title: 'attention heads go; heads:SHARE:compensated refits the projections behind' },
];

/**
 * Reads `heads:0.25+fp16-storage`: transforms in the order in which they are applied, joined by `+`. Throws UserError for what is none, for
 * shares outside of 0 to 1, for a transform given twice and for orders that make no sense.
 */
export function parseCompression(text: string): readonly CompressionStep[] {
  const steps = text.split('+').map((part) => parseStep(part.trim()));
  steps.forEach((step, i) => {
    const earlier = steps.slice(0, i);
    if (earlier.some(({ kind }) => kind === step.kind)) throw new UserError(`"${text}" asks for ${formatStep(step)} after another step of that kind.`, ['Give each kind once.']);
    const wrong = earlier.find(({ kind }) => RANK[kind] > RANK[step.kind]);
    if (wrong) throw new UserError(`"${text}": ${formatStep(step)} comes after ${formatStep(wrong)}.`, [`Write ${[...steps].sort((a, b) => RANK[a.kind] - RANK[b.kind]).map(formatStep).join('+')}.`]);
  });
  const formats = steps.filter(({ kind }) => kind === 'fp16' || kind === 'dynamic' || kind === 'storage');
  const half = formats.find(({ kind }) => kind === 'fp16');
  if (half && formats.length > 1) throw new UserError(`"${text}" stores weights in two ways.`, ['Leave fp16 or the other format out.']);
  return steps;
}

/** The text that `parseCompression` reads. */
export function formatStep(step: CompressionStep): string {
  switch (step.kind) {
    case 'fp16': return step.faces ? 'fp16:faces' : 'fp16';
    case 'storage': return step.dtype === 'float16' ? 'fp16-storage' : 'bf16-storage';
    case 'dynamic': return step.perChannel ? 'dynamic' : 'dynamic:tensor';
    case 'magnitude': return `magnitude:${step.share}${step.scope === 'layer' ? ':layer' : ''}`;
    case 'neurons': return `neurons:${step.share}${step.compensated ? ':compensated' : ''}`;
    case 'heads': return `heads:${step.share}${step.compensated ? ':compensated' : ''}`;
  }
}

/** Structure goes first, then single weights, then the format that the rest is stored in. */
const RANK: Readonly<Record<CompressionStep['kind'], number>> = { heads: 0, neurons: 0, magnitude: 1, dynamic: 2, storage: 3, fp16: 3 };

function parseStep(text: string): CompressionStep {
  const [name = '', ...rest] = text.split(':');
  const options = (...allowed: readonly string[]): string | null => oneOf(text, rest, allowed);
  switch (name) {
    case 'fp16': return { kind: 'fp16', faces: options('faces') !== null };
    case 'fp16-storage': options(); return { kind: 'storage', dtype: 'float16' };
    case 'bf16-storage': options(); return { kind: 'storage', dtype: 'bfloat16' };
    case 'dynamic': return { kind: 'dynamic', perChannel: options('tensor') === null };
    default: return parsePruning(text, name, rest);
  }
}

function parsePruning(text: string, name: string, [amount, ...rest]: readonly string[]): CompressionStep {
  const options = (...allowed: readonly string[]): string | null => oneOf(text, rest, allowed);
  if (name !== 'magnitude' && name !== 'neurons' && name !== 'heads') {
    throw new UserError(`"${text}" is no compression.`, [`Known: ${COMPRESSIONS.map(({ form }) => form).join(', ')}; joined by +.`]);
  }
  const share = readShare(text, name, amount);
  if (rest.includes('iterative')) {
    throw new UserError(`"${text}": pruning in rounds pays when the model is trained in between, and nothing is trained here.`, [`Write ${name}:${amount}: without training, rounds end at the same weights.`]);
  }
  switch (name) {
    case 'magnitude': return { kind: 'magnitude', share, scope: options('layer') === null ? 'global' : 'layer' };
    case 'neurons': return { kind: 'neurons', share, compensated: options('compensated') !== null };
    case 'heads': return { kind: 'heads', share, compensated: options('compensated') !== null };
  }
}

function readShare(text: string, name: string, amount: string | undefined): number {
  const share = Number(amount);
  if (amount !== undefined && /^(0|0?\.\d+)$/.test(amount) && share < 1) return share;
  throw new UserError(`"${text}" needs a share from 0 to below 1.`, [`Write ${name}:0.25 to take a quarter.`]);
}

function oneOf(text: string, given: readonly string[], allowed: readonly string[]): string | null {
  const [first, second] = given;
  if (first === undefined) return null;
  if (second === undefined && allowed.includes(first)) return first;
  throw new UserError(`"${text}" has "${given.join(':')}" behind it, which is not known there.`, [allowed.length > 0 ? `Known: ${allowed.join(', ')}.` : 'Leave it out.']);
}

import { UserError } from '../../../models/contracts/index.ts';
import { needs } from '../needs.ts';
import { type MilOpset, releaseOf } from '../plan.ts';

/** How weights are stored. */
export interface WeightScheme {
  /** As typed. */
  readonly text: string;
  /** Share of each tensor that becomes zero, the smallest magnitudes; null for none. */
  readonly pruned: number | null;
  readonly coding: WeightCoding | null;
}

export type WeightCoding =
  /** scale · integer, one scale for an output channel, or for so many input channels of it. */
  | { readonly kind: 'integer'; readonly bits: 4 | 8; readonly block: number | null }
  /** Indices into a table of 2^bits numbers, one table for a tensor, or for so many output channels. */
  | { readonly kind: 'palette'; readonly bits: 1 | 2 | 3 | 4 | 6 | 8; readonly group: number | null };

const FORMS = 'Write int8, int4, int4-block32, palette8, 6, 4, 3, 2 or 1, palette4-group16, prune50, or prune50+int8.';

/** Reads `--weights`. Throws UserError naming the forms. */
export function parseWeightScheme(text: string): WeightScheme {
  const scheme = text.split('+').reduce<WeightScheme>((before, part) => withPart(before, part.trim()), { text, pruned: null, coding: null });
  return scheme;
}

function withPart(scheme: WeightScheme, part: string): WeightScheme {
  const [, prune] = /^prune(\d+(?:\.\d+)?)$/.exec(part) ?? [];
  const [, bits, block] = /^int(4|8)(?:-block(\d+))?$/.exec(part) ?? [];
  const [, index, group] = /^palette([1-468])(?:-group(\d+))?$/.exec(part) ?? [];
  const size = Number(block ?? group ?? 1);
  if (prune !== undefined && scheme.pruned === null && Number(prune) > 0 && Number(prune) < 100) return { ...scheme, pruned: Number(prune) / 100 };
  if (bits !== undefined && scheme.coding === null && size > 0) return { ...scheme, coding: { kind: 'integer', bits: bits === '4' ? 4 : 8, block: block === undefined ? null : size } };
  if (index !== undefined && scheme.coding === null && size > 0) return { ...scheme, coding: { kind: 'palette', bits: Number(index) as 1 | 2 | 3 | 4 | 6 | 8, group: group === undefined ? null : size } };
  throw new UserError(`"${scheme.text}" is no way to store weights${scheme.text === part ? '' : `: "${part}"`}.`, [FORMS]);
}

/** Throws UserError naming the least system that has the scheme. */
export function checkWeightScheme({ pruned, coding }: WeightScheme, opset: MilOpset): void {
  const [what, release] = leastRelease(pruned, coding);
  if (releaseOf(opset) < release) throw needs(what, release);
}

function leastRelease(pruned: number | null, coding: WeightCoding | null): [what: string, release: number] {
  if (pruned !== null && coding) return ['weights that are pruned and coded', 18];
  if (coding?.kind === 'integer' && coding.block !== null) return ['scales for blocks of weights', 18];
  if (coding?.kind === 'integer' && coding.bits === 4) return ['weights of 4 bits', 18];
  if (coding?.kind === 'palette' && coding.group !== null) return ['palettes for groups of channels', 18];
  if (coding?.kind === 'palette' && coding.bits === 3) return ['palettes of 3 bits', 18];
  return ['compressed weights', 16];
}

import { UserError } from '../../../models/contracts/index.ts';
import type { EncodingEffect } from '../rewrite.ts';
import { widen } from './order.ts';

/**
 * An encodings file (AIMET 0.4 to 0.6.1, 1.0.0, 2.0.0; JSON as parsed) after one patch permuted parameters: per-channel lists follow their
 * channels, parameters that were copied under a new name get an entry of their own. Call once per patch, in order; the argument is not
 * changed. Throws UserError for an unknown format, for a list whose length fits no channel count, and for blocks along a permuted axis.
 */
export function permuteEncodings<T>(encodings: T, effects: readonly EncodingEffect[]): T {
  const file = encodings as unknown as Record<string, unknown>;
  const moves = byNewName(effects);
  if (Array.isArray(file?.encodings)) return { ...file, encodings: permuteEntries(file.encodings as Entry[], moves, permute2) } as T;
  const parameters = file?.param_encodings;
  if (Array.isArray(parameters)) return { ...file, param_encodings: permuteEntries(parameters as Entry[], moves, permute1) } as T;
  if (typeof parameters !== 'object' || parameters === null) {
    throw new UserError('This is no encodings file: it has neither "param_encodings" nor "encodings".', [
      'Export encodings as AIMET 0.6.1, 1.0.0 or 2.0.0.',
    ]);
  }
  return { ...file, param_encodings: permuteLists(parameters as Record<string, unknown[]>, moves) } as T;
}

/** What happens to the tensor that is called `as` afterwards. */
interface Move {
  readonly tensor: string;
  readonly as: string;
  readonly effects: readonly EncodingEffect[];
}

interface Entry {
  readonly name: string;
  readonly [field: string]: unknown;
}

function byNewName(effects: readonly EncodingEffect[]): Move[] {
  const names = new Map(effects.map(({ as, tensor }) => [as, tensor]));
  return [...names].map(([as, tensor]) => ({ tensor, as, effects: effects.filter((effect) => effect.as === as) }));
}

/** 0.6.1: a list of encodings per name; more than one means per channel. */
function permuteLists(lists: Readonly<Record<string, unknown[]>>, moves: readonly Move[]): Record<string, unknown[]> {
  const out = { ...lists };
  for (const { tensor, as, effects } of moves) {
    const list = lists[tensor];
    if (list) out[as] = effects.reduce((now, effect) => (effect.perChannel ? reorder(now, effect) : now), list);
  }
  return out;
}

function permuteEntries(
  entries: readonly Entry[],
  moves: readonly Move[],
  permute: (entry: Entry, effect: EncodingEffect) => Entry,
): Entry[] {
  const fresh = new Map<string, Entry>();
  for (const { tensor, as, effects } of moves) {
    const entry = entries.find(({ name }) => name === tensor);
    if (entry) fresh.set(as, { ...effects.reduce(permute, entry), name: as });
  }
  const kept = entries.map((entry) => fresh.get(entry.name) ?? entry);
  return [...kept, ...[...fresh.values()].filter(({ name }) => !entries.some((entry) => entry.name === name))];
}

/** 1.0.0: parallel lists; blocks of one channel lie together. */
function permute1(entry: Entry, effect: EncodingEffect): Entry {
  const blocked = entry.enc_type === 'PER_BLOCK' || entry.enc_type === 'LPBQ' || entry.enc_type === 'VECTOR';
  if (!effect.perChannel) {
    if (blocked) throw blockedAxis(entry.name);
    return entry;
  }
  const lists = ['scale', 'offset', 'per_block_int_scale'].filter((field) => Array.isArray(entry[field]));
  return {
    ...entry,
    ...Object.fromEntries(lists.map((field) => [field, reorder(entry[field] as unknown[], effect, entry.name, blocked)])),
  };
}

/** 2.0.0: arrays as ONNX QDQ has them, with `axis` (of the blocks, where there are blocks). */
function permute2(entry: Entry, effect: EncodingEffect): Entry {
  const blocked = entry.block_size !== undefined && entry.block_size !== 0;
  if (blocked && entry.axis === effect.axis) throw blockedAxis(entry.name);
  if (!blocked && entry.axis !== effect.axis) return entry;
  const fields = ['y_scale', 'y_zero_point', 'per_block_int_scale', 'per_channel_float_scale'].filter((field) =>
    Array.isArray(entry[field]),
  );
  const depth = blocked ? effect.axis : 0;
  return {
    ...entry,
    ...Object.fromEntries(fields.map((field) => [field, reorderAt(entry[field] as unknown[], effect, entry.name, depth)])),
  };
}

function reorderAt(list: unknown[], effect: EncodingEffect, name: string, depth: number): unknown[] {
  if (depth === 0 || !Array.isArray(list[0])) return reorder(list, effect, name);
  return list.map((inner) => reorderAt(inner as unknown[], effect, name, depth - 1));
}

/** A list of one entry per channel (or, where blocked, of equally many for each); a single entry is for the whole tensor. */
function reorder(list: unknown[], { order, tensor }: EncodingEffect, name = tensor, blocked = false): unknown[] {
  if (list.length === 1) return list;
  const each = list.length / order.length;
  if (each !== 1 && !(blocked && Number.isInteger(each))) {
    throw new UserError(`"${name}" has ${list.length} encodings for ${order.length} channels.`, [
      'Export the encodings from the model that is rewritten.',
    ]);
  }
  return widen(order, 1, each).map((from) => list[from]);
}

function blockedAxis(name: string): UserError {
  return new UserError(`"${name}" is quantized in blocks along an axis that was permuted.`, [
    'Rewrite first and quantize afterwards, or leave the permutation out with --skip.',
  ]);
}

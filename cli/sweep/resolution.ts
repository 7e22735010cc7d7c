import { UserError } from '../../models/contracts/errors.ts';

export type Size = readonly [height: number, width: number];

/** What a value on the resolution axis asks for: a size of the output, a size of the input, or what the file says. */
export type Resolution = { readonly of: 'output' | 'input'; readonly size: Size } | { readonly of: 'own' };

/** Video formats by their number of lines. */
const FORMATS: Readonly<Record<string, Size>> = {
  '540p': [540, 960], '720p': [720, 1280], '1080p': [1080, 1920], '1440p': [1440, 2560], '2160p': [2160, 3840],
};

/** Reads `1080p`, `128x128` or `own`. Throws UserError naming the grammar. */
export function parseResolution(text: string): Resolution {
  if (text === 'own') return { of: 'own' };
  const format = Object.hasOwn(FORMATS, text) ? FORMATS[text] : undefined;
  if (format) return { of: 'output', size: format };
  const [, height, width] = /^([1-9]\d*)x([1-9]\d*)$/.exec(text) ?? [];
  if (height !== undefined && width !== undefined) return { of: 'input', size: [Number(height), Number(width)] };
  throw new UserError(`"${text}" is no resolution.`, [`Use ${Object.keys(FORMATS).join(', ')} for the output, HEIGHTxWIDTH for the input, or own.`]);
}

/** A size of the input, and what it is not exactly. */
export interface InputSize {
  readonly size: Size;
  readonly note: string | null;
}

/** The input that a resolution asks for at a scale: sides rounded up to multiples of `multiple`. An input that is named itself is not rounded. */
export function inputSize(resolution: Exclude<Resolution, { of: 'own' }>, scale: number, multiple: number): InputSize {
  if (resolution.of === 'input') return { size: resolution.size, note: null };
  const [height, width] = resolution.size;
  const up = (side: number): number => Math.ceil(side / scale / multiple - 1e-9) * multiple;
  const size: Size = [up(height), up(width)];
  const made = size.map((side) => Math.round(side * scale)) as [number, number];
  const exact = made[0] === height && made[1] === width;
  return { size, note: exact ? null : `input rounded up to ${size.join('×')}: the output is ${made.join('×')} for ${height}×${width}` };
}

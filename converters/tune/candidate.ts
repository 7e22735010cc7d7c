import { UserError } from '../../models/contracts/index.ts';
import type { HtpOptions } from '../htp/index.ts';

/** How far the quantized part of a candidate reaches; `float`: nothing is quantized. */
export type Place = 'float' | 'layers' | 'everywhere';

export interface Face {
  readonly uint8: boolean;
  readonly nhwc: boolean;
}

/** What the compiler is told; what is left out is the library's own choice. */
export interface CompilerChoice {
  readonly optimization?: 1 | 2 | 3;
  readonly vtcmMb?: number;
  readonly spillFillBuffer?: boolean;
}

/** One way to bring a model onto a chip. */
export interface Candidate {
  /** The file as it stands, or rewritten by the recipe. */
  readonly base: 'as-is' | 'recipe';
  /** Rewrites besides the recipe's, and those of the recipe that are left out. Full ids in alphabetical order. */
  readonly also: readonly string[];
  readonly without: readonly string[];
  readonly place: Place;
  readonly face: Face;
  /** Rows of the input that one inference takes, where images go through in strips; null for the whole. */
  readonly rows: number | null;
  readonly compiler: CompilerChoice;
}

export const SAME_FACE: Face = { uint8: false, nhwc: false };

/** The name under which a candidate stands in tables and is asked for again: `recipe,+permute/crd-to-dcr,everywhere,uint8,nhwc,O1`. */
export function nameOf({ base, also, without, place, face, rows, compiler }: Candidate): string {
  return [
    base, ...also.map((id) => `+${id}`), ...without.map((id) => `-${id}`), place, ...(face.uint8 ? ['uint8'] : []), ...(face.nhwc ? ['nhwc'] : []),
    ...(rows === null ? [] : [`rows=${rows}`]),
    ...(compiler.optimization === undefined ? [] : [`O${compiler.optimization}`]),
    ...(compiler.vtcmMb === undefined ? [] : [`vtcm=${compiler.vtcmMb}`]), ...(compiler.spillFillBuffer ? ['spill-fill'] : []),
  ].join(',');
}

/** Reads a name. What it leaves out is as little as possible: the file as it stands, in float, with its own face. Throws UserError. */
export function parseCandidate(text: string): Candidate {
  let candidate: Candidate = { base: 'as-is', also: [], without: [], place: 'float', face: SAME_FACE, rows: null, compiler: {} };
  for (const part of text.split(',').map((word) => word.trim()).filter((word) => word !== '')) candidate = withPart(candidate, part, text);
  return { ...candidate, also: [...candidate.also].sort(), without: [...candidate.without].sort() };
}

/** What the compiler's options are called in `converters/htp`. */
export function htpOptions({ optimization, vtcmMb, spillFillBuffer }: CompilerChoice): HtpOptions {
  return {
    ...(optimization === undefined ? {} : { optimization }), ...(vtcmMb === undefined ? {} : { vtcmMb }),
    ...(spillFillBuffer ? { more: { enable_htp_spill_fill_buffer: '1' } } : {}),
  };
}

/**
 * How many choices differ from the plainest: of two candidates that are as good, the one with fewer is taken. A fold that a recipe omits costs
 * small weights their precision, and counts three.
 */
export function complexity({ also, without, place, face, rows, compiler }: Candidate): number {
  const costly = place === 'float' ? 0 : also.filter((id) => id.startsWith('fold/')).length;
  return also.length + 2 * costly + without.length + Number(place === 'layers') + Number(face.uint8) + Number(face.nhwc) + (rows === null ? 0 : 1) + Object.keys(compiler).length;
}

function withPart(candidate: Candidate, part: string, text: string): Candidate {
  const { face, compiler } = candidate;
  const [, key, value] = /^(rows|vtcm)=([1-9]\d*)$/.exec(part) ?? [];
  if (part === 'as-is' || part === 'recipe') return { ...candidate, base: part };
  if (part === 'float' || part === 'layers' || part === 'everywhere') return { ...candidate, place: part };
  if (part === 'uint8' || part === 'nhwc') return { ...candidate, face: { ...face, [part]: true } };
  if (part === 'O1' || part === 'O2' || part === 'O3') return { ...candidate, compiler: { ...compiler, optimization: Number(part[1]) as 1 | 2 | 3 } };
  if (part === 'spill-fill') return { ...candidate, compiler: { ...compiler, spillFillBuffer: true } };
  if (key === 'rows') return { ...candidate, rows: Number(value) };
  if (key === 'vtcm') return { ...candidate, compiler: { ...compiler, vtcmMb: Number(value) } };
  if (/^\+./.test(part)) return { ...candidate, also: [...candidate.also, part.slice(1)] };
  if (/^-./.test(part)) return { ...candidate, without: [...candidate.without, part.slice(1)] };
  throw new UserError(`"${part}" in the candidate "${text}" is no choice.`, [
    'A candidate is a list: as-is or recipe, +ID and -ID for rewrites, float, layers or everywhere, uint8, nhwc, rows=N, O1 to O3, vtcm=N, spill-fill.',
  ]);
}

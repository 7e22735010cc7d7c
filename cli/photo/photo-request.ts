import { existsSync, realpathSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { extname, parse, resolve } from 'node:path';
import type { Unit } from '../../device-harness/runner/index.ts';
import { UserError } from '../../models/contracts/errors.ts';
import type { Blend } from '../../reports/quality/tile-canvas.ts';

/** Options of `dyno photo` as they were typed. */
export interface PhotoFlags {
  readonly model: string;
  readonly out?: string;
  readonly tile?: string;
  readonly overlap: string;
  readonly blend?: Blend;
  readonly jobs: string;
  readonly maxMemory?: string;
  readonly on: string;
  readonly unit?: string;
  readonly form: TileForm;
  readonly seams: SeamsWanted;
  readonly seamMap?: string;
  readonly quality: string;
  readonly dryRun?: boolean;
}

/** Places where seams are looked for: none, a few, all. */
export type SeamsWanted = 'off' | 'sample' | 'all';

/** How an app puts pixels into an array: element by element, by pointer and table, or by a kernel on the GPU. */
export type TileForm = 'loop' | 'strided' | 'metal';

export interface PhotoRequest {
  readonly picture: string;
  /** Null for a name made of the picture's. */
  readonly out: string | null;
  /** Longest side of tiles; null for the model's own, or the fastest. */
  readonly tile: number | null;
  readonly overlap: number | null;
  readonly blend: Blend | null;
  readonly jobs: number;
  /** Bytes; null for half of the machine's. */
  readonly maxMemory: number | null;
  readonly seams: SeamsWanted;
  readonly seamMap: string | null;
  /** Of JPEG and WebP, 1 to 100. */
  readonly quality: number;
  readonly dryRun: boolean;
  /** Of an iPhone: the units that Core ML may use, and how tiles become inputs. */
  readonly unit: Unit;
  readonly form: TileForm;
}

/** What was typed, checked. Throws UserError for what is no number, or would write over the photo itself. */
export function photoRequest(picture: string, flags: PhotoFlags, cwd: string): PhotoRequest {
  const path = resolve(cwd, picture);
  const out = flags.out === undefined ? null : resolve(cwd, flags.out);
  if (out !== null && existsSync(out) && existsSync(path) && realpathSync(out) === realpathSync(path)) {
    throw new UserError('The result would take the place of the photo itself.', ['Name another file with -o FILE.']);
  }
  return {
    picture: path, out, tile: flags.tile === undefined ? null : whole('--tile', flags.tile, 1, 8192), overlap: flags.overlap === 'auto' ? null : whole('--overlap', flags.overlap, 0),
    blend: flags.blend ?? null, jobs: whole('--jobs', flags.jobs, 1, 64), maxMemory: flags.maxMemory === undefined ? null : whole('--max-memory', flags.maxMemory, 1) * 1e6,
    seams: flags.seams, seamMap: flags.seamMap === undefined ? null : resolve(cwd, flags.seamMap), quality: whole('--quality', flags.quality, 1, 100), dryRun: flags.dryRun === true,
    unit: unitIn(flags.unit ?? 'all'), form: flags.form,
  };
}

/** Threads of each process that runs tiles: they share the cores. */
export function threadsFor({ jobs }: PhotoRequest): number {
  return Math.max(1, Math.floor(availableParallelism() / jobs));
}

/** `house.x2.png` for `house.png`: beside nothing, in the folder where the command runs. Formats that are not written become PNG. */
export function defaultOut(picture: string, scale: number, cwd: string): string {
  const { name } = parse(picture);
  const ending = extname(picture).toLowerCase();
  return resolve(cwd, `${name}.x${Number(scale.toFixed(2))}${/^\.(?:png|jpe?g|tiff?|webp)$/.test(ending) ? ending : '.png'}`);
}

function unitIn(text: string): Unit {
  const unit = UNITS.find((one) => one === text);
  if (unit) return unit;
  throw new UserError(`--unit ${text} is no unit of an iPhone.`, [`Use one of ${UNITS.join(', ')}.`]);
}

const UNITS = ['all', 'ane', 'gpu', 'cpu'] as const satisfies readonly Unit[];

function whole(flag: string, text: string, least: number, most = 1_000_000): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new UserError(`${flag} ${text} is no whole number from ${least} to ${most}.`, [`Give a number, e.g. ${flag} ${Math.max(least, 16)}.`]);
}

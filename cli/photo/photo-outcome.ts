import type { TileProbe } from '../../reports/photo/choose-tile.ts';
import type { Sight } from '../../reports/photo/photo-plan.ts';
import type { SeamReport } from '../../reports/photo/seams.ts';
import type { Size } from '../../reports/quality/infer.ts';
import type { PhotoTime } from './photo-times.ts';

/** A photo as a file. */
export interface PictureFacts extends Size {
  readonly path: string;
  /** Bits of a sample. */
  readonly depth: 8 | 16;
  readonly gray: boolean;
  readonly alpha: boolean;
}

/** What `dyno photo` planned and, but for a dry run, did. */
export interface PhotoOutcome {
  readonly model: string;
  /** Selector text of what ran the model. */
  readonly on: string;
  /** Of the times; `emulated` has none. */
  readonly evidence: 'measured(host)' | 'emulated' | 'simulated' | 'measured(device)';
  readonly source: PictureFacts;
  readonly result: PictureFacts;
  readonly scale: number;
  readonly sight: Sight;
  readonly plan: {
    readonly tile: Size;
    readonly columns: number;
    readonly rows: number;
    readonly tiles: number;
    readonly overlap: number;
    readonly needed: number;
    readonly period: number;
    readonly blend: 'crop' | 'feather';
    readonly redundancy: number;
    readonly exact: boolean;
  };
  readonly jobs: number;
  /** Sizes of tiles that were tried. */
  readonly tried: readonly TileProbe[];
  /** Null where times say nothing of a device: emulators. */
  readonly predicted: PhotoTime | null;
  readonly measured: PhotoTime | null;
  /** Measured over predicted. */
  readonly ratio: number | null;
  readonly decodeMs: number;
  readonly encodeMs: number | null;
  readonly memory: {
    readonly allowedBytes: number;
    /** Null where a phone does the work. */
    readonly neededBytes: number | null;
    /** Peaks of this process and of those that ran the model; null where not run, or not told by the system. */
    readonly ownBytes: number | null;
    readonly runtimeBytes: number | null;
  };
  readonly seams: SeamReport | null;
  readonly seamMap: string | null;
  readonly dryRun: boolean;
  readonly notes: readonly string[];
}

import { type TileShare, TileCanvas } from '../quality/tile-canvas.ts';
import type { PhotoPlan } from './photo-plan.ts';
import { type Lane, type ModelFace, runTiles, type TileAt, type TileTimes } from './run-tiles.ts';
import type { SourcePicture } from './source-picture.ts';
import type { TargetPicture } from './target-picture.ts';

export interface EnlargeRequest {
  readonly source: SourcePicture;
  readonly target: Pick<TargetPicture, 'header' | 'append'>;
  readonly plan: PhotoPlan;
  readonly face: ModelFace;
  /** Calls that may be under way at the same time. */
  readonly lanes: readonly Lane[];
  readonly onTiles: (done: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Runs a photo tile by tile, row of tiles by row, and writes rows of the result as soon as no further tile touches them: what is in memory is one
 * row of tiles of either picture. Returns the times of all calls, in the order in which they ended.
 */
export async function enlargePhoto({ source, target, plan, face, lanes, onTiles, signal }: EnlargeRequest): Promise<TileTimes[]> {
  const { across, down, columns, rows } = plan;
  const { width, height, bands } = target.header;
  const canvas = new TileCanvas(Array.from({ length: bands }, () => new Float32Array(width * bandRows(plan))), width);
  const times: TileTimes[] = [];
  let done = 0;
  for (const [j, v] of down.entries()) {
    const band = source.rows(v.start, v.start + v.size);
    const waiting = across.map((h, i) => ({ h, v, share: columns[i] as TileShare }));
    const work = async (lane: Lane): Promise<void> => {
      for (let part = waiting.splice(0, lane.atOnce); part.length > 0; part = waiting.splice(0, lane.atOnce)) {
        signal.throwIfAborted();
        const place = (tile: Parameters<TileCanvas['add']>[0], at: TileAt): void => canvas.add(tile, (at as (typeof part)[number]).share, rows[j] as TileShare);
        times.push(await runTiles(band, v.start, part, lane, face, place));
        done += part.length;
        onTiles(done);
      }
    };
    await Promise.all(lanes.map(work));
    canvas.take(j === down.length - 1 ? height : (rows[j + 1] as TileShare).first, (planes) => target.append(planes));
  }
  return times;
}

/** Rows of the result that are held at once. */
export function bandRows({ rows }: Pick<PhotoPlan, 'rows'>): number {
  return Math.max(...rows.map(({ weights }) => weights.length));
}

import type { TileProbe } from '../../reports/photo/choose-tile.ts';
import type { PhotoPlan } from '../../reports/photo/photo-plan.ts';
import type { TileTimes } from '../../reports/photo/run-tiles.ts';

/** Time of a photo in milliseconds: load + tiles × (prepare + predict + read), which is what one lane takes; several share it. */
export interface PhotoTime {
  readonly totalMs: number;
  readonly loadMs: number;
  readonly tiles: number;
  /** Of one tile, on average. */
  readonly prepareMs: number;
  readonly predictMs: number;
  readonly readMs: number;
}

/**
 * What a photo will take, from what loading and one tile took. Tiles that are smaller than that one count by their area. Preparing and reading are done
 * by this process alone, so that several lanes take no less than those.
 */
export function predictedTime(plan: PhotoPlan, { tile, prepareMs, predictMs, readMs }: TileProbe, loadMs: number, jobs: number): PhotoTime {
  const sum = (spans: PhotoPlan['across']): number => spans.reduce((total, { size }) => total + size, 0);
  const share = (sum(plan.across) * sum(plan.down)) / (tile.width * tile.height) / plan.tiles;
  const [prepare, predict, read] = [prepareMs * share, predictMs * share, readMs * share];
  const own = prepare + read;
  return { totalMs: loadMs + plan.tiles * Math.max(own, (own + predict) / Math.min(jobs, plan.tiles)), loadMs, tiles: plan.tiles, prepareMs: prepare, predictMs: predict, readMs: read };
}

/** What it took: `tilesMs` by the clock, and the parts of each call. */
export function measuredTime(times: readonly TileTimes[], loadMs: number, tilesMs: number): PhotoTime {
  const tiles = times.reduce((sum, one) => sum + one.tiles, 0);
  const mean = (of: (one: TileTimes) => number): number => times.reduce((sum, one) => sum + of(one), 0) / tiles;
  return {
    totalMs: loadMs + tilesMs, loadMs, tiles, prepareMs: mean(({ prepareMs }) => prepareMs), predictMs: mean(({ predictMs }) => predictMs), readMs: mean(({ readMs }) => readMs),
  };
}

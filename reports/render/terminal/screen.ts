import type { Paint } from './paint.ts';

/** What lines are written for. */
export interface Screen {
  readonly paint: Paint;
  /** Columns that a line may take. */
  readonly width: number;
}

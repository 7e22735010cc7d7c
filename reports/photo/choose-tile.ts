import type { Size } from '../quality/infer.ts';

/** What one tile of a size cost. */
export interface TileProbe {
  readonly tile: Size;
  readonly prepareMs: number;
  readonly predictMs: number;
  readonly readMs: number;
  /** Peak of the process that runs the model; null where the system does not tell. */
  readonly runtimeBytes: number | null;
}

export interface TileChoice {
  /** Sides that may be tried, the smallest first. */
  readonly sides: readonly number[];
  /** Tries a side; null where it would not fit into memory. */
  readonly probe: (side: number) => Promise<TileProbe | null>;
  readonly fits: (probe: TileProbe) => boolean;
  /** Milliseconds that the whole photo would take in such tiles. */
  readonly cost: (probe: TileProbe) => number;
}

const SIDES = [64, 128, 192, 256, 384, 512, 768, 1024] as const;
const LARGEST = 1024;
/** A larger tile has to be this much faster, for it takes more memory. */
const GAIN = 0.97;
/** Sizes in a row without gain after which larger ones are not tried, and time that a tile may take for larger ones to be tried. */
const PATIENCE = 2;
const LONGEST_MS = 4000;

/** Sides of square tiles worth trying on a picture: multiples of `multiple`, larger than what neighbours share, no larger than the picture needs. */
export function candidateSides(picture: Size, margin: number, multiple: number): number[] {
  const whole = Math.ceil(Math.max(picture.width, picture.height) / multiple) * multiple;
  const least = 4 * margin;
  const sides = SIDES.map((side) => Math.ceil(side / multiple) * multiple).filter((side) => side >= least && side < whole);
  const smallest = Math.ceil(Math.max(least, SIDES[0]) / multiple) * multiple;
  return [...new Set([...(sides.length === 0 && smallest < whole ? [smallest] : []), ...sides, ...(whole <= LARGEST ? [whole] : [])])];
}

/** The size in whose tiles the photo takes the least time, of those that fit into memory; null where none does. */
export async function chooseTile({ sides, probe, fits, cost }: TileChoice): Promise<{ best: TileProbe | null; tried: TileProbe[] }> {
  const tried: TileProbe[] = [];
  let best: TileProbe | null = null;
  let fruitless = 0;
  for (const side of sides) {
    const result = await probe(side);
    if (!result) break;
    tried.push(result);
    if (!fits(result)) break;
    if (best === null || cost(result) < GAIN * cost(best)) [best, fruitless] = [result, 0];
    else if (++fruitless === PATIENCE) break;
    if (result.prepareMs + result.predictMs + result.readMs > LONGEST_MS) break;
  }
  return { best, tried };
}

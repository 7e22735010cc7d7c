import { UserError } from '../../models/contracts/errors.ts';
import { candidateSides, chooseTile, type TileProbe } from '../../reports/photo/choose-tile.ts';
import type { Size } from '../../reports/quality/infer.ts';
import type { PhotoModel } from './learn-model.ts';

export interface TileSizes {
  readonly model: Pick<PhotoModel, 'size' | 'multiple' | 'sight'>;
  readonly picture: Size;
  /** Longest side asked for; null to choose. */
  readonly asked: number | null;
  readonly probe: (tile: Size) => Promise<TileProbe>;
  /** Whether a plan with such tiles stays within the memory that is allowed; `runtimeBytes` is null before one ran. */
  readonly fits: (tile: Size, runtimeBytes: number | null) => boolean;
  /** Milliseconds that the photo would take. */
  readonly cost: (probe: TileProbe) => number;
}

/**
 * The tiles that a photo is cut into: those of a model of fixed size, those asked for, or the fastest of several that were tried. Throws UserError where
 * the model takes no such tiles.
 */
export async function tileSizes({ model, picture, asked, probe, fits, cost }: TileSizes): Promise<{ readonly tile: Size; readonly probes: readonly TileProbe[] }> {
  const fixed = fixedTile(model, picture, asked);
  if (fixed) return { tile: fixed, probes: [await probe(fixed)] };
  let last: TileProbe | null = null;
  const { best, tried } = await chooseTile({
    sides: candidateSides(picture, model.sight.margin, stepOf(model)), cost,
    probe: async (side) => {
      const tile = within(picture, { width: side, height: side }, model.multiple);
      if (!fits(tile, last && grown(last, tile))) return null;
      last = await probe(tile);
      return last;
    },
    fits: ({ tile, runtimeBytes }) => fits(tile, runtimeBytes),
  });
  const chosen = best ?? last;
  return { tile: chosen ? chosen.tile : within(picture, smallest(model), model.multiple), probes: chosen ? [chosen, ...tried.filter((one) => one !== chosen)] : [] };
}

/** The size that needs no choice; null where there is one. Throws UserError where the model takes no tiles as asked for. */
export function fixedTile({ size, multiple, sight }: TileSizes['model'], picture: Size, asked: number | null): Size | null {
  if (size) {
    if (asked !== null && asked !== Math.max(size.width, size.height)) {
      throw new UserError(`The model takes ${size.width}×${size.height} only, and tiles of ${asked} were asked for.`, ['Leave --tile out, or make another model: dyno rewrite MODEL --static NAME=1x3xHxW.']);
    }
    return size;
  }
  if (asked === null) return null;
  const step = stepOf({ multiple, sight });
  const side = Math.ceil(asked / step) * step;
  return within(picture, { width: side, height: side }, multiple);
}

/** Tiles start at multiples of the period, and are multiples of it themselves. */
function stepOf({ multiple, sight }: Pick<PhotoModel, 'multiple' | 'sight'>): number {
  return Math.max(multiple, sight.period);
}

function within(picture: Size, tile: Size, multiple: number): Size {
  const whole = (side: number): number => Math.ceil(side / multiple) * multiple;
  return { width: Math.min(tile.width, whole(picture.width)), height: Math.min(tile.height, whole(picture.height)) };
}

function smallest(model: TileSizes['model']): Size {
  const side = candidateSides({ width: 1e9, height: 1e9 }, model.sight.margin, stepOf(model))[0] as number;
  return { width: side, height: side };
}

/** Memory that a larger tile will take at most, from what a smaller one took: all of it grows with the area. */
function grown({ tile, runtimeBytes }: TileProbe, { width, height }: Size): number | null {
  return runtimeBytes === null ? null : runtimeBytes + RUNTIME_BYTES_A_PIXEL * Math.max(0, width * height - tile.width * tile.height);
}

/** What ONNX Runtime takes for a pixel of a picture of 32 channels in three layers at a time: an estimate to begin with, the tile itself decides. */
const RUNTIME_BYTES_A_PIXEL = 3 * 32 * 4;

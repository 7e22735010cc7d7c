import { ExternalError } from '../../models/contracts/index.ts';
import { type Image, imageOf, type Plane } from './image.ts';
import { fixedSize, type ImageModel, infer, scaleOf, type Size } from './infer.ts';
import type { Tiling } from './tiling.ts';
import { cutTile, planTiles, stitch } from './tiles.ts';

export interface UpscalerOptions extends ImageModel {
  /** How images are cut for a model of fixed size. 16 shared input pixels on each side, from anywhere, unless told. */
  readonly tiling?: Partial<Tiling>;
}

/** A model as a function on images of any size. */
export interface Upscaler {
  /** Output side over input side. */
  readonly scale: number;
  /** Input sides must be multiples of this. */
  readonly multiple: number;
  /** How sizes other than the model's own were dealt with, or null. */
  readonly note: string | null;
  /** Runs that an image of this size takes. */
  pieces(size: Size): number;
  run(image: Image, onPieces?: (done: number) => void): Promise<Image>;
}

const MARGIN = 16;

/**
 * Learns a model's scale and the sizes that it takes by running it. A model of open size runs on whole images, unless `tiling` names a size of
 * tiles. Throws UserError for a model that maps no image to an image.
 */
export async function openUpscaler(options: UpscalerOptions): Promise<Upscaler> {
  const own = fixedSize(options.modelPath, options.contract);
  const size = own ?? options.tiling?.size ?? null;
  return size ? tilingUpscaler(options, size, own !== null) : openSizedUpscaler(options);
}

async function tilingUpscaler(options: UpscalerOptions, { width, height }: Size, isFixed: boolean): Promise<Upscaler> {
  const { margin: wanted = MARGIN, period = 1, complete = true } = options.tiling ?? {};
  const margin = Math.min(wanted, Math.floor((Math.min(width, height) - 1) / 2));
  const [first] = await infer(options, [gray(width, height)]);
  const scale = scaleOf(first as Image, { width, height });
  const plan = (image: Size) => ({ across: planTiles(image.width, width, margin, period), down: planTiles(image.height, height, margin, period) });
  return {
    scale, multiple: period,
    note: `${isFixed ? 'input fixed at' : 'run at'} ${width}×${height}: images run in tiles that share ${2 * margin} pixels${complete ? '' : ', less than the model sees: seams are possible'}`,
    pieces: (image) => plan(image).across.length * plan(image).down.length,
    run: async (image, onPieces) => {
      const { across, down } = plan(image);
      const tiles = down.flatMap((v) => across.map((h) => cutTile(image, h.start, v.start, width, height)));
      return stitch(await infer(options, tiles, onPieces), across, down, scale);
    },
  };
}

/** Sizes tried on a model of open size: the first that runs tells what sides must be multiples of (an input unshuffle needs even ones). */
const MULTIPLES = [1, 2, 4, 8, 16, 32];

async function openSizedUpscaler(options: UpscalerOptions): Promise<Upscaler> {
  let failure: unknown = null;
  for (const multiple of MULTIPLES) {
    const size = 32 + multiple;
    const result = await infer(options, [gray(size, size)]).catch((error: unknown) => {
      if (!(error instanceof ExternalError) || options.signal?.aborted) throw error;
      failure = error;
      return null;
    });
    if (!result) continue;
    const scale = scaleOf(result[0] as Image, { width: size, height: size });
    return { scale, multiple, note: null, pieces: () => 1, run: async (image) => (await infer(options, [image]))[0] as Image };
  }
  throw failure;
}

function gray(width: number, height: number): Image {
  const plane: Plane = { width, height, data: new Uint8Array(width * height).fill(128) };
  return imageOf([plane, plane, plane]);
}

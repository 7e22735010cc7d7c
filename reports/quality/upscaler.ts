import { ExternalError, type Executor, type InputContract, type NdArray, UserError } from '../../models/contracts/index.ts';
import { Model } from '../../models/graph/index.ts';
import { readModel } from '../../models/onnx/index.ts';
import { type Image, imageOf, type Plane } from './image.ts';
import { imageToTensor, type OutputContract, tensorToImage } from './tensor-image.ts';
import { cutTile, planTiles, stitch } from './tiles.ts';

export interface UpscalerOptions {
  readonly executor: Executor;
  readonly modelPath: string;
  readonly contract: InputContract;
  readonly output?: OutputContract;
  /**
   * Input pixels that neighbouring tiles of a model of fixed size share on each side; at least the model's receptive radius. 16 unless
   * told.
   */
  readonly margin?: number;
  readonly signal?: AbortSignal;
}

/** A model as a function on images of any size. */
export interface Upscaler {
  /** Output side over input side. */
  readonly scale: number;
  /** Input sides must be multiples of this. */
  readonly multiple: number;
  /** How sizes other than the model's own were dealt with, or null. */
  readonly note: string | null;
  run(image: Image): Promise<Image>;
}

/** Learns a model's scale and the sizes that it takes by running it. Throws UserError for a model that maps no image to an image. */
export async function openUpscaler(options: UpscalerOptions): Promise<Upscaler> {
  const fixed = fixedSize(options.modelPath, options.contract);
  return fixed ? fixedUpscaler(options, fixed) : openSizedUpscaler(options);
}

interface Size {
  readonly width: number;
  readonly height: number;
}

async function fixedUpscaler(options: UpscalerOptions, { width, height }: Size): Promise<Upscaler> {
  const margin = Math.min(options.margin ?? 16, Math.floor((Math.min(width, height) - 1) / 2));
  const [first] = await infer(options, [gray(width, height)]);
  const scale = scaleOf(first as Image, { width, height });
  return {
    scale, multiple: 1,
    note: `input fixed at ${width}×${height}: images run in tiles that share ${2 * margin} pixels`,
    run: async (image) => {
      const across = planTiles(image.width, width, margin);
      const down = planTiles(image.height, height, margin);
      const tiles = down.flatMap((v) => across.map((h) => cutTile(image, h.start, v.start, width, height)));
      return stitch(await infer(options, tiles), across, down, scale);
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
    return { scale, multiple, note: null, run: async (image) => (await infer(options, [image]))[0] as Image };
  }
  throw failure;
}

async function infer({ executor, modelPath, contract, output, signal }: UpscalerOptions, images: readonly Image[]): Promise<Image[]> {
  const feeds = images.map((image) => new Map([[contract.name, imageToTensor(image, contract)]]));
  const results = await executor.run(modelPath, feeds, { optimization: 'off', ...(signal ? { signal } : {}) });
  return results.map((outputs) => {
    const tensor = output?.name === undefined ? [...outputs.values()][0] : outputs.get(output.name);
    if (!tensor)
      throw new UserError(`The model has no output "${output?.name ?? ''}".`, [`Its outputs: ${[...outputs.keys()].join(', ')}.`]);
    return tensorToImage(tensor as NdArray, contract, output);
  });
}

/** Height and width that the file fixes for the image input, or null where one is open. */
function fixedSize(modelPath: string, contract: InputContract): Size | null {
  const onnx = readModel(modelPath);
  try {
    const { graph } = new Model(onnx.proto);
    const input = graph.inputs.find((value) => value.name === contract.name);
    if (!input) {
      throw new UserError(`The model has no input "${contract.name}".`, [
        `Its inputs: ${graph.inputs.map((value) => value.name).join(', ')}.`,
      ]);
    }
    const spatial = contract.layout === 'NHWC' ? input.type.shape?.slice(-3, -1) : input.type.shape?.slice(-2);
    const [height, width] = spatial ?? [];
    return typeof height === 'number' && typeof width === 'number' ? { width, height } : null;
  } finally {
    onnx.close();
  }
}

function scaleOf(output: Image, input: Size): number {
  const scale = output.width / input.width;
  if (Math.abs(output.height / input.height - scale) < 1e-9 && scale >= 1) return scale;
  throw new UserError(
    `The model makes ${output.width}×${output.height} of ${input.width}×${input.height}: not the same scale of 1 or more on both sides.`,
    ['Quality is measured for models that keep or enlarge the image.'],
  );
}

function gray(width: number, height: number): Image {
  const plane: Plane = { width, height, data: new Uint8Array(width * height).fill(128) };
  return imageOf([plane, plane, plane]);
}

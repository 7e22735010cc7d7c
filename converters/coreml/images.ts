import { type InputContract, type NamedArrays, type NdArray, UserError } from '../../models/contracts/index.ts';
import type { Model, Value } from '../../models/graph/index.ts';
import { Tensor } from '../../models/onnx/index.ts';
import type { FaceRequestOf } from '../faces/face-request.ts';

/** An input or output as Core ML's 8-bit image: value of the model = pixel · scale + bias, one number or one for each channel. */
export interface ImageAs {
  readonly color: 'RGB' | 'BGR' | 'GRAYSCALE';
  readonly scale: readonly number[];
  readonly bias: readonly number[];
  readonly layout: 'NCHW' | 'NHWC';
}

/** Images by names of the model. */
export interface ImageFaces {
  readonly inputs: ReadonlyMap<string, ImageAs>;
  readonly outputs: ReadonlyMap<string, ImageAs>;
}

export interface ImageRequest {
  readonly input: boolean;
  readonly output: boolean;
  /** What pixels 0 and 255 stand for in outputs; bytes stand for themselves, else the range of the input's contract unless told. */
  readonly outputRange?: readonly [low: number, high: number];
}

const COLORS = { rgb: 'RGB', bgr: 'BGR', y: 'GRAYSCALE', gray: 'GRAYSCALE' } as const;

/**
 * The image input that the contract describes, and every output that has as many channels as an image. Throws UserError where an image is
 * asked for and there is none.
 */
export function imageFaces(model: Model, contracts: ReadonlyMap<string, InputContract>, request: ImageRequest): ImageFaces {
  const contract = [...contracts.values()].find(({ kind }) => kind === 'image');
  if (request.input && !contract) throw new UserError('No input of the model is an image.', ['An image has one or three channels; describe it with "input" in the config, or convert with --input tensor.']);
  const outputs = request.output ? model.graph.outputs.flatMap((value) => outputImage(value, contract, request)) : [];
  if (request.output && outputs.length === 0) throw new UserError('No output of the model is an image.', ['An image has four axes, and one or three channels: leave --image-output out.']);
  return { inputs: new Map(request.input && contract ? [[contract.name, inputImage(contract)]] : []), outputs: new Map(outputs) };
}

/**
 * Core ML scales all channels of an image by one number. Where the contract's differ, the request moves the rest into the model, where it goes into the
 * weights of the first convolution: value = inner · ratio. The images are those of the model after it. Null where the channels agree.
 */
export function foldedStd({ inputs, outputs }: ImageFaces): { readonly request: FaceRequestOf<'embed-norm'>; readonly images: ImageFaces } | null {
  const uneven = [...inputs].find(([, { scale }]) => scale.length > 1);
  if (!uneven) return null;
  const [name, image] = uneven;
  const [common] = image.scale as [number];
  const std = image.scale.map((scale) => common / scale);
  const bias = std.map((ratio, channel) => (image.bias[image.bias.length === 1 ? 0 : channel] as number) * ratio);
  return {
    request: { kind: 'embed-norm', input: name, mean: [0], std },
    images: { inputs: new Map([...inputs, [name, { ...image, scale: [common], bias: merged(bias) }]]), outputs },
  };
}

/** The same feeds with images on whole pixels: no image holds what lies between. */
export function onPixels(feeds: readonly NamedArrays[], { inputs }: ImageFaces): NamedArrays[] {
  return feeds.map((feed) => new Map([...feed].map(([name, array]) => {
    const image = inputs.get(name);
    return [name, image ? wholePixels(array, image) : array];
  })));
}

function wholePixels(array: NdArray, { scale, bias, layout }: ImageAs): NdArray {
  const tensor = Tensor.fromNdArray(array);
  const channels = array.dims[layout === 'NCHW' ? 1 : 3] ?? 1;
  const plane = layout === 'NCHW' ? (array.dims[2] ?? 1) * (array.dims[3] ?? 1) : 1;
  const of = (list: readonly number[], i: number): number => list[list.length === 1 ? 0 : Math.floor(i / plane) % channels] as number;
  const values = tensor.numbers().map((value, i) => Math.min(255, Math.max(0, Math.round((value - of(bias, i)) / of(scale, i)))) * of(scale, i) + of(bias, i));
  return Tensor.of(array.dtype, array.dims, values).toNdArray();
}

/** range·p/255, then (… − mean) / std. */
function inputImage({ color, range: [low, high], mean, std, layout }: InputContract): ImageAs {
  const channels = Math.max(mean.length, std.length);
  const of = (list: readonly number[], channel: number): number => (list.length === 1 ? list[0] : list[channel]) as number;
  const each = (number: (channel: number) => number): readonly number[] => merged(Array.from({ length: channels }, (_, channel) => number(channel)));
  return {
    color: COLORS[color], layout,
    scale: each((channel) => (high - low) / 255 / of(std, channel)),
    bias: each((channel) => (low - of(mean, channel)) / of(std, channel)),
  };
}

function outputImage({ name, type }: Value, contract: InputContract | undefined, { outputRange }: ImageRequest): [string, ImageAs][] {
  const layout = contract?.layout ?? 'NCHW';
  const channels = type.shape?.length === 4 ? type.shape[layout === 'NCHW' ? 1 : 3] : null;
  if (channels !== 1 && channels !== 3) return [];
  const [low, high] = type.dtype === 'uint8' ? [0, 255] : (outputRange ?? contract?.range ?? [0, 1]);
  const color = channels === 1 ? 'GRAYSCALE' : contract?.color === 'bgr' ? 'BGR' : 'RGB';
  return [[name, { color, layout, scale: [(high - low) / 255], bias: [low] }]];
}

/** One number where all are the same. */
function merged(numbers: readonly number[]): readonly number[] {
  return numbers.every((number) => number === numbers[0]) ? numbers.slice(0, 1) : numbers;
}

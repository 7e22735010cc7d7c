import { z } from 'zod';
import { count, dtypeSchema, sha256, size } from './words.ts';

/**
 * An array as it is: little-endian, rows last, no gaps. `memory` says how the input's own memory is laid out on the phone: `packed`, or
 * `aligned` with each row of the last dimension on a multiple of 64 bytes, as the Neural Engine keeps it.
 */
export const arrayFeedSchema = z.strictObject({
  type: z.literal('array'),
  input: z.string(),
  blob: sha256,
  dtype: dtypeSchema,
  dims: z.array(size).min(1),
  memory: z.enum(['packed', 'aligned']),
});

/** Pixels for an image input, without gaps: BGRA with 4 bytes each, or 1 byte of grey, or 2 bytes of half-precision grey. */
export const pixelsFeedSchema = z.strictObject({
  type: z.literal('pixels'),
  input: z.string(),
  blob: sha256,
  format: z.enum(['bgra8', 'gray8', 'gray16f']),
  width: size,
  height: size,
});

/**
 * How 8-bit pixels and the elements of an array belong together. Into the model: `value[k] = byte[channels[k]] · scale[k] + bias[k]` in
 * float32, each operation rounded once, then rounded to `dtype`. Out of it: `byte[channels[k]] = round(value[k] · scale[k] + bias[k])`,
 * ties to even, held within 0 and 255. `channels` count red 0, green 1, blue 2; one alone on the way out is grey. `block` pixels a side
 * are among the channels in `order` (`CRD` as PyTorch's pixel_unshuffle, `DCR` as ONNX SpaceToDepth); 1 where none are.
 */
export const pixelFaceSchema = z.strictObject({
  channels: z.array(z.int().min(0).max(2)).min(1).max(3),
  scale: z.array(z.number()).min(1).max(3),
  bias: z.array(z.number()).min(1).max(3),
  layout: z.enum(['NCHW', 'NHWC']),
  dtype: z.enum(['float16', 'float32']),
  block: size,
  order: z.enum(['CRD', 'DCR']),
}).refine(({ channels, scale, bias }) => channels.length === scale.length && channels.length === bias.length, 'channels, scale and bias differ in length');

/**
 * A picture: a file that the system decodes (`encoded`: PNG, JPEG, HEIC, in its own colours), or its pixels as RGBA without gaps, which
 * are the same on every machine.
 */
export const pictureSchema = z.strictObject({
  blob: sha256,
  encoding: z.enum(['encoded', 'rgba8']),
  width: size,
  height: size,
});

/** A picture that the runner turns into an array: its pixels through `face`. Its size is the input's. */
export const pictureFeedSchema = z.strictObject({
  type: z.literal('picture'),
  input: z.string(),
  picture: pictureSchema,
  face: pixelFaceSchema,
});

export const feedSchema = z.discriminatedUnion('type', [arrayFeedSchema, pixelsFeedSchema, pictureFeedSchema]);

/** In pixels of the photo. */
export const areaSchema = z.strictObject({ x: count, y: count, width: size, height: size });

/**
 * One tile of a photo: its upper left corner (it may lie outside; what lies outside repeats the border) and the part of the photo
 * that is taken from it.
 */
export const tileSchema = z.strictObject({ x: z.int(), y: z.int(), keep: areaSchema });

export type Feed = z.infer<typeof feedSchema>;
export type ArrayFeed = z.infer<typeof arrayFeedSchema>;
export type PixelFace = z.infer<typeof pixelFaceSchema>;

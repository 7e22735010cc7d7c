import { join } from 'node:path';
import { packageOf } from '../../device-harness/devices/iphone/phone-feeds.ts';
import { openIphones } from '../../device-harness/devices/iphone/open-iphones.ts';
import { type PhonePhoto, photoOnPhone } from '../../device-harness/devices/iphone/photo-on-phone.ts';
import type { PixelFace, PhotoResult } from '../../device-harness/runner/index.ts';
import { UserError } from '../../models/contracts/errors.ts';
import type { InputContract } from '../../models/contracts/input-contract.ts';
import { type PhotoPlan, planPhoto } from '../../reports/photo/photo-plan.ts';
import type { SourcePicture } from '../../reports/photo/source-picture.ts';
import { formatDuration } from '../ui/numbers.ts';
import { openIphonePackages } from '../work/iphone-packages.ts';
import { outcomeOf } from './outcome-of.ts';
import type { PhotoOutcome } from './photo-outcome.ts';
import type { PhotoParts } from './photo-parts.ts';
import type { PhotoTime } from './photo-times.ts';
import { fixedTile } from './tile-sizes.ts';

/** Side of tiles for a model of open size, which becomes a package of one. */
const TILE = 256;
/** Tiles that the prediction is made from, the first of them left out. */
const PROBED = 5;
/** A result travels as text, and Node's longest is half a gigabyte. */
const MOST_BYTES = 384e6;

/** A photo as the runner app takes it: 8 bits of red, green and blue. */
export function asPhonesTakeIt(source: SourcePicture): Pick<SourcePicture, 'header' | 'gray' | 'hasAlpha'> {
  return { header: { ...source.header, bands: 3, depth: 8 }, gray: false, hasAlpha: false };
}

/** Puts a photo through a model on an iPhone: the runner app cuts, predicts and reads the tiles that were planned here, and times each. Throws UserError for what phones do not take. */
export async function makePhotoOnIphone(parts: PhotoParts): Promise<PhotoOutcome> {
  const { request, device, target, env, folder, signal, progress } = parts;
  if (device.kind !== 'iphone') throw new UserError('No iPhone was named.', ['Name one: --on iphone.']);
  checkModel(parts);
  const plan = planOf(parts);
  const packages = openIphonePackages({ coreml: parts.coreml, size: plan.tile.width, seed: 1, folder: join(folder, 'packages'), env, signal, note: progress });
  try {
    progress('converting for Core ML');
    const variant = await packages.variant(parts.ref);
    const photo = photoFor(parts, plan, variant, packages.sourceOf(variant)?.names ?? new Map());
    const [phone] = await openIphones([device.parsed], { environment: env, folder: join(folder, 'iphones'), signal });
    if (!phone) throw new UserError('No iPhone was opened.', ['Name one: --on iphone.']);
    try {
      const options = { note: progress, signal };
      const probe = await photoOnPhone(phone.device, variant, request.unit, { ...photo, tiles: photo.tiles.slice(0, PROBED) }, { ...options, wanted: 'none' });
      const predicted = predictedOn(probe.result, plan.tiles);
      const evidence = phone.device.capabilities.evidence === 'simulated' ? 'simulated' : 'measured(device)';
      const found = { plan, tried: [], predicted, neededBytes: null, seams: null, evidence, notes: notesOf(parts) } as const;
      if (request.dryRun) return outcomeOf(parts, { ...found, measured: null, encodeMs: null, runtimeBytes: null });
      progress(`predicted ${formatDuration(predicted.totalMs)}`);
      const { result, pixels } = await photoOnPhone(phone.device, variant, request.unit, photo, { ...options, wanted: 'files' });
      progress('encoding');
      const started = performance.now();
      target.append(planesOf(pixels as Uint8Array));
      await target.encode(parts.out, request.quality);
      return outcomeOf(parts, { ...found, measured: measuredOn(result), encodeMs: performance.now() - started, runtimeBytes: result.memory.peakBytes });
    } finally {
      await phone.close();
    }
  } finally {
    await packages.close();
  }
}

function checkModel({ request, model, target }: PhotoParts): void {
  const { contract: { color, dtype }, scale, batch } = model;
  const why = color === 'y' || color === 'gray' ? 'on colour, and this one works on luma'
    : dtype === 'uint8' ? 'with numbers in and out, and this one takes bytes'
    : !Number.isInteger(scale) ? `that enlarge by whole numbers, and this one does by ${scale}`
    : batch > 1 ? 'that take one picture, and this one takes several' : null;
  if (why !== null) throw new UserError(`On an iPhone photos go through models ${why}.`, ['Use --on host.']);
  if (request.blend === 'feather') throw new UserError('On an iPhone tiles are cut, and do not fade.', ['Leave --blend out, or use --on host.']);
  if (target.header.width * target.header.height * 4 > MOST_BYTES) throw new UserError(`${target.header.width}×${target.header.height} pixels do not travel back from a phone in one file.`, ['Use a smaller photo, or --on host.']);
}

function planOf({ request, model, source }: PhotoParts): PhotoPlan {
  const asked = request.tile ?? (model.size ? null : TILE);
  const tile = model.size ?? { width: asked as number, height: asked as number };
  fixedTile(model, tile, asked);
  return planPhoto({ picture: source.header, tile, flexible: false, multiple: 1, scale: model.scale, sight: model.sight, overlap: request.overlap, blend: 'crop', interpolates: false });
}

function photoFor({ request, model, source }: PhotoParts, plan: PhotoPlan, variant: Parameters<typeof packageOf>[0], names: ReadonlyMap<string, string>): PhonePhoto {
  const content = packageOf(variant);
  const face = content.functions.find(({ name }) => name === content.defaultFunction) ?? content.functions[0];
  const feature = face?.inputs.find(({ name }) => (names.get(name) ?? name) === model.contract.name);
  const output = face?.outputs[0];
  if (!feature || !output) throw new UserError('The package has no input like the model’s.', ['Convert the model by hand (dyno convert) to see what becomes of it.']);
  const { width, height } = source.header;
  return {
    width, height, pixels: rgba(source), tileWidth: plan.tile.width, tileHeight: plan.tile.height, scale: model.scale,
    input: { name: feature.name, form: request.form, face: faceIn(model.contract, dtypeOf(feature)) },
    output: { name: output.name, form: request.form === 'loop' ? 'loop' : 'strided', face: faceOut(model.contract, dtypeOf(output)) },
    tiles: plan.down.flatMap((v) => plan.across.map((h) => ({ x: h.start, y: v.start, keep: { x: h.from, y: v.from, width: h.to - h.from, height: v.to - v.from } }))),
  };
}

type Feature = NonNullable<ReturnType<typeof packageOf>['functions'][number]>['inputs'][number];

function dtypeOf({ name, type }: Feature): PixelFace['dtype'] {
  if (type.kind === 'array' && (type.dtype === 'float16' || type.dtype === 'float32')) return type.dtype;
  throw new UserError(`"${name}" of the package is no array of floats.`, ['Take images and other types out of "convert" in the config.']);
}

/** byte · scale + bias is what the contract says: (byte in its range − mean) / std. */
function faceIn({ color, range: [low, high], mean, std, layout }: InputContract, dtype: PixelFace['dtype']): PixelFace {
  const channels = color === 'bgr' ? [2, 1, 0] : [0, 1, 2];
  const at = (list: readonly number[], k: number, other: number): number => list[k] ?? list[0] ?? other;
  return {
    channels, layout, dtype, block: 1, order: 'CRD',
    scale: channels.map((_, k) => (high - low) / 255 / at(std, k, 1)), bias: channels.map((_, k) => (low - at(mean, k, 0)) / at(std, k, 1)),
  };
}

function faceOut({ color, range: [low, high], layout }: InputContract, dtype: PixelFace['dtype']): PixelFace {
  const channels = color === 'bgr' ? [2, 1, 0] : [0, 1, 2];
  return { channels, layout, dtype, block: 1, order: 'CRD', scale: channels.map(() => 255 / (high - low)), bias: channels.map(() => (-255 * low) / (high - low)) };
}

function rgba({ header: { width, height }, rows }: SourcePicture): Uint8Array {
  const { planes } = rows(0, height).image;
  const pixels = new Uint8Array(4 * width * height).fill(255);
  planes.forEach((plane, c) => {
    for (let i = 0; i < plane.length; i++) pixels[4 * i + c] = Math.floor((plane[i] as number) + 0.5);
  });
  return pixels;
}

function planesOf(pixels: Uint8Array): Float32Array[] {
  return [0, 1, 2].map((c) => {
    const plane = new Float32Array(pixels.length / 4);
    for (let i = 0; i < plane.length; i++) plane[i] = pixels[4 * i + c] as number;
    return plane;
  });
}

function predictedOn(probe: PhotoResult, tiles: number): PhotoTime {
  const rest = (list: readonly number[]): readonly number[] => (list.length > 1 ? list.slice(1) : list);
  const time = timeOf(probe, tiles, rest);
  return { ...time, totalMs: time.loadMs + tiles * (time.prepareMs + time.predictMs + time.readMs) };
}

function measuredOn(result: PhotoResult): PhotoTime {
  const time = timeOf(result, result.predictMs.length, (list) => list);
  return { ...time, totalMs: time.loadMs + result.totalMs };
}

function timeOf({ load, prepareMs, predictMs, readMs }: PhotoResult, tiles: number, of: (list: readonly number[]) => readonly number[]): PhotoTime {
  const mean = (list: readonly number[]): number => of(list).reduce((sum, ms) => sum + ms, 0) / of(list).length;
  return { totalMs: 0, loadMs: load.againMs, tiles, prepareMs: mean(prepareMs), predictMs: mean(predictMs), readMs: mean(readMs) };
}

function notesOf({ source }: PhotoParts): string[] {
  return [
    ...(source.hasAlpha ? ['Opacity does not go to the phone, and is dropped.'] : []),
    ...(source.header.depth === 16 ? ['The phone takes 8 bits a sample: the 16 of the photo are rounded.'] : []),
  ];
}

import { ExternalError } from '../../../models/contracts/errors.ts';
import type { NdArray } from '../../../models/contracts/ndarray.ts';
import type { BatchSpec, PhotoResult, PhotoStep, Unit } from '../../runner/index.ts';
import type { Variant } from '../device.ts';
import type { SentModel } from './build-batch.ts';
import type { IphoneDevice } from './iphone-device.ts';

/** A photo for a phone: how its tiles are cut, and how pixels and arrays belong together. */
export interface PhonePhoto extends Pick<PhotoStep, 'tileWidth' | 'tileHeight' | 'scale' | 'input' | 'output' | 'tiles'> {
  readonly width: number;
  readonly height: number;
  /** RGBA without gaps. */
  readonly pixels: Uint8Array;
}

export interface PhotoOnPhone {
  readonly result: PhotoResult;
  /** RGBA of the whole result; null where it was not wanted. */
  readonly pixels: Uint8Array | null;
}

/** A photo is one step of one launch: nothing is warmed up or repeated. */
const ONCE: Pick<BatchSpec, 'warmUp' | 'timed'> = { warmUp: { minRuns: 1, minMs: 0, maxMs: 1000, tolerance: 1 }, timed: { minRuns: 1, minMs: 0, maxRuns: 1, maxMs: 1000 } };

/** Runs a photo on a phone, tile after tile, timed there. Throws ExternalError with the phone's words where it cannot. */
export async function photoOnPhone(
  device: IphoneDevice, variant: Variant, unit: Unit, photo: PhonePhoto, options: { readonly wanted: 'none' | 'files'; readonly note: (text: string) => void; readonly signal: AbortSignal },
): Promise<PhotoOnPhone> {
  const { width, height, pixels, ...tiling } = photo;
  let outcome: PhotoOnPhone | null = null;
  let failure: ExternalError | null = null;
  await device.ask([variant], async ([sent], put) => {
    const blob = await put({ name: 'photo.rgba', bytes: pixels });
    const step: PhotoStep = {
      type: 'photo', id: 'photo', model: (sent as SentModel).model.id, unit, round: 0, order: 0, picture: { blob, encoding: 'rgba8', width, height }, ...tiling, outputs: options.wanted,
    };
    return [step];
  }, {
    rules: ONCE, note: options.note, signal: options.signal,
    onResult: (result, outputs) => {
      if (result.type === 'photo') outcome = { result, pixels: ([...outputs.values()][0] as NdArray | undefined)?.data as Uint8Array ?? null };
      else if (result.type === 'failure') failure = new ExternalError(`The photo ended on the phone (${result.phase}): ${result.message}`, 'runner', result.detail, ['Try smaller tiles (--tile N) or another unit (--unit cpu).']);
    },
  });
  if (failure) throw failure;
  if (!outcome) throw new ExternalError('The phone gave no result for the photo.', 'runner', '', ['Run it again.']);
  return outcome;
}

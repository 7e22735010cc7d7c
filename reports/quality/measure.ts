import { UserError } from '../../models/contracts/errors.ts';
import { colorDifference, meanColorDifference } from './color/color-difference.ts';
import { cropPlane, type Image, imageOf, type Plane, planesOf, roundTo8Bits } from './image.ts';
import { luma } from './luma.ts';
import type { Protocol } from './protocol.ts';
import { psnr } from './psnr.ts';
import { ssim } from './ssim.ts';
import { textureRatio } from './texture.ts';

/** Planes of an original and of an output as a metric sees them: border cut, rounded where the protocol says, of the channels that it looks at. */
export interface ComparedPlanes {
  readonly reference: readonly Plane[];
  readonly test: readonly Plane[];
}

/**
 * One image's value under a protocol whose metric is built in. Both images have the same size; an image of one plane is taken as luma.
 * Throws UserError where the border leaves nothing.
 */
export function measure(reference: Image, test: Image, protocol: Protocol, scale: number): number {
  const planes = comparedPlanes(reference, test, protocol, scale);
  switch (protocol.metric) {
    case 'psnr': return psnr(planes.reference, planes.test);
    case 'ssim': return planes.reference.reduce((sum, plane, c) => sum + ssim(plane, planes.test[c] as Plane), 0) / planes.reference.length;
    case 'color': return protocol.of === 'mean' ? meanColorDifference(planes.reference, planes.test) : colorDifference(planes.reference, planes.test);
    case 'texture': return textureRatio(planes.reference[0] as Plane, planes.test[0] as Plane);
    default:
      throw new UserError(`${protocol.metric} cannot be used here.`, ['Use a metric that is built in, such as psnr:y.']);
  }
}

/** What a protocol compares. Throws UserError where the border leaves nothing. */
export function comparedPlanes(reference: Image, test: Image, protocol: Protocol, scale: number): ComparedPlanes {
  const border = protocol.crop === 'scale' ? Math.ceil(scale) : protocol.crop;
  if (Math.min(reference.width, reference.height) <= 2 * border) {
    throw new UserError(`A border of ${border} pixels leaves nothing of a ${reference.width}×${reference.height} image.`, [
      'Use larger images or a smaller crop.',
    ]);
  }
  const rounded = protocol.output === '8bit' ? imageOf(planesOf(test).map(roundTo8Bits), test.gray) : test;
  return {
    reference: channels(reference, protocol, reference.gray).map((plane) => inner(plane, border)),
    test: channels(rounded, protocol, reference.gray).map((plane) => inner(plane, border)),
  };
}

function channels(image: Image, protocol: Protocol, gray: boolean): Plane[] {
  const planes = planesOf(image);
  if (protocol.channel === 'rgb' && planes.length === 3) return planes;
  const y = planes.length === 1 || (gray && protocol.gray === 'raw') ? (planes[0] as Plane) : luma(image);
  return [protocol.luma === 'round' ? roundTo8Bits(y) : y];
}

function inner(plane: Plane, border: number): Plane {
  return cropPlane(plane, border, border, plane.width - 2 * border, plane.height - 2 * border);
}

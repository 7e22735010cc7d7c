import { UserError } from '../../models/contracts/index.ts';
import { cropPlane, type Image, type Plane, planesOf, roundTo8Bits } from './image.ts';
import { luma } from './luma.ts';
import type { Protocol } from './protocol.ts';
import { psnr } from './psnr.ts';
import { ssim } from './ssim.ts';

/**
 * One image's value under a protocol. Both images have the same size; an image of one plane is taken as luma.
 * Throws UserError where the border leaves nothing.
 */
export function measure(reference: Image, test: Image, protocol: Protocol, scale: number): number {
  const border = protocol.crop === 'scale' ? scale : protocol.crop;
  if (Math.min(reference.width, reference.height) <= 2 * border) {
    throw new UserError(`A border of ${border} pixels leaves nothing of a ${reference.width}×${reference.height} image.`, [
      'Use larger images or a smaller crop.',
    ]);
  }
  const rounded =
    protocol.output === '8bit' ? { ...test, planes: planesOf(test).map((plane) => roundTo8Bits(plane).data) as Image['planes'] } : test;
  const a = channels(reference, protocol, reference.gray).map((plane) => inner(plane, border));
  const b = channels(rounded, protocol, reference.gray).map((plane) => inner(plane, border));
  if (protocol.metric === 'psnr') return psnr(a, b);
  return a.reduce((sum, plane, c) => sum + ssim(plane, b[c] as Plane), 0) / a.length;
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

import { UserError } from '../../models/contracts/index.ts';
import type { ImageFile } from './dataset.ts';
import { degrade, modCrop } from './degrade.ts';
import { cropImage, type Image } from './image.ts';
import type { Protocol } from './protocol.ts';
import { readImage } from './read-image.ts';

/** An original and the input made from it. */
export interface TestCase {
  readonly name: string;
  readonly hr: Image;
  readonly lr: Image;
  readonly notes: readonly string[];
}

export interface CaseOptions {
  readonly scale: number;
  /** Sides of the input are cut to multiples of this. */
  readonly multiple: number;
  readonly protocol: Pick<Protocol, 'lr' | 'modCrop'>;
}

/** Reads an original, cuts it, and makes or reads its input. Throws UserError where the files do not fit the scale. */
export async function loadCase(file: ImageFile, options: CaseOptions): Promise<TestCase> {
  const read = await readImage(file.hr);
  const notes = read.note === null ? [] : [read.note];
  const { hr, lr } = file.lr === null ? generated(read.image, file, options) : await paired(read.image, file, file.lr, options);
  return { name: file.name, hr, lr, notes: file.lr === null ? notes : [...notes, 'LR from files'] };
}

function generated(original: Image, file: ImageFile, { scale, multiple, protocol }: CaseOptions): { hr: Image; lr: Image } {
  if (scale === 1)
    throw new UserError('A model of scale 1 needs pairs of images: nothing can be degraded for it.', [
      'Give two folders, inputs and originals.',
    ]);
  const step = Math.round(scale * multiple);
  if (Math.min(original.width, original.height) < step) {
    throw new UserError(`${file.name} (${original.width}×${original.height}) is smaller than one step of ${step} pixels.`, [
      'Use larger images.',
    ]);
  }
  const hr = modCrop(original, step, protocol.modCrop);
  return { hr, lr: degrade(hr, scale, protocol.lr) };
}

async function paired(original: Image, file: ImageFile, path: string, { scale, multiple }: CaseOptions): Promise<{ hr: Image; lr: Image }> {
  const { image: small } = await readImage(path);
  const spare = [original.width - small.width * scale, original.height - small.height * scale];
  if (spare.some((pixels) => pixels <= -1 || pixels >= Math.max(scale, 1))) {
    throw new UserError(
      `${file.name} is ${original.width}×${original.height}, its input ${small.width}×${small.height}: that is not a scale of ${scale}.`,
      ['Give the low-resolution folder of the model’s scale, or originals only.'],
    );
  }
  const lr = modCrop(small, multiple);
  if (lr.width === 0 || lr.height === 0)
    throw new UserError(`${path} is smaller than the ${multiple} pixels that the model needs.`, ['Use larger images.']);
  return { hr: cropImage(original, 0, 0, Math.floor(lr.width * scale), Math.floor(lr.height * scale)), lr };
}

import { UserError } from '../../models/contracts/index.ts';
import type { ImageFile } from './dataset.ts';
import { applyDegradation } from './degradation/apply-degradation.ts';
import { type Degradation, formatDegradation } from './degradation/degradation.ts';
import { degrade, modCrop } from './degrade.ts';
import { cropImage, type Image } from './image.ts';
import type { Protocol } from './protocol.ts';
import { readImage } from './read-image.ts';

/** An original and the input made from it. */
export interface TestCase {
  readonly name: string;
  readonly tags: readonly string[];
  readonly hr: Image;
  readonly lr: Image;
  readonly notes: readonly string[];
}

/** How a low-resolution image is made worse, and what its random part is drawn from. */
export interface SeededDegradation {
  readonly steps: Degradation;
  readonly seed: number;
}

export interface CaseOptions {
  readonly scale: number;
  /** Sides of the input are cut to multiples of this. */
  readonly multiple: number;
  readonly protocol: Pick<Protocol, 'lr' | 'modCrop'>;
  readonly degradation?: SeededDegradation | null;
}

/** Reads an original, cuts it, and makes or reads its input. Throws UserError where the files do not fit the scale. */
export async function loadCase(file: ImageFile, options: CaseOptions): Promise<TestCase> {
  const read = await readImage(file.hr);
  const notes = read.note === null ? [] : [read.note];
  const { hr, lr } = file.lr === null ? await generated(read.image, file, options) : await paired(read.image, file, file.lr, options);
  return { name: file.name, tags: file.tags, hr, lr, notes: file.lr === null ? notes : [...notes, 'LR from files'] };
}

async function generated(original: Image, file: ImageFile, { scale, multiple, protocol, degradation }: CaseOptions): Promise<{ hr: Image; lr: Image }> {
  if (scale === 1 && !degradation) {
    throw new UserError('A model of scale 1 needs pairs of images, or a degradation: nothing is made smaller for it.', [
      'Give two folders, inputs and originals, or e.g. --degrade noise:15.',
    ]);
  }
  const step = Math.round(scale * multiple);
  if (Math.min(original.width, original.height) < step) {
    throw new UserError(`${file.name} (${original.width}×${original.height}) is smaller than one step of ${step} pixels.`, [
      'Use larger images.',
    ]);
  }
  const hr = modCrop(original, step, protocol.modCrop);
  if (!degradation) return { hr, lr: degrade(hr, scale, protocol.lr) };
  if (protocol.lr === 'srcnn') throw new UserError('srcnn makes luma that is never rounded: it cannot be degraded further.', ['Use :matlab in place of :srcnn.']);
  return { hr, lr: await applyDegradation(hr, degradation.steps, { scale, lr: protocol.lr, seed: degradation.seed, image: file.name }) };
}

async function paired(original: Image, file: ImageFile, path: string, { scale, multiple, degradation }: CaseOptions): Promise<{ hr: Image; lr: Image }> {
  if (degradation) {
    throw new UserError(`${file.name} has a low-resolution file of its own, which is not degraded by ${formatDegradation(degradation.steps)}.`, ['Give the originals alone, e.g. the HR folder.']);
  }
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

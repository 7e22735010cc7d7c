import { UserError } from '../../models/contracts/errors.ts';
import type { NamedArrays } from '../../models/contracts/executor.ts';
import type { ImageFile } from '../../reports/quality/dataset.ts';
import { applyDegradation } from '../../reports/quality/degradation/apply-degradation.ts';
import { degrade, modCrop } from '../../reports/quality/degrade.ts';
import { cropImage, type Image, mapPlanes } from '../../reports/quality/image.ts';
import type { Size } from '../../reports/quality/infer.ts';
import { pilResize } from '../../reports/quality/pil-resize.ts';
import { readImage } from '../../reports/quality/read-image.ts';
import { imageToTensor } from '../../reports/quality/tensor-image.ts';
import type { SeededDegradation } from '../../reports/quality/test-case.ts';
import { cutTile } from '../../reports/quality/tiles.ts';
import { realInputs } from './contract.ts';
import type { KnownModel } from './known-model.ts';

export interface PictureFeeding {
  readonly degradation: SeededDegradation | null;
  /** What the models enlarge by: pictures without a low-resolution file are reduced by it. */
  readonly scale: number;
  /** The whole picture is resized to `size`, as classifiers are fed; else its middle is cut out. */
  readonly whole: boolean;
  /** Size that every picture has; null where any goes. */
  readonly size: Size | null;
}

/** Open pictures are cut to a multiple of this, which networks that unshuffle or work in windows need. */
const MULTIPLE = 8;

/** What a picture is to each model. It is read and made ready once for all of them. */
export function pictureFeeder(file: ImageFile, feeding: PictureFeeding): (known: KnownModel) => Promise<NamedArrays> {
  let ready: Promise<Image> | null = null;
  return async ({ model, contract }) => {
    const inputs = realInputs(model);
    if (inputs.length !== 1 || contract.kind !== 'image') {
      throw new UserError(`Pictures cannot be fed to ${inputs.map(({ name }) => `"${name}"`).join(', ')}.`, [
        'Give a folder of .npz files with an array for each input, or describe the image with "input" in the config.',
      ]);
    }
    ready ??= prepared(file, feeding);
    return new Map([[contract.name, imageToTensor(await ready, contract)]]);
  };
}

async function prepared(file: ImageFile, feeding: PictureFeeding): Promise<Image> {
  const seen = await seenPicture(file, feeding);
  const { size, whole } = feeding;
  if (!size) return modCrop(seen, Math.min(seen.width, seen.height) < MULTIPLE ? 1 : MULTIPLE);
  return whole ? fitted(seen, size) : middle(seen, size);
}

/** The low-resolution file, or the original reduced and made worse. */
async function seenPicture(file: ImageFile, { degradation, scale }: PictureFeeding): Promise<Image> {
  const { image } = await readImage(file.lr ?? file.hr);
  if (file.lr !== null) return image;
  const original = modCrop(image, Math.max(1, Math.round(scale)));
  if (degradation) return applyDegradation(original, degradation.steps, { scale, lr: 'matlab', image: file.name, seed: degradation.seed });
  return scale === 1 ? original : degrade(original, scale, 'matlab');
}

/** The shorter side resized to the input by Pillow's bilinear filter, the rest cut around the centre. */
function fitted(image: Image, { width, height }: Size): Image {
  const ratio = Math.max(width / image.width, height / image.height);
  const [w, h] = [Math.max(width, Math.round(image.width * ratio)), Math.max(height, Math.round(image.height * ratio))];
  const resized = mapPlanes(image, (plane) => pilResize(plane, w, h, 'bilinear'));
  return cropImage(resized, Math.floor((w - width) / 2), Math.floor((h - height) / 2), width, height);
}

/** The piece in the middle; pixels beyond a small picture repeat its edge. */
function middle(image: Image, { width, height }: Size): Image {
  const from = (side: number, length: number): number => Math.max(0, Math.floor((side - length) / 2));
  return cutTile(image, from(image.width, width), from(image.height, height), width, height);
}
